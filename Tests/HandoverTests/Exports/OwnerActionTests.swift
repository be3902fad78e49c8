import Foundation
import Testing

@testable import Handover

@Suite("Cancel, retry and revoke") struct OwnerActionTests {
  let world: ExportFixture

  init() throws {
    world = try ExportFixture()
  }

  /// An export in each of the states.
  func export(in status: Export.Status) throws -> ExportID {
    switch status {
    case .queued: return try world.request()
    case .processing:
      _ = try world.request()
      return try world.take().export.id
    case .completed: return try world.completed().id
    case .failed:
      let id = try world.request()
      for _ in 0..<Export.retries.attempts {
        try world.exports.fail(try world.take(), .stalled)
        world.pass(.minutes(1))
      }
      return id
    case .cancelled:
      let id = try world.request()
      _ = try cancel(id)
      return id
    case .revoked:
      let id = try world.completed().id
      _ = try revoke(id)
      return id
    case .expired:
      let id = try world.completed().id
      world.pass(.days(1))
      world.exports.sweep()
      return id
    }
  }

  func cancel(_ id: ExportID, by user: User? = nil) throws -> Exports.ChangeOutcome {
    try world.exports.cancel(id, by: user ?? world.office.owner, from: "203.0.113.7")
  }

  func retry(_ id: ExportID, by user: User? = nil) throws -> Exports.ChangeOutcome {
    try world.exports.retry(id, by: user ?? world.office.owner, from: "203.0.113.7")
  }

  func revoke(_ id: ExportID, by user: User? = nil) throws -> Exports.ChangeOutcome {
    try world.exports.revoke(id, by: user ?? world.office.owner, from: "203.0.113.7")
  }

  @Test("Only what waits or runs can be cancelled", arguments: Export.Status.allCases)
  func cancelling(status: Export.Status) throws {
    let id = try export(in: status)
    #expect(try world.status(id) == status)
    if status.isOpen {
      #expect(try cancel(id) == .done)
      #expect(try world.status(id) == .cancelled && world.export(id).endedAt == world.now)
      #expect(try world.activity().last == "export.cancelled")
    } else {
      let before = try world.activity()
      #expect(try cancel(id) == .refused(status))
      #expect(try world.status(id) == status && world.activity() == before)
    }
  }

  @Test(
    "Only what failed can be retried, and then has all its tries again", arguments: Export.Status.allCases)
  func retrying(status: Export.Status) throws {
    let id = try export(in: status)
    if status == .failed {
      #expect(try retry(id) == .done)
      let export = try world.export(id)
      #expect(
        export.status == .queued && export.failures == 0 && export.reason == nil && export.endedAt == nil)
      try world.complete(try world.take())
      #expect(try world.status(id) == .completed)
    } else {
      #expect(try retry(id) == .refused(status))
      #expect(try world.status(id) == status)
    }
  }

  @Test("Only what is completed can be revoked, and its file goes at once", arguments: Export.Status.allCases)
  func revoking(status: Export.Status) throws {
    let id = try export(in: status)
    if status == .completed {
      #expect(world.exists(id))
      #expect(try revoke(id) == .done)
      #expect(try world.status(id) == .revoked && !world.exists(id))
      #expect(try world.activity().last == "export.revoked")
    } else {
      #expect(try revoke(id) == .refused(status))
      #expect(try world.status(id) == status)
    }
  }

  @Test("A failed one is not retried while another of its scope waits")
  func retryBeside() throws {
    let failed = try export(in: .failed)
    let waiting = try world.request()
    #expect(try retry(failed) == .busy(waiting))
  }

  @Test("Another organisation's export is not found, nor one that there never was")
  func foreign() throws {
    let id = try world.request()
    for verb in [cancel, retry, revoke] {
      #expect(try verb(id, world.other.owner) == .notFound)
      #expect(try verb(ExportID(rawValue: String(repeating: "0", count: 32)), nil) == .notFound)
    }
    #expect(try world.status(id) == .queued)
  }

  @Test("An admin, or who was the owner until a moment ago, changes nothing")
  func notOwner() throws {
    let id = try world.request()
    for verb in [cancel, retry, revoke] { #expect(try verb(id, world.office.admin) == .notOwner) }
    try world.database.write { try $0.users.setRole(.admin, of: world.office.owner) }
    #expect(try cancel(id) == .notOwner)
    #expect(try world.status(id) == .queued)
  }

  @Test("A new owner: what waits or runs is cancelled, what is completed is revoked, the rest stays")
  func succession() throws {
    let failed = try export(in: .failed)
    let completed = try export(in: .completed)
    let processing = try export(in: .processing)
    let queued = try world.request(.user(world.office.user.id))
    let foreign = try world.request(by: world.other.owner)
    try world.database.write { connection in
      try connection.users.setRole(.admin, of: world.office.owner)
      try connection.users.setRole(.owner, of: world.office.admin)
      try world.exports.ownerChanged(of: world.office.organisation.id, by: .operator, in: connection)
    }
    world.exports.sweep()
    #expect(try world.status(queued) == .cancelled && world.status(processing) == .cancelled)
    #expect(try world.status(completed) == .revoked && !world.exists(completed))
    #expect(try world.status(failed) == .failed && world.status(foreign) == .queued)
  }
}
