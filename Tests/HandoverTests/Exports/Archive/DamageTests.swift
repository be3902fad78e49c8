import Foundation
import SQLite
import TestSupport
import Testing
import ZIP

@testable import Handover

/// Databases that break the rules of their schema, as a broken disk or another program leaves them: an export of
/// one fails with a reason, or `handover verify` finds its archive sound.
@Suite struct DamageTests {
  struct Rule: Sendable, CustomTestStringConvertible {
    /// What is done to the database while it checks nothing.
    let damage: String
    /// `Deals.csv, D-1, column …`
    let detail: String
    /// Replaced in the schema while the damage is done: old, new.
    var schema: (String, String)?
    var testDescription: String { damage }

    init(_ damage: String, _ detail: String, schema: (String, String)? = nil) {
      self.damage = damage
      self.detail = detail
      self.schema = schema
    }
  }

  private static let weak = (") WITHOUT ROWID, STRICT", ") WITHOUT ROWID")

  static let rules: [Rule] = [
    Rule(
      "UPDATE deal SET created_at = 'soon' WHERE deal_id = 2",
      "Deals.csv, D-2, column created_at: the cell is not"),
    Rule(
      "UPDATE deal SET settled_date = '2026-02-30' WHERE deal_id = 1",
      "Deals.csv, D-1, column settled_date: the cell is not of the format \"date (YYYY-MM-DD)\""),
    Rule("UPDATE deal SET archived = 2 WHERE deal_id = 12", "Deals.csv, D-12, column archived"),
    Rule(
      "UPDATE contact SET contact_type = 'dog' WHERE contact_id = 3", "Contacts.csv, C-3, column contact_type"
    ),
    Rule("UPDATE task SET status = '' WHERE task_id = 2", "Tasks.csv, T-2, column status"),
    Rule("UPDATE user SET role = 'boss' WHERE id = 2", "Users.csv, U-2, column role"),
    Rule("UPDATE user SET active = 7 WHERE id = 5", "Users.csv, U-5, column active"),
    Rule("UPDATE deal SET deal_id = -4 WHERE deal_id = 2", "Deals.csv, D--4, column deal_id"),
    Rule("UPDATE deal SET deal_id = 0 WHERE deal_id = 2", "Deals.csv, D-0, column deal_id"),
    Rule(
      "UPDATE deal_contact SET role = 'x' WHERE deal_id = 1 AND position = 1",
      "DealContacts.csv, D-1, column role"),
    Rule(
      "UPDATE deal_contact SET position = 0 WHERE deal_id = 1 AND position = 1",
      "DealContacts.csv, D-1, column position"),
    Rule("UPDATE deal_contact SET contact_id = 99 WHERE deal_id = 1 AND position = 1", "C-99"),
    Rule(
      "UPDATE deal_contact SET deal_id = 5 WHERE deal_id = 1",
      "DealContacts.csv, D-5, column deal_id: D-5 is not in Deals.csv"),
    Rule(
      "UPDATE deal SET owner_id = 77 WHERE deal_id = 2",
      "Users.csv, U-77: other files name it, but it has no row"),
    Rule(
      "UPDATE note SET deal_id = 3 WHERE note_id = 1",
      "Notes.csv, N-1, column deal_id: D-3 is not in Deals.csv"),
    Rule(
      "UPDATE task SET contact_id = 8 WHERE task_id = 5",
      "Tasks.csv, T-5, column contact_id: C-8 is not in Contacts.csv"),
    Rule(
      "UPDATE note SET note_content = CAST(x'61ff62' AS TEXT) WHERE note_id = 5",
      "Notes.csv, N-5: it is not UTF-8"),
    Rule(
      "UPDATE note SET note_content = CAST(x'61c3' AS TEXT) WHERE note_id = 5",
      "Notes.csv, N-5: it is not UTF-8"),
    Rule(
      "UPDATE note SET note_content = 'a' || char(0) || 'b' WHERE note_id = 5",
      "Notes.csv, N-5: it is not UTF-8"),
    Rule(
      "UPDATE contact SET full_name = CAST(x'eda080' AS TEXT) WHERE contact_id = 4",
      "Contacts.csv, C-4: it is not UTF-8"),
    Rule("UPDATE user SET name = CAST(x'fe' AS TEXT) WHERE id = 2", "U-2"),
    Rule(
      "UPDATE note SET note_content = zeroblob(9) WHERE note_id = 1",
      "Notes.csv, N-1, column note_content: the cell has a wrong type", schema: weak),
    Rule(
      "UPDATE deal SET loan_amount = 1.5 WHERE deal_id = 1",
      "Deals.csv, D-1, column loan_amount: the cell has a wrong type", schema: weak),
    Rule(
      "UPDATE deal SET created_at = NULL WHERE deal_id = 1",
      "Deals.csv, D-1, column created_at: the cell is empty",
      schema: ("created_at TEXT NOT NULL", "created_at TEXT")),
    Rule(
      "UPDATE user SET role = 'owner'", "Users.csv, U-2, column role: the organisation has an owner already",
      schema: ("UNIQUE INDEX user_owner", "INDEX user_owner")),
    Rule(
      "UPDATE deal_contact SET role = 'primary' WHERE deal_id = 1",
      "DealContacts.csv, D-1, column role: the deal has a primary contact already",
      schema: ("UNIQUE INDEX deal_contact_primary", "INDEX deal_contact_primary")),
    Rule(
      "UPDATE deal_contact SET contact_id = 1 WHERE deal_id = 1", "the list is not in the order of its ids",
      schema: ("UNIQUE INDEX deal_contact_contact", "INDEX deal_contact_contact")),
    Rule(
      "INSERT INTO deal (edition_id, deal_id, created_at) VALUES (2, 20, '2026-05-02T09:30:00Z'), (2, 14, '2026-05-02T09:30:00Z')",
      "Deals.csv, D-14, column deal_id: D-14 stands after D-20: rows are in the order of ids",
      schema: ("PRIMARY KEY (edition_id, deal_id)", "PRIMARY KEY (edition_id, deal_id DESC)")),
  ]

  @Test("A record that breaks a rule ends the export, which says where it is", arguments: rules)
  func rule(_ rule: Rule) throws {
    let small = try SmallOffice()
    try small.office.damage(rule.damage, schema: rule.schema)
    let path = small.office.folder + "/a.zip"
    let failure = #expect(throws: JobFailure.self) {
      try small.office.builder().build(small.organisation, .organisation, publishedAs: path)
    }
    #expect(failure?.detail.contains(rule.detail) == true, "\(failure?.detail ?? "")")
    #expect(failure?.isFinal == true)
    #expect(failure?.reason.hasPrefix("The records on the server are damaged") == true)
    #expect(!small.office.has("a.zip") && !small.office.has("a.zip.part"))
  }

  @Test(
    "An index that has lost or kept what its table has not ends the export",
    arguments: [
      (
        "deal_named", "UPDATE deal SET deal_name = 'new' WHERE deal_id = 1",
        "Notes.csv, N-1, column deal_name"
      ),
      (
        "contact_named", "UPDATE contact SET full_name = 'new' WHERE contact_id = 1",
        "Tasks.csv, T-2, column contact_name"
      ),
      ("deal_named", "DELETE FROM deal WHERE deal_id = 12", "D-12 is not in Deals.csv"),
      ("deal_contact_contact", "DELETE FROM deal_contact WHERE deal_id = 2", "Contacts.csv, column deal_ids"),
      (
        "deal_owner",
        "INSERT INTO deal (edition_id, deal_id, created_at) VALUES (2, 30, '2026-05-02T09:30:00Z')",
        "4 rows, but 3 were counted"
      ),
    ])
  func index(_ name: String, _ change: String, _ detail: String) throws {
    let small = try SmallOffice()
    try small.office.damage(change, withoutIndex: name)
    let failure = #expect(throws: JobFailure.self) {
      try small.office.builder().build(
        small.organisation, .organisation, publishedAs: small.office.folder + "/a.zip")
    }
    let told = failure.map { "\($0)" } ?? ""
    #expect(told.contains(detail), "\(told)")
    #expect(failure?.isFinal == true)
  }

  /// Some of them in each run; with `--long` twenty times as many.
  static let seeds = 0..<(ProcessInfo.processInfo.environment["HANDOVER_TEST_LONG"] == "1" ? 2_000 : 100)

  @Test("Bytes that change anywhere in the database never end in an archive that is not sound")
  func flips() throws {
    let office = try ExportOffice()
    _ = try office.makeDemo(rows: 1_500)
    try office.database.checkpoint()
    let sound = [UInt8](try Data(contentsOf: URL(filePath: office.folder + "/handover.sqlite")))
    var ends = (completed: 0, failed: 0, unopened: 0)
    for seed in Self.seeds {
      var generator = SeededGenerator(seed: UInt64(seed))
      var bytes = sound
      let first = Int.random(in: 100..<bytes.count, using: &generator)
      // In one page, or all over the file.
      let places = seed % 2 == 0 ? first..<min(first + 16_384, bytes.count) : 100..<bytes.count
      for _ in 0..<(1 << (seed % 9)) {
        bytes[Int.random(in: places, using: &generator)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
      }
      switch try DamagedOffice(bytes, office.compressors).exports() {
      case nil: ends.unopened += 1
      case (let completed, let failed, let problems)?:
        ends.completed += completed
        ends.failed += failed
        #expect(problems == [], "seed \(seed)")
      }
    }
    // Both happen, or the test says nothing.
    #expect(ends.completed > Self.seeds.count / 10 && ends.failed > Self.seeds.count / 10, "\(ends)")
  }
}

/// A database of these bytes, and its exports.
private struct DamagedOffice {
  let folder: TemporaryFolder
  let compressors: Compressors

  init(_ bytes: [UInt8], _ compressors: Compressors) throws {
    folder = try TemporaryFolder(inMemory: true)
    self.compressors = compressors
    try Data(bytes).write(to: URL(filePath: folder.file("handover.sqlite")))
  }

  /// Of the first organisation and of one of its users.
  /// - Returns: nil where the database can't be opened or has lost the organisation.
  func exports() throws -> (completed: Int, failed: Int, problems: [String])? {
    guard let database = try? Database(DataFolder(path: folder.path)),
      let organisation = try? database.read({ try $0.organisations.all() }).first
    else { return nil }
    var (completed, failed) = (0, 0)
    var problems: [String] = []
    let builder = ArchiveBuilder(
      database: database, compressors: compressors, level: 1, clock: Clock { ExportOffice.now })
    for scope in [Scope.organisation, .user(UserID(rawValue: 2))] {
      let path = folder.file("a.zip")
      do {
        _ = try builder.build(organisation, scope, publishedAs: path)
        completed += 1
        problems += try Verification(of: path).problems.map(\.description)
      } catch is JobFailure {
        failed += 1
      }
    }
    return (completed, failed, problems)
  }
}

extension ExportOffice {
  /// Runs the SQL while the database checks nothing, with its schema changed, and reads the true schema again.
  fileprivate func damage(_ sql: String, schema: (String, String)?) throws {
    let connection = try Connection(path: folder + "/handover.sqlite", mode: .writer)
    let (old, new) = schema ?? ("", "")
    let swap = { (old: String, new: String) in
      """
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, '\(old)', '\(new)') WHERE sql LIKE '%\(old)%';
      PRAGMA writable_schema = RESET;
      """
    }
    try connection.execute("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
    if schema != nil { try connection.execute(swap(old, new)) }
    try connection.execute(sql)
    if schema != nil { try connection.execute(swap(new, old)) }
  }

  /// Runs the SQL while the schema doesn't know the index.
  fileprivate func damage(_ sql: String, withoutIndex name: String) throws {
    let connection = try Connection(path: folder + "/handover.sqlite", mode: .writer)
    try connection.execute(
      """
      PRAGMA foreign_keys = OFF;
      PRAGMA writable_schema = ON;
      CREATE TEMP TABLE kept AS SELECT * FROM sqlite_schema WHERE name = '\(name)';
      DELETE FROM sqlite_schema WHERE name = '\(name)';
      PRAGMA writable_schema = RESET;
      \(sql);
      PRAGMA writable_schema = ON;
      INSERT INTO sqlite_schema SELECT * FROM kept;
      PRAGMA writable_schema = RESET;
      """)
  }
}
