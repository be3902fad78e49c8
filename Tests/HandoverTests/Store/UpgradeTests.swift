import Foundation
import SQLite
import Secrets
import TestSupport
import Testing

@testable import Handover

@Suite("Upgrades of the database") struct UpgradeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(inMemory: true) }

  /// The schema of commit 91e1394, of before all that came since: as many migrations.
  static let first = Array(Schema.migrations.prefix(8))

  @Test("The schema of the first version is made by the same statements as then")
  func first() throws {
    let connection = try Connection(path: "", mode: .memory)
    try Migrator(applicationID: Handover.Database.applicationID, migrations: Self.first).migrate(connection)
    let statements = try connection.all("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name") {
      try $0["sql"] as String
    }
    #expect(
      hex(SHA256.hash(Array(statements.joined(separator: ";\n").utf8)))
        == "912b5a270fe1b9a9c357bb10cd23f23a49a7aedd62244a93924e5277c2629e09")
  }

  @Test(
    "Before the schema changes a verified copy of the database is made, which the former program can go on with"
  )
  func copy() throws {
    let data = try firstDatabase()
    try Handover.Database(data).close()
    let copies = UpgradeCopy(folder: data).all()
    let copy = try #require(copies.first)
    #expect(copies.count == 1 && copy.path.hasSuffix("operation/before-\(Application.version).sqlite"))
    try copy.manifest.check(copy.path)
    #expect(copy.manifest.schema == 8 && copy.manifest.upgradesTo == Schema.migrations.count)
    #expect(try Connection(path: copy.path, mode: .reader).value("SELECT name FROM user") == "Ada")
    // Back to the former program's, by a restore.
    _ = try Restoring(.backup(copy.path), isDryRun: false, environment: ["HANDOVER_DATA": data.path]).run {
      _, _ in
    }
    let restored = try Connection(path: data.database, mode: .reader)
    let former = Migrator(applicationID: Handover.Database.applicationID, migrations: Self.first)
    #expect(try former.pending(in: restored).isEmpty && former.missing(in: restored).isEmpty)
    #expect(try restored.value("PRAGMA user_version") == 8)
    // And on again.
    try Handover.Database(data).close()
    #expect(
      try Handover.Database(data).read { try $0.users.owner(of: OrganisationID(rawValue: 1))?.name } == "Ada")
  }

  @Test("The copy of before a change that was interrupted stays, and of several the newest two")
  func copies() throws {
    let data = try firstDatabase()
    do {
      let connection = try Connection(path: data.database, mode: .reader)
      for time in [1_000, 2_000, 3_000] as [Int64] {
        #expect(
          try UpgradeCopy(folder: data).make(of: connection, before: 44, at: UnixTime(rawValue: time)) != nil)
      }
      // A start that failed is tried again.
      #expect(
        try UpgradeCopy(folder: data).make(of: connection, before: 44, at: UnixTime(rawValue: 3_100)) == nil)
    }
    #expect(UpgradeCopy(folder: data).all().map(\.manifest.taken.rawValue) == [3_000, 2_000])
    let next = Migrator(
      applicationID: Handover.Database.applicationID, migrations: Array(Schema.migrations.prefix(10)))
    try next.migrate(Connection(path: data.database, mode: .writer))
    let connection = try Connection(path: data.database, mode: .reader)
    #expect(
      try UpgradeCopy(folder: data).make(of: connection, before: 44, at: UnixTime(rawValue: 8_000)) == nil)
    let files = try FileManager.default.contentsOfDirectory(atPath: data.operation)
    #expect(files.count == 4, "\(files)")
  }

  @Test("A database that is not sound is not brought up to date")
  func unsound() throws {
    let data = try firstDatabase()
    try Connection(path: data.database, mode: .writer).execute(
      "PRAGMA foreign_keys = OFF; DELETE FROM organisation")
    let error = #expect(throws: HandoverError.self) { try Handover.Database(data).close() }
    #expect(error?.description.contains("so nothing was changed") == true)
    #expect(try Connection(path: data.database, mode: .reader).value("PRAGMA user_version") == 8)
    #expect(UpgradeCopy(folder: data).all().isEmpty)
  }

  @Test(
    "This program reads and writes the database of a made-up successor that has only expanded it, and refuses another"
  )
  func successor() throws {
    let office = try ExportOffice()
    let organisations = try office.makeDemo(rows: 100)
    let data = DataFolder(path: office.folder)
    let next = Migration(
      name: "mottos", isExpansion: true,
      sql: """
        CREATE TABLE motto (organisation_id INTEGER PRIMARY KEY REFERENCES organisation, words TEXT NOT NULL) STRICT;
        ALTER TABLE organisation ADD COLUMN motto TEXT;
        ALTER TABLE deal ADD COLUMN weather TEXT;
        ALTER TABLE export ADD COLUMN weight INTEGER;
        CREATE INDEX deal_weather ON deal (edition_id, weather);
        """)
    func migrate(_ migrations: Migration...) throws {
      try Migrator(
        applicationID: Handover.Database.applicationID, migrations: Schema.migrations + migrations
      ).migrate(Connection(path: data.database, mode: .writer))
    }
    try migrate(next)
    let database = try Handover.Database(data)
    try database.write { connection in
      let added = try connection.organisations.add(named: "Bilby", timeZone: "UTC", at: UnixTime(rawValue: 1))
      try connection.organisations.update(added)
    }
    try Handover.Database(data, for: .reading).close()
    #expect(try office.export(organisations[0]).files["Deals.csv"]?.isEmpty == false)
    #expect(UpgradeCopy(folder: data).all().isEmpty)
    try migrate(next, Migration(name: "no names", sql: "DROP INDEX deal_weather"))
    let refusal = #expect(throws: HandoverError.self) { try Handover.Database(data) }
    #expect(refusal?.needsOperator == true)
  }

  @Test("What a whole database has made is known, so that none is made to compare with")
  func fingerprint() throws {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    try Handover.Database(data).close()
    let connection = try Connection(path: data.database, mode: .writer)
    let made = try Migrator.fingerprint(of: connection)
    #expect(made == Schema.fingerprint, "Schema.fingerprint is now 0x\(String(made, radix: 16))")
    try connection.execute("CREATE INDEX deal_twice ON deal (edition_id); CREATE TABLE own (id)")
    try Handover.Database(data).close()
    try connection.execute("DROP TABLE own; DROP TABLE browser")
    let error = #expect(throws: HandoverError.self) { try Handover.Database(data) }
    #expect(error?.message.contains("browser") == true, "\(error?.message ?? "")")
  }

  private func firstDatabase() throws -> DataFolder {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let connection = try Connection(path: data.database, mode: .writer)
    try Migrator(applicationID: Handover.Database.applicationID, migrations: Self.first).migrate(connection)
    try connection.execute(
      """
      INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Quokka Finance', 'UTC', 1);
      INSERT INTO user (organisation_id, id, name, role, active, created_at) VALUES (1, 1, 'Ada', 'owner', 1, 1);
      """)
    return data
  }

  @Test("Exports of the version before are all there, and those that are open in their order")
  func exports() throws {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let connection = try Connection(path: data.database, mode: .writer)
    let version7 = Array(Schema.migrations.prefix(7))
    try Migrator(applicationID: Handover.Database.applicationID, migrations: version7).migrate(connection)
    try connection.execute(
      """
      INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Quokka Finance', 'UTC', 1);
      INSERT INTO user (organisation_id, id, name, role, active, created_at) VALUES (1, 1, 'Ada', 'owner', 1, 1);
      """)
    for (place, state) in ["queued", "failed", "processing", "cancelled"].enumerated() {
      try connection.run(
        """
        INSERT INTO export (id, organisation_id, scope, subject_id, requested_by, requested_at, status, not_before,
          started_at, ended_at, reason)
        VALUES (?1, 1, iif(?2 = 'processing', 'user', 'organisation'), iif(?2 = 'processing', 1, NULL), 1, 1, ?2, 1,
          iif(?2 = 'processing', 1, NULL), iif(?2 IN ('failed', 'cancelled'), 2, NULL), iif(?2 = 'failed', 'Why', NULL))
        """, String(repeating: "\(place)", count: 32), state)
    }
    let organisation = OrganisationID(rawValue: 1)
    try Handover.Database(data).read { connection in
      #expect(try connection.exports.open(of: organisation).map(\.status) == [.processing, .queued])
      let ended = try connection.exports.ended(
        of: organisation, offset: 0, limit: 9, known: EndedExport.Known(limit: 9))
      #expect(ended.map(\.export.status) == [.cancelled, .failed])
      #expect(try connection.users.owner(of: organisation)?.name == "Ada")
    }
  }

  @Test("Whose turn it was stays so, and an organisation of before can import")
  func turns() throws {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let connection = try Connection(path: data.database, mode: .writer)
    let before = Array(Schema.migrations.prefix { $0.name != "imports" })
    try Migrator(applicationID: Handover.Database.applicationID, migrations: before).migrate(connection)
    try connection.execute(
      """
      INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Quokka', 'UTC', 1), (2, 'Numbat', 'UTC', 1);
      INSERT INTO user (organisation_id, id, name, role, active, created_at)
        VALUES (1, 1, 'Ada', 'owner', 1, 1), (2, 1, 'Bo', 'owner', 1, 1);
      INSERT INTO export_turn (organisation_id, turn) VALUES (1, 7), (2, 6);
      INSERT INTO export (id, organisation_id, scope, requested_by, requested_at, status, not_before)
        VALUES (printf('%032d', 1), 1, 'organisation', 1, 1, 'queued', 1),
          (printf('%032d', 2), 2, 'organisation', 1, 1, 'queued', 1);
      """)
    let id = ImportID(rawValue: String(repeating: "a", count: 32))
    let organisation = OrganisationID(rawValue: 1)
    let database = try Handover.Database(data)
    try database.write { connection in
      let next = try connection.jobs(.export).next(
        at: UnixTime(rawValue: 2), longestPause: .seconds(1), as: ExportID.self)
      #expect(next?.1 == OrganisationID(rawValue: 2))
      try connection.imports.add(
        id, of: organisation, files: "crm.zip", size: 1, by: UserID(rawValue: 1), at: UnixTime(rawValue: 3))
      #expect(try connection.imports.find(id, of: organisation)?.requestedBy?.name == "Ada")
    }
  }

  @Test("Sessions of the version before go on, each with an id of its own, proved when they began")
  func sessions() throws {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let connection = try Connection(path: data.database, mode: .writer)
    let before = Array(Schema.migrations.prefix { $0.name != "single sessions" })
    try Migrator(applicationID: Handover.Database.applicationID, migrations: before).migrate(connection)
    try connection.execute(
      """
      INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Quokka Finance', 'UTC', 1);
      INSERT INTO user (organisation_id, id, name, role, active, created_at) VALUES (1, 1, 'Ada', 'owner', 1, 1);
      """)
    for token in ["one", "two"] {
      try connection.run(
        """
        INSERT INTO session (token_hash, organisation_id, user_id, created_at, used_at, address, agent)
        VALUES (?, 1, 1, 100, 200, '192.0.2.1', 'curl/8')
        """, TokenHash(of: token).bytes)
    }
    try Handover.Database(data).read { connection in
      let now = UnixTime(rawValue: 300)
      let one = try #require(try connection.sessions.find(token: "one", at: now))
      let two = try #require(try connection.sessions.find(token: "two", at: now))
      #expect(one.user.name == "Ada" && one.usedAt.rawValue == 200 && one.provedAt.rawValue == 100)
      #expect(SessionID(one.id.rawValue) != nil && one.id != two.id)
    }
  }

  @Test(
    "Nobody of the version before has two-step sign-in or needs it, and their sessions and requests go on")
  func twoStep() throws {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let connection = try Connection(path: data.database, mode: .writer)
    let before = Array(Schema.migrations.prefix { $0.name != "two-step sign-in" })
    try Migrator(applicationID: Handover.Database.applicationID, migrations: before).migrate(connection)
    try connection.execute(
      """
      INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Quokka Finance', 'UTC', 1);
      INSERT INTO user (organisation_id, id, name, role, active, created_at) VALUES (1, 1, 'Ada', 'owner', 1, 1);
      INSERT INTO owner_request (id, organisation_id, user_id, message, asked_at, outcome)
        VALUES ('00000000000000000000000000000000', 1, 1, 'Please', 1, 'waiting');
      """)
    try connection.run(
      """
      INSERT INTO session (token_hash, id, organisation_id, user_id, created_at, used_at, proved_at, address, agent)
      VALUES (?, '00000000000000000000000000000000', 1, 1, 100, 200, 100, '192.0.2.1', 'curl/8')
      """, TokenHash(of: "one").bytes)
    try Handover.Database(data).read { connection in
      let session = try #require(
        try connection.sessions.find(token: "one", at: UnixTime(rawValue: 300)))
      #expect(session.organisation.twoStep == .optional)
      #expect(!session.user.hasTwoStep && !session.mustSetUpTwoStep)
      #expect(try connection.value("SELECT has_two_step FROM owner_request_with_user") == 0)
    }
  }

  @Test("Exports and receipts of the version before go on: each download of then is a line, and counts")
  func receipts() throws {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let connection = try Connection(path: data.database, mode: .writer)
    let before = Array(Schema.migrations.prefix { $0.name != "waiting exports" })
    try Migrator(applicationID: Handover.Database.applicationID, migrations: before).migrate(connection)
    let id = String(repeating: "a", count: 32)
    try connection.execute(
      """
      INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Quokka Finance', 'UTC', 1);
      INSERT INTO user (organisation_id, id, name, role, active, created_at) VALUES (1, 1, 'Ada', 'owner', 1, 1);
      INSERT INTO export (id, organisation_id, scope, requested_by, requested_at, status, not_before, started_at,
        ended_at, snapshot_at, rows, size, sha256, milliseconds, key_id, completed_at, expires_at)
        VALUES ('\(id)', 1, 'organisation', 1, 7, 'completed', 7, 8, 9, 8, 1, 1, zeroblob(32), 1, 'k', 9, 99);
      INSERT INTO owner_request (id, organisation_id, user_id, message, asked_at, outcome)
        VALUES ('\(id)', 1, 1, 'Please', 20, 'waiting');
      WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 4000)
      INSERT INTO activity (organisation_id, at, actor, user_id, who, what, subject, detail, address)
        SELECT 1, 10 + n, 'user', 1, 'Ada', 'export.downloaded', '\(id)', 'whole file', '192.0.2.1' FROM number;
      """)
    try Handover.Database(data).write { connection in
      let organisation = OrganisationID(rawValue: 1)
      let export = try #require(try connection.exports.find(ExportID(rawValue: id), of: organisation))
      #expect(export.archive?.expiresAt.rawValue == 99 && export.archive?.signedUntil.rawValue == 99)
      let receipts = try connection.downloads.receipts(of: export)
      #expect(
        receipts.count == 4_000 && receipts.newest.map(\.at.rawValue) == [4010, 4009, 4008, 4007, 4006])
      let time = try connection.exports.requestTime(
        ofExport: 1, of: organisation, after: UnixTime(rawValue: 6))
      #expect(time?.rawValue == 7)
      #expect(try connection.exports.countFromNow(UnixTime(rawValue: 50)) == 0)
      #expect(try connection.exports.countFromNow(UnixTime(rawValue: 5)) == 1)
    }
  }

  @Test(
    "Look-ups by the view of users take the indexes of their table",
    arguments: [
      ("organisation_id = 1 AND email = 'x' COLLATE NOCASE", "INDEX user_email"),
      ("organisation_id = 1 AND role = 'owner'", "INDEX user_owner"),
      ("email = 'x' COLLATE NOCASE AND active = 1 AND has_password", "INDEX user_sign_in"),
      ("organisation_id = 1 AND id = 1", "PRIMARY KEY"),
    ])
  func plans(_ condition: String, _ index: String) throws {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let plan = try Handover.Database(data).read {
      try $0.all("EXPLAIN QUERY PLAN SELECT * FROM user_account WHERE " + condition) {
        try $0["detail"] as String
      }
    }
    #expect(plan[0].contains(index) && !plan.contains { $0.contains("SCAN user") }, "\(plan)")
  }

  @Test("Events of the version before are found by what they show, and still can't be changed")
  func searchedActivity() throws {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let connection = try Connection(path: data.database, mode: .writer)
    let before = Array(Schema.migrations.prefix { $0.name != "searched activity" })
    try Migrator(applicationID: Handover.Database.applicationID, migrations: before).migrate(connection)
    try connection.execute(
      """
      INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Quokka Finance', 'UTC', 1);
      WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 2500)
      INSERT INTO activity (organisation_id, at, actor, user_id, who, what, subject, detail, address)
        SELECT 1, n, 'user', n, 'José ' || n, 'sign-in.succeeded', '', 'x', '192.0.2.1' FROM number;
      INSERT INTO activity (organisation_id, at, actor, who, what, subject, detail, address)
        VALUES (1, 9000, 'server', '', 'export.expired', '', 'Entire organisation', '');
      """)
    let database = try Handover.Database(data)
    for (text, count) in [
      ("jose", 2_500), ("jose 2499", 1), ("u-7", 1), ("the server", 1), ("expired", 1), ("josef", 0),
    ] {
      let found = try database.read {
        try $0.activity.page(of: OrganisationID(rawValue: 1), ActivityFilter(text: text), offset: 0, limit: 1)
          .count
      }
      #expect(found == count, "\(text)")
    }
    #expect(throws: SQLiteError.self) {
      try database.write { _ = try $0.run("UPDATE activity SET folded = 'x' WHERE id = 1") }
    }
  }

  @Test("Users of the version before are found and ordered by their folded names, whatever bytes are in them")
  func foldedNames() throws {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let connection = try Connection(path: data.database, mode: .writer)
    let before = Array(Schema.migrations.prefix { $0.name != "folded names" })
    try Migrator(applicationID: Handover.Database.applicationID, migrations: before).migrate(connection)
    try connection.execute(
      """
      INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Quokka Finance', 'UTC', 1);
      INSERT INTO user (organisation_id, id, name, email, role, active, created_at) VALUES
        (1, 1, 'Ada', 'ada@x.example', 'owner', 1, 1), (1, 2, 'William', NULL, 'user', 1, 1),
        (1, 3, 'Íñigo', NULL, 'user', 1, 1), (1, 4, NULL, 'Jo@x.example', 'user', 1, 1),
        (1, 5, NULL, NULL, 'user', 0, 1), (1, 6, CAST(x'fe' AS TEXT), NULL, 'user', 0, 1);
      """)
    let organisation = OrganisationID(rawValue: 1)
    let found = try Handover.Database(data).read { connection in
      try ["", "inigo", "x.example JO"].map {
        try connection.users.page(1, of: 9, matching: $0, in: organisation).users.map(\.user.id.rawValue)
      }
    }
    #expect(found == [[1, 5, 3, 4, 2, 6], [3], [4]])
  }

  @Test("Contacts of before are found by their folded names")
  func contactSearch() throws {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let connection = try Connection(path: data.database, mode: .writer)
    let before = Array(Schema.migrations.prefix { $0.name != "search of contacts" })
    try Migrator(applicationID: Handover.Database.applicationID, migrations: before).migrate(connection)
    try connection.execute(
      """
      INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Quokka Finance', 'UTC', 1);
      INSERT INTO contact (organisation_id, contact_id, full_name, email, created_at) VALUES
        (1, 3, 'Íñigo', 'in@x.example', '2026-05-02T09:30:00Z'), (1, 4, NULL, NULL, '2026-05-02T09:30:00Z'),
        (1, 5, CAST(x'fe' AS TEXT), NULL, '2026-05-02T09:30:00Z');
      """)
    let found = try Handover.Database(data).read { connection in
      try ["", "inigo X.example", "C-5"].map {
        try connection.contacts.matching($0, of: OrganisationID(rawValue: 1), limit: 9).map(\.id.rawValue)
      }
    }
    #expect(found == [[3, 4, 5], [3], [5]])
  }

  @Test("Deals of before are found by what names them")
  func dealSearch() throws {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let connection = try Connection(path: data.database, mode: .writer)
    let before = Array(Schema.migrations.prefix { $0.name != "search of deals" })
    try Migrator(applicationID: Handover.Database.applicationID, migrations: before).migrate(connection)
    try connection.execute(
      """
      INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Quokka Finance', 'UTC', 1);
      INSERT INTO deal (edition_id, deal_id, deal_name, lender, status, created_at) VALUES
        (1, 3, 'Íñigo', 'Numbat', 'won', '2026-05-02T09:30:00Z'), (1, 4, NULL, NULL, NULL, '2026-05-02T09:30:00Z');
      """)
    let found = try Handover.Database(data).read { connection in
      try [DealFilter(), DealFilter(text: "numbat inigo"), DealFilter(status: "won")].map {
        try connection.deals.page(
          1, of: 9, $0, in: .organisation, of: OrganisationID(rawValue: 1), known: DealChoices.Known(limit: 1)
        ).deals.map(\.id.rawValue)
      }
    }
    #expect(found == [[4, 3], [3], [3]])
  }

  @Test("Requests of the version before are there, without a reply")
  func replies() throws {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let connection = try Connection(path: data.database, mode: .writer)
    let before = Array(Schema.migrations.prefix { $0.name != "replies to requests" })
    try Migrator(applicationID: Handover.Database.applicationID, migrations: before).migrate(connection)
    try connection.execute(
      """
      INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Quokka Finance', 'UTC', 1);
      INSERT INTO user (organisation_id, id, name, role, active, created_at) VALUES (1, 1, 'Ada', 'user', 1, 1);
      INSERT INTO owner_request (id, organisation_id, user_id, message, asked_at, outcome, answered_at)
        VALUES (hex(zeroblob(16)), 1, 1, 'Please', 1, 'declined', 2);
      """)
    try Handover.Database(data).read { connection in
      let user = try #require(
        try connection.users.find(UserID(rawValue: 1), of: OrganisationID(rawValue: 1)))
      let request = try #require(try connection.ownerRequests.last(of: user, limit: 9).first)
      #expect(request.message == "Please" && request.outcome == .declined && request.reply == "")
    }
  }

  @Test("Exports of before there was a ledger are counted and not in it, and the next one is its first entry")
  func ledger() throws {
    let data = DataFolder(path: folder.path)
    try data.prepare(group: nil)
    let connection = try Connection(path: data.database, mode: .writer)
    let before = Array(Schema.migrations.prefix { $0.name != "ledger" })
    try Migrator(applicationID: Handover.Database.applicationID, migrations: before).migrate(connection)
    let id = ExportID(rawValue: String(repeating: "a", count: 32))
    try connection.execute(
      """
      INSERT INTO organisation (id, name, time_zone, created_at) VALUES (1, 'Quokka', 'UTC', 1), (2, 'Numbat', 'UTC', 1);
      INSERT INTO user (organisation_id, id, name, role, active, created_at) VALUES (1, 1, 'Ada', 'owner', 1, 1);
      INSERT INTO export (id, organisation_id, scope, requested_by, requested_at, status, not_before, started_at,
        ended_at, snapshot_at, rows, size, sha256, milliseconds, key_id, completed_at, expires_at)
        VALUES ('\(id.rawValue)', 1, 'organisation', 1, 7, 'revoked', 7, 8, 9, 8, 1, 1, zeroblob(32), 1, 'k', 9, 99);
      INSERT INTO export (id, organisation_id, scope, requested_by, requested_at, status, not_before)
        VALUES (printf('%032d', 1), 1, 'organisation', 1, 7, 'queued', 7);
      """)
    let database = try Handover.Database(data)
    let organisation = OrganisationID(rawValue: 1)
    func check() throws -> LedgerCheck { try database.read { try LedgerCheck(of: organisation, $0) } }
    #expect(try check().exportsBefore == 1 && check().entries.isEmpty && check().problems == [])
    let (export, other, end) = try database.read { connection in
      (
        try connection.exports.find(id, of: organisation),
        try LedgerCheck(of: OrganisationID(rawValue: 2), connection),
        try connection.ledger.end(of: organisation)
      )
    }
    #expect(export?.archive != nil && export?.archive?.entry == nil && other.exportsBefore == 0)
    #expect(end == LedgerEnd(organisation: organisation))
    try database.write { _ = try $0.run("UPDATE export SET ledger_number = NULL WHERE id = ?", id) }
    #expect(try check().problems.count == 2, "one that has no entry, and one of before too few")
  }
}
