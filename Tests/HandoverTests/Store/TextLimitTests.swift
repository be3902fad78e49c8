import SQLite
import TestSupport
import Testing

@testable import Handover

@Suite("The lengths of texts") struct TextLimitTests {
  /// One character each, of many bytes.
  static let heavy = [
    "a" + String(repeating: "\u{0301}", count: 30_000),
    "👩" + String(repeating: "\u{200D}👩", count: 2_000),
    "क" + String(repeating: "\u{094D}\u{0937}", count: 5_000),
    "🏴" + String(repeating: "\u{E0067}", count: 2_000),
  ]

  @Test("A single character of many bytes is too long, however it is made up", arguments: heavy)
  func marks(text: String) {
    for limit in [TextLimit.name, .message, .agent, .email, .search, .detail] {
      #expect(!limit.allows(text))
      let short = limit.cut(text)
      #expect(!short.isEmpty && short.utf8.count <= limit.bytes && limit.allows(short))
    }
    #expect(Name.valid(text) == nil && Name.problem(with: text)?.contains("800 bytes") == true)
    #expect(OwnerRequest.problem(with: text)?.contains("4,000 bytes") == true)
  }

  @Test("200 characters of four bytes are a name, 201 of one byte are none, right to left as well")
  func characters() {
    for character in ["😀", "𠮷", "א", "a"] {
      #expect(Name.valid(String(repeating: character, count: 200)) != nil)
      #expect(Name.problem(with: String(repeating: character, count: 201)) != nil)
    }
    #expect(Name.valid(" " + String(repeating: "😀", count: 200) + "\n") != nil)
    #expect(OwnerRequest.problem(with: String(repeating: "\r\n", count: 1_000)) == nil)
    #expect(OwnerRequest.problem(with: String(repeating: "a", count: 1_001))?.contains("1,001") == true)
  }

  @Test("A cut text ends with a whole character")
  func cut() {
    let limit = TextLimit(characters: 3, bytes: 12)
    #expect(limit.cut("abcd") == "abc")
    #expect(limit.cut("é👨‍👩‍👧é") == "é")
    #expect(limit.cut("שלום") == "שלו")
    #expect(limit.cut("👨‍👩‍👧") == "👨\u{200D}👩")
    #expect(limit.cut("abc") == "abc" && limit.cut("") == "")
  }

  /// A database of the release before the limits.
  private func released(_ sql: String) throws -> (TemporaryFolder, Handover.Database) {
    let folder = try TemporaryFolder(inMemory: true)
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let connection = try Connection(path: data.database, mode: .writer)
    let before = Array(Schema.migrations.prefix { $0.name != "lengths" })
    try Migrator(applicationID: Handover.Database.applicationID, migrations: before).migrate(connection)
    try connection.execute(sql)
    return (folder, try Handover.Database(data))
  }

  @Test("Longer names of before are still there, read in part, and don't keep anything else from changing")
  func upgrade() throws {
    let (folder, database) = try released(
      """
      INSERT INTO organisation (id, name, time_zone, created_at)
        VALUES (1, 'Q' || replace(hex(zeroblob(15000)), '00', char(769)), 'UTC', 1);
      INSERT INTO user (organisation_id, id, name, email, role, active, created_at) VALUES
        (1, 1, 'A' || replace(hex(zeroblob(15000)), '00', char(769)), 'ada@example.com', 'admin', 1, 1),
        (1, 2, 'Bo', replace(hex(zeroblob(5000)), '00', 'x') || '@example.com', 'user', 1, 1);
      INSERT INTO activity (organisation_id, at, actor, who, what, subject, detail, address)
        VALUES (1, 1, 'visitor', replace(hex(zeroblob(5000)), '00', 'x'), 'sign-in.failed', '', '', '');
      """)
    let one = OrganisationID(rawValue: 1)
    let now = UnixTime(rawValue: 1_777_714_200)
    try database.write { connection in
      var user = try #require(try connection.users.find(UserID(rawValue: 1), of: one))
      #expect(TextLimit.name.allows(user.displayName) && user.displayName.first?.unicodeScalars.first == "A")
      var organisation = try #require(try connection.organisations.find(one))
      #expect(TextLimit.name.allows(organisation.name))
      user.isActive = false
      try connection.users.update(user, at: now)
      try connection.activity.record(Event(.userDisabled, about: user, by: user.actor(from: ""), at: now))
      organisation.timeZone = "Europe/Berlin"
      try connection.organisations.update(organisation)
      #expect(try connection.users.find(UserID(rawValue: 2), of: one)?.recipient == nil)
      #expect(try connection.activity.events(of: one, limit: 9).count == 2)
    }
    withExtendedLifetime(folder) {}
  }

  @Test(
    "The schema refuses a longer text itself, in each column that takes one from outside",
    arguments: [
      ("organisation", "name", TextLimit.name), ("user", "name", .name), ("user", "email", .email),
      ("session", "agent", .agent), ("session", "address", .address), ("owner_request", "message", .message),
      ("owner_request", "reply", .message),
      ("letter", "subject", .subject), ("letter", "recipient_name", .name),
      ("letter", "recipient_email", .email), ("letter", "error", .detail),
    ])
  func schema(table: String, column: String, limit: TextLimit) throws {
    let fixture = try ExportFixture()
    _ = try fixture.exports.ask("Please", by: fixture.office.user, from: "")
    try fixture.database.write { connection in
      try connection.sessions.add(
        token: "t", for: fixture.office.user, from: Browser(address: "", agent: ""), at: fixture.now)
    }
    func set(_ text: String) throws {
      try fixture.database.write { _ = try $0.run("UPDATE \(table) SET \(column) = ?", text) }
    }
    if column != "email" { try set(String(repeating: "x", count: limit.bytes)) }
    #expect(throws: SQLiteError.self) { try set(String(repeating: "x", count: limit.bytes + 1)) }
    #expect(throws: SQLiteError.self) { try set("a" + String(repeating: "\u{0301}", count: limit.bytes)) }
  }

  @Test("What is written into the trail, a session or a letter is cut to what the schema takes")
  func written() throws {
    let fixture = try ExportFixture()
    let long = Self.heavy[0]
    try fixture.database.write { connection in
      try connection.activity.record(
        Event(
          .signInFailed, of: fixture.office.organisation.id, by: .visitor(email: long, address: long),
          subject: long, detail: long, at: fixture.now))
      try connection.sessions.add(
        token: "t", for: fixture.office.user, from: Browser(address: long, agent: long), at: fixture.now)
      let due = StoredLetter(
        kind: "x", messageID: "x@x", to: Recipient(name: long, email: "a@example.com"), subject: long,
        text: "x", html: "x", writtenAt: fixture.now)
      try connection.letters.add(due, of: fixture.office.organisation.id)
    }
  }
}
