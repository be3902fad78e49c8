import Foundation
import SQLite
import System
import Testing

@testable import Handover

@Suite("Asking for an export") struct RequestTests {
  let fixture: ExportFixture

  init() throws {
    fixture = try ExportFixture(perDay: 3)
  }

  @Test("A request is a row, a line in the activity, and a mail to the owner")
  func requested() throws {
    let id = try fixture.request()
    let export = try fixture.export(id)
    #expect(export.status == .queued && export.scope == .organisation)
    #expect(export.requestedBy.name == "Maria Rossi" && export.requestedAt == fixture.now)
    #expect(export.archive == nil && export.endedAt == nil)
    #expect(try fixture.activity() == ["export.requested"])
    #expect(try fixture.letters() == ["export_requested owner@harbour.example"])
  }

  @Test("A second one of the organisation is refused while the first waits or runs, and possible after it")
  func second() throws {
    let id = try fixture.request()
    #expect(try fixture.exports.request(.organisation, by: fixture.office.owner, from: "") == .busy(id))
    let job = try fixture.take()
    #expect(try fixture.exports.request(.organisation, by: fixture.office.owner, from: "") == .busy(id))
    try fixture.complete(job)
    #expect(try fixture.request() != id)
  }

  @Test("One of each user may wait beside that of the organisation")
  func scopes() throws {
    _ = try fixture.request()
    let id = try fixture.request(.user(fixture.office.user.id))
    _ = try fixture.request(.user(fixture.office.admin.id))
    #expect(try fixture.export(id).scopeText == "Single user: Mei-Lin Chua")
    #expect(
      try fixture.exports.request(.user(fixture.office.user.id), by: fixture.office.owner, from: "")
        == .busy(id))
  }

  @Test("Of each contact one may wait; somebody who isn't in the organisation has none")
  func contacts() throws {
    try fixture.database.write { connection in
      for (organisation, number) in [(fixture.office, 7), (fixture.office, 8), (fixture.other, 9)] {
        try connection.run(
          """
          INSERT INTO contact (edition_id, contact_id, full_name, created_at)
          VALUES (?, ?, 'Mia ' || ?2, '2026-05-02T09:30:00Z')
          """, organisation.organisation.id, number)
      }
    }
    func ask(_ number: Int64) throws -> Exports.RequestOutcome {
      try fixture.exports.request(.contact(ContactID(rawValue: number)), by: fixture.office.owner, from: "")
    }
    let id = try fixture.request(.contact(ContactID(rawValue: 7)))
    #expect(try fixture.export(id).scopeText == "Single contact: Mia 7")
    #expect(try ask(7) == .busy(id))
    #expect(try ask(9) == .notFound && ask(1) == .notFound)
    _ = try fixture.request(.contact(ContactID(rawValue: 8)))
    let found = try fixture.database.read { connection in
      try ["mia 8", "C-7", "9", "maria"].map {
        try connection.exports.matching(ExportFilter(person: $0), of: fixture.office.organisation.id).open
          .count
      }
    }
    #expect(found == [1, 1, 0, 2])
  }

  @Test(
    "A contact without a name is called by its address, or its id, and never the entire organisation",
    arguments: [
      (nil, nil, "C-7"), (" ", "mia@example.com", "mia@example.com"), ("", "", "C-7"),
      (String(repeating: "x", count: 5_000), nil, String(repeating: "x", count: 200)),
    ] as [(String?, String?, String)])
  func nameless(_ name: String?, _ email: String?, _ called: String) throws {
    _ = try fixture.database.write { connection in
      try connection.run(
        """
        INSERT INTO contact (edition_id, contact_id, full_name, email, created_at)
        VALUES (?, 7, ?, ?, '2026-05-02T09:30:00Z')
        """, fixture.office.organisation.id, name, email)
    }
    let id = try fixture.request(.contact(ContactID(rawValue: 7)))
    #expect(try fixture.export(id).scopeText == "Single contact: \(called)")
  }

  @Test("Twenty requests at once make one export, one mail and one line")
  func parallel() throws {
    let outcomes = Locked<[Exports.RequestOutcome]>([])
    DispatchQueue.concurrentPerform(iterations: 20) { _ in
      if let outcome = try? fixture.exports.request(.organisation, by: fixture.office.owner, from: "") {
        outcomes.withLock { $0.append(outcome) }
      }
    }
    let all = outcomes.withLock { $0 }
    let made = all.filter { if case .done = $0 { true } else { false } }
    #expect(all.count == 20 && made.count == 1)
    guard case .done(let id) = made.first else { return }
    #expect(all.count { $0 == .busy(id) } == 19)
    #expect(try fixture.letters().count == 1)
    #expect(try fixture.activity().count == 1)
  }

  @Test(
    "The schema itself refuses a second running export of a scope",
    arguments: [Scope.organisation, .user(UserID(rawValue: 3))])
  func schema(scope: Scope) throws {
    try fixture.database.write { connection in
      try connection.exports.add(
        ExportID(rawValue: String(repeating: "1", count: 32)), of: fixture.office.organisation.id, scope,
        by: fixture.office.owner.id, at: fixture.now)
    }
    #expect {
      try fixture.database.write { connection in
        try connection.exports.add(
          ExportID(rawValue: String(repeating: "2", count: 32)), of: fixture.office.organisation.id, scope,
          by: fixture.office.owner.id, at: fixture.now)
      }
    } throws: { ($0 as? SQLiteError)?.isUniqueViolation == true }
  }

  @Test("A user of another organisation, or none, is unknown")
  func unknownUser() throws {
    let outcome = try fixture.exports.request(.user(UserID(rawValue: 99)), by: fixture.office.owner, from: "")
    #expect(outcome == .notFound)
    #expect(try fixture.letters().isEmpty && fixture.activity().isEmpty)
  }

  @Test("Who does not own the organisation at this moment is refused")
  func formerOwner() throws {
    #expect(try fixture.exports.request(.organisation, by: fixture.office.admin, from: "") == .notOwner)
    try fixture.database.write { try $0.users.setRole(.admin, of: fixture.office.owner) }
    #expect(try fixture.exports.request(.organisation, by: fixture.office.owner, from: "") == .notOwner)
    #expect(try fixture.letters().isEmpty)
  }

  @Test("The fourth of three a day is refused until the first is 24 hours old; other organisations are free")
  func dailyLimit() throws {
    for _ in 0..<3 {
      _ = try fixture.completed()
      fixture.pass(.seconds(100))
    }
    let refusal = try fixture.exports.request(.organisation, by: fixture.office.owner, from: "")
    #expect(refusal == .throttled(limit: 3, wait: .days(1) - .seconds(300)))
    #expect(try fixture.activity().last == "export.refused")
    _ = try fixture.request(by: fixture.other.owner)
    fixture.pass(.days(1) - .seconds(301))
    guard
      case .throttled(3, .seconds(1)) = try fixture.exports.request(
        .organisation, by: fixture.office.owner, from: "")
    else {
      Issue.record("one second before")
      return
    }
    fixture.pass(.seconds(1))
    _ = try fixture.request()
  }

  @Test("A clock set back by ten years locks nobody out for longer than a day")
  func clockSetBack() throws {
    for _ in 0..<3 { _ = try fixture.completed() }
    fixture.pass(.days(-3650))
    let refusal = try fixture.exports.request(.organisation, by: fixture.office.owner, from: "")
    #expect(refusal == .throttled(limit: 3, wait: .hours(24)))
    fixture.exports.sweep()
    fixture.pass(.hours(23))
    #expect(
      try fixture.exports.request(.organisation, by: fixture.office.owner, from: "")
        == .throttled(limit: 3, wait: .hours(1)))
    fixture.exports.sweep()
    fixture.pass(.hours(1))
    _ = try fixture.request()
    #expect(try fixture.activity().filter { $0 == "export.requested" }.count == 4)
  }
}
