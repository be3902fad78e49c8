import Foundation
import SQLite
import Secrets
import TestSupport
import Testing

@testable import Handover

@Suite("The ledger") struct LedgerTests {
  let fixture: ExportFixture

  init() throws {
    fixture = try ExportFixture()
  }

  private var organisation: OrganisationID { fixture.office.organisation.id }

  private func check(_ organisation: OrganisationID? = nil) throws -> LedgerCheck {
    try fixture.database.read { try LedgerCheck(of: organisation ?? self.organisation, $0) }
  }

  private func problems() throws -> [String] { try check().problems.map(\.description) }

  /// Changes the ledger as who has the database in hand can.
  private func change(_ sql: String) throws {
    let connection = try Connection(path: DataFolder(path: fixture.folder.path).database, mode: .writer)
    let triggers = try connection.all(
      """
      SELECT name, sql FROM sqlite_schema
      WHERE type = 'trigger' AND (name LIKE 'ledger%' OR name LIKE 'activity%')
      """
    ) { (try $0["name"] as String, try $0["sql"] as String) }
    try connection.execute("PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1")
    for trigger in triggers { try connection.execute("DROP TRIGGER \(trigger.0)") }
    try connection.execute(sql)
    for trigger in triggers { try connection.execute(trigger.1) }
  }

  private static let entry = LedgerEntry(
    organisation: 1, number: 7, export: String(repeating: "4f", count: 16), scope: "contact C-7",
    snapshot: "2026-05-02T09:30:00Z", rows: 48_211, contents: String(repeating: "a", count: 64),
    description: String(repeating: "d", count: 64), readMe: String(repeating: "e", count: 64),
    previous: String(repeating: "b", count: 64), previousSeal: LedgerEntry.none)

  @Test("The text of an entry is as it is for ever, and so are its head and its seal")
  func text() throws {
    let text = """
      Handover ledger, version 1
      organisation: 1
      number: 7
      export: 4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f
      scope: contact C-7
      snapshot: 2026-05-02T09:30:00Z
      rows: 48211
      contents: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      description: dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
      readme: eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
      previous: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
      previous seal: 0000000000000000000000000000000000000000000000000000000000000000

      """
    #expect(Self.entry.text == text)
    #expect(LedgerEntry(text: text) == Self.entry)
    #expect(Self.entry.head == hex(SHA256.hash(Array(text.utf8))))
    let zip = String(repeating: "c", count: 64)
    let sealed = "\(Self.entry.head)\n\(zip)\n5\n\(String(repeating: "0f", count: 32))\n"
    #expect(
      LedgerEntry.seal(head: Self.entry.head, sha256: zip, size: 5, page: Array(repeating: 15, count: 32))
        == hex(SHA256.hash(Array(sealed.utf8))))
  }

  @Test(
    "What is no text of an entry is none",
    arguments: [
      ("version 1", "version 2"), ("number: 7", "number: 07"), ("rows: 48211\n", ""), ("48211", "+48211"),
      ("export: ", "export:"), ("\ncontents", "\r\ncontents"), ("previous seal", "seal"), ("0\n", "0"),
      ("0\n", "0\n\n"), ("scope", "reach"),
    ])
  func otherTexts(old: String, new: String) {
    let text = Self.entry.text
    let other = old == "0\n" ? String(text.dropLast()) + new.dropFirst() : text.replacing(old, with: new)
    #expect(!other.utf8.elementsEqual(text.utf8))
    #expect(LedgerEntry(text: other) == nil)
  }

  @Test(
    "Each completed export is the next entry of its organisation, and the page and the e-mail have its head")
  func chain() throws {
    let scopes: [Scope] = [.organisation, .user(fixture.office.user.id), .organisation]
    let exports = try scopes.map { try fixture.completed($0) }
    let check = try check()
    #expect(check.problems == [] && check.exportsBefore == 0)
    #expect(check.entries.map(\.number) == [1, 2, 3])
    #expect(check.entries.map(\.export) == exports.map(\.id.rawValue))
    #expect(check.entries.map(\.scope) == ["organisation", "user U-3", "organisation"])
    #expect(check.entries.map(\.rows) == [21_000, 21_000, 21_000])
    #expect(exports.map(\.archive?.entry?.number) == [1, 2, 3])
    #expect(exports.map(\.archive?.entry?.head) == check.entries.map(\.head))
    let rows = try fixture.database.read { try $0.ledger.rows(of: organisation) }
    let texts = rows.compactMap { LedgerEntry(text: $0.text) }
    #expect(texts.map(\.previous) == [LedgerEntry.none, rows[0].head, rows[1].head])
    #expect(texts.map(\.previousSeal) == [LedgerEntry.none, rows[0].seal, rows[1].seal])
    let mail: String? = try fixture.database.read {
      try $0.value("SELECT text FROM letter WHERE kind = 'export_completed' ORDER BY id DESC LIMIT 1")
    }
    #expect(
      mail?.contains("Number 3 in your ledger of exports:\n\(check.entries[2].head)\nKeep this e-mail")
        == true)
  }

  @Test("Organisations have a ledger each")
  func organisations() throws {
    _ = try fixture.completed()
    _ = try fixture.request(by: fixture.other.owner)
    try fixture.complete(try fixture.take())
    let other = try check(fixture.other.organisation.id)
    #expect(other.problems == [] && other.entries.map(\.number) == [1])
    #expect(try check().entries.map(\.number) == [1])
  }

  @Test("A run that fails, is cancelled or overtaken leaves no entry, and the next one takes its number")
  func noEntry() throws {
    let id = try fixture.request()
    let late = try fixture.take()
    let archive = try fixture.make(late)
    try fixture.exports.fail(late, .stalled)
    fixture.pass(.seconds(1))
    let isCompleted = try fixture.exports.complete(late, archive, after: .seconds(1))
    #expect(try !isCompleted && check().entries.isEmpty)
    _ = try fixture.exports.cancel(id, by: fixture.office.owner, from: "")
    #expect(try fixture.completed().archive?.entry?.number == 1)
    #expect(try problems() == [])
  }

  @Test("What becomes of an export later leaves the ledger as it is")
  func later() throws {
    let revoked = try fixture.completed()
    _ = try fixture.exports.revoke(revoked.id, by: fixture.office.owner, from: "")
    let expired = try fixture.completed()
    fixture.pass(.days(2))
    fixture.exports.sweep()
    #expect(try fixture.status(revoked.id) == .revoked && fixture.status(expired.id) == .expired)
    let check = try check()
    #expect(check.problems == [] && check.entries.count == 2)
    #expect(try fixture.export(expired.id).archive?.entry?.head == check.entries[1].head)
  }

  @Test("Of two runs that would be the same entry one is made again, and that is no failure")
  func atOnce() throws {
    let first = try fixture.request()
    let second = try fixture.request(.user(fixture.office.user.id))
    let pool = WorkerPool(fixture.exports, count: 1) { [fixture, organisation] run in
      let archive = try fixture.make(run.job)
      guard run.job.export.id == first, run.job.attempt == 1 else { return archive }
      // The other one, which no worker takes beside it, as if one had.
      let other = try fixture.database.write { connection in
        try connection.jobs(.export).start(second.rawValue, of: organisation, at: fixture.now)
        return try connection.exports.find(second, of: organisation)
      }
      try fixture.complete(ExportJob(export: try #require(other), organisation: fixture.office.organisation))
      return archive
    }
    try pool.start()
    try eventually("completed") { try fixture.status(first) == .completed }
    pool.stop()
    let export = try fixture.export(first)
    #expect(export.attempt == 2 && export.failures == 0 && export.archive?.entry?.number == 2)
    #expect(try fixture.export(second).archive?.entry?.number == 1)
    #expect(try problems() == [] && fixture.files.count == 2)
  }

  @Test("The schema refuses whatever is not the next entry, and any change of one")
  func schema() throws {
    for _ in 1...2 { _ = try fixture.completed() }
    let other = String(repeating: "0", count: 32)
    func insert(_ number: Int, _ id: String, _ verb: String = "INSERT") -> String {
      """
      \(verb) INTO ledger (organisation_id, number, export_id, entry, head, sha256, seal, entered_at)
      SELECT organisation_id, \(number), \(id), entry, head, sha256, seal, entered_at FROM ledger WHERE number = 1
      """
    }
    for sql in [
      "UPDATE ledger SET entered_at = entered_at + 1", "DELETE FROM ledger",
      "DELETE FROM ledger WHERE number = 2",
      insert(2, "'\(other)'"), insert(4, "'\(other)'"), insert(2, "'\(other)'", "INSERT OR REPLACE"),
      insert(3, "export_id", "INSERT OR REPLACE"), "UPDATE organisation SET ledger_number = 1",
      "UPDATE organisation SET ledger_number = 0", "UPDATE organisation SET ledger_number = 3 WHERE id = 1",
    ] {
      #expect(throws: SQLiteError.self, "\(sql)") { try fixture.database.write { try $0.execute(sql) } }
    }
    #expect(try problems() == [])
    try fixture.database.write { try $0.execute(insert(3, "'\(other)'")) }
  }

  /// The last entry is gone, and not counted.
  private static let cut =
    "DELETE FROM ledger WHERE number = 3; UPDATE organisation SET ledger_number = 2 WHERE id = 1;"
  /// Its export was never completed.
  private static func uncomplete(_ more: String = "") -> String {
    """
    UPDATE export SET status = 'cancelled', completed_at = NULL, ledger_number = NULL\(more)
    WHERE ledger_number = 3
    """
  }

  /// What somebody with the database in hand does, and what is found.
  static let tampering: [(sql: String, found: String)] = [
    (
      "UPDATE ledger SET entry = replace(entry, 'rows: 21000', 'rows: 20999') WHERE number = 2",
      "entry 2: its head is not"
    ),
    (
      "UPDATE ledger SET head = replace(head, substr(head, 1, 4), 'beef') WHERE number = 1",
      "entry 1: its head is not"
    ),
    (
      "UPDATE ledger SET head = replace(head, substr(head, 1, 4), 'beef') WHERE number = 1",
      "entry 2: it follows another head"
    ),
    (
      "UPDATE ledger SET seal = replace(seal, substr(seal, 1, 4), 'beef') WHERE number = 3",
      "entry 3: its seal is not"
    ),
    (
      "UPDATE ledger SET seal = replace(seal, substr(seal, 1, 4), 'beef') WHERE number = 1",
      "entry 2: it follows another seal"
    ),
    (
      "UPDATE ledger SET sha256 = replace(sha256, substr(sha256, 1, 4), 'beef') WHERE number = 2",
      "entry 2: its seal is not"
    ),
    (
      "UPDATE ledger SET entered_at = entered_at + 60 WHERE number = 2",
      "entry 2: the row of its export has another time"
    ),
    (
      "UPDATE ledger SET export_id = printf('%032d', 1) WHERE number = 2",
      "entry 2: its text is of another export"
    ),
    ("UPDATE ledger SET entry = 'nothing' WHERE number = 2", "entry 2: its text is not that of an entry"),
    ("UPDATE ledger SET number = 4 WHERE number = 3", "entry 4: its text is of entry 3"),
    ("DELETE FROM ledger WHERE number = 1", "entry 1: is missing"),
    ("DELETE FROM ledger WHERE number = 2", "entry 2: is missing"),
    ("DELETE FROM ledger WHERE number = 3", "entry 3: is missing"),
    ("DELETE FROM ledger", "entry 1: is missing, and so are all up to entry 3"),
    (
      "DELETE FROM ledger WHERE number = 3; UPDATE organisation SET ledger_number = 2 WHERE id = 1",
      "has no entry"
    ),
    (
      """
      DELETE FROM ledger WHERE number = 3; UPDATE organisation SET ledger_number = 2 WHERE id = 1;
      UPDATE export SET ledger_number = 0 WHERE ledger_number = 3
      """, "0 exports were completed before the ledger began, but 1 are there"
    ),
    (
      """
      INSERT INTO ledger SELECT organisation_id, 4, printf('%032d', 4), entry, head, sha256, seal, entered_at
      FROM ledger WHERE number = 3
      """, "entry 4: its export, 00000000000000000000000000000004, is not among"
    ),
    ("UPDATE organisation SET ledger_number = 2 WHERE id = 1", "the organisation counts 2 entries, but"),
    (
      "UPDATE organisation SET ledger_number = 9 WHERE id = 1",
      "entry 4: is missing, and so are all up to entry 9"
    ),
    (
      "UPDATE export SET rows = 20999 WHERE ledger_number = 2",
      "entry 2: the row of its export has another number of rows"
    ),
    (
      "UPDATE export SET snapshot_at = 1 WHERE ledger_number = 2",
      "entry 2: the row of its export has another snapshot"
    ),
    (
      "UPDATE export SET sha256 = zeroblob(32) WHERE ledger_number = 2",
      "entry 2: the row of its export has another SHA-256"
    ),
    (
      "UPDATE export SET scope = 'user', subject_id = 1 WHERE ledger_number = 2",
      "entry 2: the row of its export has another scope: user U-1, and the ledger organisation"
    ),
    (
      "UPDATE export SET ledger_number = 1 WHERE ledger_number = 2",
      "entry 2: the row of its export has another number: 1"
    ),
    (
      "UPDATE export SET completed_at = completed_at - 60 WHERE ledger_number = 2",
      "entry 2: the row of its export has another time"
    ),
    ("DELETE FROM export WHERE ledger_number = 2", "entry 2: its export, "),
    ("UPDATE ledger SET number = 9223372036854775807 WHERE number = 3", "entry 3: is missing"),
    (
      "UPDATE organisation SET ledger_number = 9223372036854775807 WHERE id = 1",
      "entry 4: is missing, and so are all up to"
    ),
    (
      "UPDATE export SET ledger_number = 9223372036854775807 WHERE ledger_number = 3",
      "entry 3: the row of its export has another number: 0"
    ),
    (
      "UPDATE organisation SET ledger_number = -9223372036854775808 WHERE id = 1",
      "counts -9223372036854775808"
    ),
    ("\(cut) DELETE FROM export WHERE ledger_number = 3", "by the audit trail, but is not among"),
    (
      """
      \(cut) UPDATE export SET ledger_number = 0 WHERE ledger_number = 3;
      UPDATE organisation SET exports_before_ledger = 1 WHERE id = 1
      """, "has no entry, as one of before the ledger, but was completed after entry 1"
    ),
    (
      """
      \(cut) UPDATE organisation SET exports_before_ledger = 1 WHERE id = 1;
      UPDATE export SET ledger_number = 0, completed_at = 1, expires_at = 2 WHERE ledger_number = 3
      """, "by the audit trail, but its row says 1970-01-01T00:00:01Z"
    ),
    ("\(cut) \(uncomplete())", "has a ZIP's SHA-256, but is not completed"),
    ("\(cut) \(uncomplete(", sha256 = NULL"))", "by the audit trail, but is not among"),
    (
      "DELETE FROM activity WHERE what = 'export.completed' AND subject IN (SELECT export_id FROM ledger WHERE number = 3)",
      "entry 3: the audit trail does not say that its export was completed"
    ),
    ("UPDATE export SET page_sha256 = zeroblob(32) WHERE ledger_number = 2", "entry 2: its seal is not"),
    ("UPDATE export SET size = size + 1 WHERE ledger_number = 2", "entry 2: its seal is not"),
    (
      "UPDATE export_file SET rows = rows + 1 WHERE name = 'Deals.csv'",
      "entry 2: the row of its export has another number of rows in its files: 21001"
    ),
    (
      "UPDATE export SET format = 'odf' WHERE ledger_number = 2",
      "entry 2: the row of its export holds a word or a value"
    ),
    (
      "UPDATE export SET scope = 'team' WHERE ledger_number = 2",
      "entry 2: the row of its export holds a word or a value"
    ),
    (
      """
      INSERT INTO ledger SELECT 99, 1, printf('%032d', 4), entry, head, sha256, seal, entered_at
      FROM ledger WHERE number = 3
      """, "there are entries of organisation 99, which is not there"
    ),
  ]

  @Test("Whatever is changed, removed or added by hand is found", arguments: tampering)
  func changes(sql: String, found: String) throws {
    for _ in 1...3 {
      fixture.pass(.seconds(1))
      _ = try fixture.completed()
    }
    #expect(try problems() == [])
    try change(sql)
    let told = try problems()
    #expect(told.contains { $0.contains(found) }, "\(told)")
  }

  @Test("What stands in the database controls no terminal")
  func terminal() throws {
    _ = try fixture.completed()
    let text = "'The chain is whole' || char(10, 27) || '[2J' || char(155)"
    for column in ["head", "sha256", "seal", "export_id"] {
      try change("UPDATE ledger SET \(column) = \(text)")
      let check = try check()
      let entry = check.entries[0]
      let all = [entry.head, entry.sha256, entry.seal, entry.export] + check.problems.map(\.description)
      #expect(all.contains { $0.contains("\"The chain is whole") })
      for scalar in all.flatMap(\.unicodeScalars) {
        #expect(scalar.properties.generalCategory != .control, "\(column)")
      }
    }
  }

  @Test(
    "Where nothing can come behind the last entry, the next export fails for good, and says why",
    arguments: [
      "UPDATE organisation SET ledger_number = 9223372036854775807",
      "UPDATE organisation SET ledger_number = -1", "UPDATE organisation SET ledger_number = 3",
    ])
  func cannotGoOn(sql: String) throws {
    let office = try ImportFixture()
    let id = ExportID(rawValue: String(repeating: "4f", count: 16))
    try office.database.write { connection in
      try connection.execute(
        "DROP TRIGGER ledger_count_grows; PRAGMA ignore_check_constraints = 1; \(sql); PRAGMA ignore_check_constraints = 0"
      )
    }
    #expect(throws: JobFailure.damagedLedger) { try office.export(as: id) }
    #expect(try Verification(of: office.export()).isSound, "one that is not entered")
    #expect(JobFailure.damagedLedger.isFinal)
  }

  @Test("Where the last entry was removed exports go on behind it, and the gap stays")
  func goesOn() throws {
    for _ in 1...2 { _ = try fixture.completed() }
    try change("DELETE FROM ledger WHERE number = 2")
    #expect(try fixture.completed().archive?.entry?.number == 3)
    try change("UPDATE organisation SET ledger_number = 0")
    #expect(try fixture.completed().archive?.entry?.number == 4)
    #expect(try problems().filter { $0.hasPrefix("entry") } == ["entry 2: is missing"])
  }

  @Test("A chain that was made anew is sound in itself, and another one than the e-mails say")
  func rewritten() throws {
    let exports = try (1...3).map { _ in try fixture.completed() }
    let rows = try fixture.database.read { try $0.ledger.rows(of: organisation) }
    var end = LedgerEnd(organisation: organisation)
    var sql = "UPDATE export SET rows = 20999 WHERE ledger_number = 2;"
    let id = exports[1].id.rawValue
    sql += "UPDATE export_file SET rows = rows - 1 WHERE position = 0 AND export_id = '\(id)';"
    for row in rows {
      let text = try #require(LedgerEntry(text: row.text))
      let entry = LedgerEntry(
        organisation: text.organisation, number: text.number, export: text.export, scope: text.scope,
        snapshot: text.snapshot, rows: text.number == 2 ? 20_999 : text.rows, contents: text.contents,
        previous: end.head, previousSeal: end.seal)
      end.head = entry.head
      end.seal = LedgerEntry.seal(head: entry.head, sha256: row.sha256, size: 5, page: nil)
      sql += "UPDATE ledger SET entry = '\(entry.text)', head = '\(end.head)', seal = '\(end.seal)'"
      sql += " WHERE number = \(row.number);"
    }
    try change(sql)
    let check = try check()
    #expect(check.problems == [])
    #expect(zip(check.entries, exports).map { $0.head == $1.archive?.entry?.head } == [true, false, false])
  }
}
