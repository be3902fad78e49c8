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
      .user(UserID(rawValue: 1), name: "Maria Rossi", email: "maria@example.com", address: "2001:db8::1"),
      .visitor(email: "nobody@example.com", address: "203.0.113.7"), .operator, .server,
    ]
    for kind in Event.Kind.allCases {
      for actor in actors { try record(kind, by: actor, subject: "U-3", detail: "x") }
    }
    let events = try read(limit: 1_000)
    #expect(events.count == Event.Kind.allCases.count * 4)
    #expect(events.first?.kind == Event.Kind.allCases.last && events.first?.actor == .server)
    #expect(Set(events.compactMap(\.kind)) == Set(Event.Kind.allCases))
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

  @Test("Of a refusal's row nothing changes but its count, which only grows; a row is not replaced")
  func onlyTheCount() throws {
    try record(.accessRefused, by: .user(UserID(rawValue: 1), name: "A", email: "a@b.example", address: "x"))
    try record(.signedIn, by: .server)
    let columns = try fixture.database.read {
      try $0.all("SELECT name FROM pragma_table_info('activity')") { try $0["name"] as String }
    }
    #expect(columns.contains("times") && columns.count == 14)
    func isRefused(_ sql: String) -> Bool {
      do {
        try fixture.database.write { _ = try $0.run(sql) }
        return false
      } catch {
        return true
      }
    }
    let refusal = "what = 'people.access-refused'"
    for column in columns where column != "times" {
      let other = ["id", "organisation_id", "at", "user_id"].contains(column) ? "2" : "'sign-in.failed'"
      let value = column == "actor" ? "'server'" : other
      #expect(
        isRefused("UPDATE activity SET times = times + 1, \(column) = \(value) WHERE \(refusal)"), "\(column)"
      )
    }
    for times in ["times", "times - 1", "0", "NULL"] {
      #expect(isRefused("UPDATE activity SET times = \(times) WHERE \(refusal)"), "\(times)")
    }
    #expect(isRefused("UPDATE activity SET times = times + 1 WHERE what = 'sign-in.succeeded'"))
    #expect(
      isRefused(
        "INSERT OR REPLACE INTO activity SELECT * FROM activity WHERE \(refusal)"))
    #expect(!isRefused("UPDATE activity SET times = times + 1 WHERE \(refusal)"))
    #expect(try read().map(\.times) == [1, 2])
  }

  @Test("Refusals of one user at one route within a minute are one row with their count")
  func counted() throws {
    let ada = Actor.user(UserID(rawValue: 1), name: "Ada", email: "ada@harbour.example", address: "x")
    let renamed = Actor.user(UserID(rawValue: 1), name: "Eve", email: "eve@harbour.example", address: "y")
    let ben = Actor.user(UserID(rawValue: 2), name: "Ada", email: "ada@harbour.example", address: "x")
    let visitor = Actor.visitor(email: "ada@harbour.example", address: "x")
    func refuse(_ actor: Actor, _ route: String, _ kind: Event.Kind = .accessRefused) throws {
      try fixture.database.write {
        try $0.activity.record(
          Event(kind, of: organisation, by: actor, detail: "d", route: route, at: fixture.now))
      }
    }
    for number in 1...300 { try refuse(number % 2 == 0 ? ada : renamed, "GET /a 403") }
    for _ in 1...3 { try refuse(ben, "GET /a 403") }
    for _ in 1...2 { try refuse(ada, "GET /b 403") }
    for _ in 1...4 { try refuse(visitor, "", .signInFailed) }
    try refuse(.visitor(email: "ada@harbour.example", address: "z"), "", .signInFailed)
    #expect(try read().map(\.times) == [1, 4, 2, 3, 300])
    #expect(try read().last?.actor == renamed)
    // 09:30:00 begins a minute.
    fixture.pass(.seconds(59))
    try refuse(ada, "GET /a 403")
    #expect(try read().last?.times == 301)
    fixture.pass(.seconds(1))
    try refuse(ada, "GET /a 403")
    #expect(try read().first?.times == 1 && read().count == 6)
    for _ in 1...2 { try refuse(ada, "", .signedIn) }
    #expect(try read().prefix(3).map(\.times) == [1, 1, 1])
  }

  @Test("A search finds a user by e-mail address and number, and what happened to somebody by theirs")
  func accounts() throws {
    let ada = Actor.user(UserID(rawValue: 1), name: "Ada", email: "ada@harbour.example", address: "x")
    let eleven = Actor.user(UserID(rawValue: 11), name: "Ada", email: "other@harbour.example", address: "x")
    try record(.roleChanged, by: ada, subject: "U-11")
    try record(.signedIn, by: eleven)
    try record(.exportStarted, by: .server, subject: "E-1")
    func kinds(_ text: String) throws -> [Event.Kind] {
      try read(ActivityFilter(text: text)).compactMap(\.kind)
    }
    #expect(try kinds("ada@harbour") == [.roleChanged])
    #expect(try kinds("U-1") == [.roleChanged])
    #expect(try kinds("u-11") == [.signedIn, .roleChanged])
    #expect(try kinds("E-1") == [.exportStarted])
    #expect(try kinds("%\u{0301}").isEmpty && kinds("\u{0301}").isEmpty)
  }

  @Test("Rows can be read from any one on, and come in the same order")
  func before() throws {
    for number in 1...7 { try record(.signedIn, by: .server, detail: "\(number)") }
    try fixture.database.read { connection in
      var last: Int64?
      var details: [String] = []
      while let page = Optional(
        try connection.activity.events(of: organisation, .everything, before: last, limit: 3)), !page.isEmpty
      {
        details += page.map(\.event.detail)
        last = page.last?.id
      }
      #expect(details == ["7", "6", "5", "4", "3", "2", "1"])
    }
  }

  @Test(
    "A page of the trail and its count are read from the index",
    arguments: [
      "SELECT count(*) FROM activity WHERE organisation_id = 1",
      "SELECT id FROM activity WHERE organisation_id = 1 ORDER BY id DESC LIMIT 50 OFFSET 400000",
    ])
  func plans(_ sql: String) throws {
    let plan = try fixture.database.read {
      try $0.all("EXPLAIN QUERY PLAN " + sql) { try $0["detail"] as String }
    }
    #expect(plan.count == 1 && plan[0].contains("COVERING INDEX activity_organisation"), "\(plan)")
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
    try record(
      .exportRequested,
      by: .user(UserID(rawValue: 1), name: "Maria Rossi", email: "maria@example.com", address: "198.51.100.1")
    )
    func kinds(_ topic: Event.Topic?, _ text: String = "") throws -> [Event.Kind] {
      let filter = ActivityFilter(topic: topic, text: text)
      let events = try read(filter).compactMap(\.kind)
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
    #expect(try kinds(nil, "\u{301}").isEmpty && kinds(nil, "\u{202E}").isEmpty)
    #expect(try kinds(.exports, "203.0").isEmpty)
    #expect(try kinds(nil, "\\").isEmpty)
  }

  @Test(
    "A search finds what is shown, however it is typed: the sentence, names, addresses, the export's scope")
  func shown() throws {
    let jose = Actor.user(
      UserID(rawValue: 3), name: "José Álvarez", email: "jose@harbour.example", address: "2001:db8::7")
    try record(
      .exportDownloaded, by: jose, subject: String(repeating: "a", count: 32),
      detail: "Single user: Zoë Łukasiewicz of 2 May 2026, 19:30:00 AEST, whole file")
    try record(.exportAttemptFailed, by: .server, detail: "Entire organisation")
    try record(.accessRefused, by: jose, detail: "GET /settings/activity")
    func kinds(_ text: String) throws -> [Event.Kind] {
      let found = try read(ActivityFilter(text: text)).compactMap(\.kind)
      let pieces = try fixture.database.read {
        try $0.activity.events(of: organisation, ActivityFilter(text: text), before: nil, limit: 9)
      }
      #expect(pieces.compactMap(\.event.kind) == found)
      return found
    }
    for text in [
      "downloaded", "DOWNLOADED an export", "export downloaded", "jose downloaded", "lukasiewicz", "zoe",
      "ZOE\u{308}",
      "single user", "whole jose", "  zoë   file ", "2 may 2026", String(repeating: "A", count: 32),
      "álvarez zoe downloaded a user",
      "jose zoe downloaded of 2 may",
    ] { #expect(try kinds(text) == [.exportDownloaded], "\(text)") }
    #expect(try kinds("the server") == [.exportAttemptFailed] && kinds("failed") == [.exportAttemptFailed])
    #expect(try kinds("refused") == [.accessRefused] && kinds("jose") == [.accessRefused, .exportDownloaded])
    #expect(try kinds("u-3").count == 2 && kinds("jose server").isEmpty)
    #expect(try kinds("jose zoe an downloaded 2 of may export") == [.exportDownloaded])
    #expect(try kinds("jose lukasz").isEmpty && kinds("jose zoe an downloaded 2 of june").isEmpty)
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

  @Test("Failed sign-ins of one account from ever other addresses, however spelled, are ten lines a minute")
  func visitors() throws {
    for number in 1...100 {
      let email = number % 2 == 0 ? "ada@harbour.example" : "ADA@harbour.example"
      try record(.signInFailed, by: .visitor(email: email, address: "2001:db8::\(number)"))
    }
    try record(.signInFailed, by: .visitor(email: "ben@harbour.example", address: "2001:db8::1"))
    #expect(try read(limit: 1_000).map(\.times) == [1, 91, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    fixture.pass(.minutes(1))
    try record(.signInFailed, by: .visitor(email: "ada@harbour.example", address: "2001:db8::1"))
    #expect(try read().count == 12)
  }
}
