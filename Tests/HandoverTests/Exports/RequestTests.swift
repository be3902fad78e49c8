import Foundation
import SQLite
import System
import Testing

@testable import Handover

@Suite("Asking for an export") struct RequestTests {
  let world: ExportFixture

  init() throws {
    world = try ExportFixture(perDay: 3)
  }

  @Test("A request is a row, a line in the activity, and a mail to the owner")
  func requested() throws {
    let id = try world.request()
    let export = try world.export(id)
    #expect(export.status == .queued && export.scope == .organisation)
    #expect(export.requestedBy.name == "Maria Rossi" && export.requestedAt == world.now)
    #expect(export.archive == nil && export.endedAt == nil)
    #expect(try world.activity() == ["export.requested"])
    #expect(try world.letters() == ["export_requested owner@harbour.example"])
  }

  @Test("A second one of the organisation is refused while the first waits or runs, and possible after it")
  func second() throws {
    let id = try world.request()
    #expect(try world.exports.request(.organisation, by: world.office.owner, from: "") == .busy(id))
    let job = try world.take()
    #expect(try world.exports.request(.organisation, by: world.office.owner, from: "") == .busy(id))
    try world.complete(job)
    #expect(try world.request() != id)
  }

  @Test("One of each user may wait beside that of the organisation")
  func scopes() throws {
    _ = try world.request()
    let id = try world.request(.user(world.office.user.id))
    _ = try world.request(.user(world.office.admin.id))
    #expect(try world.export(id).scopeText == "Single user: Mei-Lin Chua")
    #expect(
      try world.exports.request(.user(world.office.user.id), by: world.office.owner, from: "")
        == .busy(id))
  }

  @Test("Twenty requests at once make one export, one mail and one line")
  func parallel() throws {
    let outcomes = Locked<[Exports.RequestOutcome]>([])
    DispatchQueue.concurrentPerform(iterations: 20) { _ in
      if let outcome = try? world.exports.request(.organisation, by: world.office.owner, from: "") {
        outcomes.withLock { $0.append(outcome) }
      }
    }
    let all = outcomes.withLock { $0 }
    let made = all.filter { if case .done = $0 { true } else { false } }
    #expect(all.count == 20 && made.count == 1)
    guard case .done(let id) = made.first else { return }
    #expect(all.count { $0 == .busy(id) } == 19)
    #expect(try world.letters().count == 1)
    #expect(try world.activity().count == 1)
  }

  @Test(
    "The schema itself refuses a second running export of a scope",
    arguments: [Scope.organisation, .user(UserID(rawValue: 3))])
  func schema(scope: Scope) throws {
    try world.database.write { connection in
      try connection.exports.add(
        ExportID(rawValue: String(repeating: "1", count: 32)), of: world.office.organisation.id, scope,
        by: world.office.owner.id, at: world.now)
    }
    #expect {
      try world.database.write { connection in
        try connection.exports.add(
          ExportID(rawValue: String(repeating: "2", count: 32)), of: world.office.organisation.id, scope,
          by: world.office.owner.id, at: world.now)
      }
    } throws: { ($0 as? SQLiteError)?.isUniqueViolation == true }
  }

  @Test("A user of another organisation, or none, is unknown")
  func unknownUser() throws {
    let outcome = try world.exports.request(.user(UserID(rawValue: 99)), by: world.office.owner, from: "")
    #expect(outcome == .notFound)
    #expect(try world.letters().isEmpty && world.activity().isEmpty)
  }

  @Test("Who does not own the organisation at this moment is refused")
  func formerOwner() throws {
    #expect(try world.exports.request(.organisation, by: world.office.admin, from: "") == .notOwner)
    try world.database.write { try $0.users.setRole(.admin, of: world.office.owner) }
    #expect(try world.exports.request(.organisation, by: world.office.owner, from: "") == .notOwner)
    #expect(try world.letters().isEmpty)
  }

  @Test("The fourth of three a day is refused until the first is 24 hours old; other organisations are free")
  func dailyLimit() throws {
    for _ in 0..<3 {
      _ = try world.completed()
      world.pass(.seconds(100))
    }
    let refusal = try world.exports.request(.organisation, by: world.office.owner, from: "")
    #expect(refusal == .throttled(limit: 3, wait: .days(1) - .seconds(300)))
    #expect(try world.activity().last == "export.refused")
    _ = try world.request(by: world.other.owner)
    world.pass(.days(1) - .seconds(301))
    guard
      case .throttled(3, .seconds(1)) = try world.exports.request(
        .organisation, by: world.office.owner, from: "")
    else {
      Issue.record("one second before")
      return
    }
    world.pass(.seconds(1))
    _ = try world.request()
  }

  @Test("A clock set back by ten years locks nobody out for longer than a day")
  func clockSetBack() throws {
    for _ in 0..<3 { _ = try world.completed() }
    world.pass(.days(-3650))
    let refusal = try world.exports.request(.organisation, by: world.office.owner, from: "")
    #expect(refusal == .throttled(limit: 3, wait: .hours(24)))
  }
}
