import Foundation
import Testing

@testable import Handover

@Suite("Cancel, retry and revoke") struct OwnerActionTests {
  let fixture: ExportFixture

  init() throws {
    fixture = try ExportFixture()
  }

  /// An export in each of the states.
  func export(in status: Export.Status) throws -> ExportID {
    switch status {
    case .queued: return try fixture.request()
    case .processing:
      _ = try fixture.request()
      return try fixture.take().export.id
    case .completed: return try fixture.completed().id
    case .failed:
      let id = try fixture.request()
      for _ in 0..<Export.retries.attempts {
        try fixture.exports.fail(try fixture.take(), .stalled)
        fixture.pass(.minutes(1))
      }
      return id
    case .cancelled:
      let id = try fixture.request()
      _ = try cancel(id)
      return id
    case .revoked:
      let id = try fixture.completed().id
      _ = try revoke(id)
      return id
    case .expired:
      let id = try fixture.completed().id
      fixture.pass(.days(1))
      fixture.exports.sweep()
      return id
    }
  }

  func cancel(_ id: ExportID, by user: User? = nil) throws -> Exports.ChangeOutcome {
    try fixture.exports.cancel(id, by: user ?? fixture.office.owner, from: "203.0.113.7")
  }

  func retry(_ id: ExportID, by user: User? = nil) throws -> Exports.ChangeOutcome {
    try fixture.exports.retry(id, by: user ?? fixture.office.owner, from: "203.0.113.7")
  }

  func revoke(_ id: ExportID, by user: User? = nil) throws -> Exports.ChangeOutcome {
    try fixture.exports.revoke(id, by: user ?? fixture.office.owner, from: "203.0.113.7")
  }

  @Test("Only what waits or runs can be cancelled", arguments: Export.Status.allCases)
  func cancelling(status: Export.Status) throws {
    let id = try export(in: status)
    #expect(try fixture.status(id) == status)
    if status.isOpen {
      #expect(try cancel(id) == .done)
      #expect(try fixture.status(id) == .cancelled && fixture.export(id).endedAt == fixture.now)
      #expect(try fixture.activity().last == "export.cancelled")
    } else {
      let before = try fixture.activity()
      #expect(try cancel(id) == .refused(status))
      #expect(try fixture.status(id) == status && fixture.activity() == before)
    }
  }

  @Test(
    "Only what failed can be retried, and then has all its tries again", arguments: Export.Status.allCases)
  func retrying(status: Export.Status) throws {
    let id = try export(in: status)
    if status == .failed {
      #expect(try retry(id) == .done)
      let export = try fixture.export(id)
      #expect(
        export.status == .queued && export.failures == 0 && export.reason == nil && export.endedAt == nil)
      try fixture.complete(try fixture.take())
      #expect(try fixture.status(id) == .completed)
    } else {
      #expect(try retry(id) == .refused(status))
      #expect(try fixture.status(id) == status)
    }
  }

  @Test("Only what is completed can be revoked, and its file goes at once", arguments: Export.Status.allCases)
  func revoking(status: Export.Status) throws {
    let id = try export(in: status)
    if status == .completed {
      #expect(fixture.exists(id))
      #expect(try revoke(id) == .done)
      #expect(try fixture.status(id) == .revoked && !fixture.exists(id))
      #expect(try fixture.activity().last == "export.revoked")
    } else {
      #expect(try revoke(id) == .refused(status))
      #expect(try fixture.status(id) == status)
    }
  }

  @Test("A failed one is not retried while another of its scope waits")
  func retryBeside() throws {
    let failed = try export(in: .failed)
    let waiting = try fixture.request()
    #expect(try retry(failed) == .busy(waiting))
  }

  @Test("Another organisation's export is not found, nor one that there never was")
  func foreign() throws {
    let id = try fixture.request()
    for verb in [cancel, retry, revoke] {
      #expect(try verb(id, fixture.other.owner) == .notFound)
      #expect(try verb(ExportID(rawValue: String(repeating: "0", count: 32)), nil) == .notFound)
    }
    #expect(try fixture.status(id) == .queued)
  }

  @Test("An admin, or who was the owner until a moment ago, changes nothing")
  func notOwner() throws {
    let id = try fixture.request()
    for verb in [cancel, retry, revoke] { #expect(try verb(id, fixture.office.admin) == .notOwner) }
    try fixture.database.write { try $0.users.setRole(.admin, of: fixture.office.owner) }
    #expect(try cancel(id) == .notOwner)
    #expect(try fixture.status(id) == .queued)
  }

  @Test("A new owner: what waits or runs is cancelled, what is completed is revoked, the rest stays")
  func succession() throws {
    let failed = try export(in: .failed)
    let completed = try export(in: .completed)
    let processing = try export(in: .processing)
    let queued = try fixture.request(.user(fixture.office.user.id))
    let foreign = try fixture.request(by: fixture.other.owner)
    try fixture.database.write { connection in
      try connection.users.setRole(.admin, of: fixture.office.owner)
      try connection.users.setRole(.owner, of: fixture.office.admin)
      try fixture.exports.ownerChanged(of: fixture.office.organisation.id, by: .operator, in: connection)
    }
    fixture.exports.sweep()
    #expect(try fixture.status(queued) == .cancelled && fixture.status(processing) == .cancelled)
    #expect(try fixture.status(completed) == .revoked && !fixture.exists(completed))
    #expect(try fixture.status(failed) == .failed && fixture.status(foreign) == .queued)
  }
}
