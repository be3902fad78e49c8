import SQLite
import Testing

@testable import Handover

@Suite("The audit trail") struct ActivityTests {
  let fixture: ExportFixture
  var organisation: OrganisationID { fixture.office.organisation.id }

  init() throws {
    fixture = try ExportFixture()
  }

  func record(_ kind: Event.Kind, by actor: Actor, subject: String = "", detail: String = "") throws {
    try fixture.database.write {
      try $0.activity.record(
        Event(kind, of: organisation, by: actor, subject: subject, detail: detail, at: fixture.now))
    }
  }

  func read(_ filter: ActivityFilter = .everything, offset: Int = 0, limit: Int = 50) throws -> [Event] {
    try fixture.database.read {
      try $0.activity.events(of: organisation, filter, offset: offset, limit: limit)
    }
  }

  @Test("Every kind and every actor come back as they went in, newest first")
  func roundTrip() throws {
    let actors: [Actor] = [
      .user(UserID(rawValue: 1), name: "Maria Rossi", address: "2001:db8::1"),
      .visitor(email: "nobody@example.com", address: "203.0.113.7"), .operator, .server,
    ]
    for kind in Event.Kind.allCases {
      for actor in actors { try record(kind, by: actor, subject: "U-3", detail: "x") }
    }
    let events = try read(limit: 1_000)
    #expect(events.count == Event.Kind.allCases.count * 4)
    #expect(events.first?.kind == Event.Kind.allCases.last && events.first?.actor == .server)
    #expect(Set(events.map(\.kind)) == Set(Event.Kind.allCases))
    #expect(events.prefix(4).map(\.actor).reversed() == actors)
  }

  @Test("Rows can't be changed or deleted, not even by the application")
  func immutable() throws {
    try record(.signedIn, by: .server)
    for sql in ["UPDATE activity SET detail = 'x'", "DELETE FROM activity"] {
      #expect(throws: SQLiteError.self) { try fixture.database.write { _ = try $0.run(sql) } }
    }
    #expect(try read().count == 1)
  }

  @Test("Another organisation's events are not read")
  func organisations() throws {
    try record(.signedIn, by: .server)
    let foreign = try fixture.database.read {
      (
        try $0.activity.events(of: fixture.other.organisation.id, limit: 10),
        try $0.activity.count(of: fixture.other.organisation.id)
      )
    }
    #expect(foreign.0.isEmpty && foreign.1 == 0)
  }

  @Test("A filter by topic, and by a text in name, address or detail, in which nothing is a wildcard")
  func filters() throws {
    try record(.signInFailed, by: .visitor(email: "a_b@example.com", address: "203.0.113.7"))
    try record(.exportCompleted, by: .server, detail: "100% of it")
    try record(.exportRequested, by: .user(UserID(rawValue: 1), name: "Maria Rossi", address: "198.51.100.1"))
    func kinds(_ topic: Event.Topic?, _ text: String = "") throws -> [Event.Kind] {
      let filter = ActivityFilter(topic: topic, text: text)
      let events = try read(filter).map(\.kind)
      #expect(try fixture.database.read { try $0.activity.count(of: organisation, filter) } == events.count)
      return events
    }
    #expect(try kinds(.exports) == [.exportRequested, .exportCompleted])
    #expect(try kinds(.signIns) == [.signInFailed])
    #expect(try kinds(nil, "rossi") == [.exportRequested])
    #expect(try kinds(nil, "203.0") == [.signInFailed])
    #expect(try kinds(nil, "%") == [.exportCompleted])
    #expect(try kinds(nil, "a_b") == [.signInFailed])
    #expect(try kinds(nil, "axb").isEmpty)
    #expect(try kinds(nil, "%\u{301}").isEmpty && kinds(nil, "_\u{301}").isEmpty)
    #expect(try kinds(.exports, "203.0").isEmpty)
    #expect(try kinds(nil, "\\").isEmpty)
  }

  @Test("Pages are of one length and don't overlap")
  func pages() throws {
    for number in 1...7 { try record(.signedIn, by: .server, detail: "\(number)") }
    #expect(try read(offset: 0, limit: 3).map(\.detail) == ["7", "6", "5"])
    #expect(try read(offset: 6, limit: 3).map(\.detail) == ["1"])
  }

  @Test("Every kind belongs to a topic and is a sentence", arguments: Event.Kind.allCases)
  func kinds(kind: Event.Kind) {
    #expect(kind.topic != nil && !kind.sentence.isEmpty)
  }
}
