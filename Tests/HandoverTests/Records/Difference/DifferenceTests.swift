import Foundation
import SQLite
import TestSupport
import Testing
import ZIP

@testable import Handover

/// Imports into an organisation that has records: what differs is added, changed or removed, and nothing else.
///
/// Everything is done both ways: as one transaction, and by an edition beside the one that is seen.
@Suite struct DifferenceTests {
  private let fixture: ImportFixture
  private static let files = [
    "Contacts.csv": """
    contact_id,full_name,email,created_at
    C-1,Ann,ann@x.example,2026-05-02T09:30:00Z
    C-2,Bea,,2026-05-02T09:30:00Z
    C-3,Cid,,2026-05-02T09:30:00Z

    """,
    "Deals.csv": """
    deal_id,deal_name,owner_email,loan_amount,created_at
    D-1,Home,olga@x.example,12000.50,2026-05-02T09:30:00Z
    D-2,Car,,,2026-05-02T09:30:00Z

    """,
    "DealContacts.csv": """
    deal_id,contact_id,role,position
    D-1,C-1,primary,1
    D-1,C-2,co-borrower,2
    D-2,C-3,primary,1

    """,
    "Notes.csv": """
    note_id,deal_id,contact_id,note_content,created_at
    N-1,D-1,,one,2026-05-02T09:30:00Z
    N-2,,C-2,two,2026-05-02T09:30:00Z

    """,
    "Tasks.csv": """
    task_id,deal_id,task_name,created_at
    T-1,D-2,Call,2026-05-02T09:30:00Z

    """,
  ]

  init() throws { fixture = try ImportFixture() }

  @Test("The same files again change nothing, and the archive is the same", arguments: [true, false])
  func again(_ isInPlace: Bool) throws {
    try bring(Self.files, isInPlace)
    let before = try fixture.tables(of: fixture.export())
    let version = try version
    let report = try bring(Self.files, isInPlace)
    #expect(report.changesNothing && report.rows == 11)
    #expect(report.files.allSatisfy { $0.unchanged == $0.rows })
    #expect(try fixture.tables(of: fixture.export()) == before)
    #expect(try self.version == version)
  }

  @Test("What is added, changed and removed is counted and done, and undone", arguments: [true, false])
  func changes(_ isInPlace: Bool) throws {
    try bring(Self.files, isInPlace)
    let before = try fixture.tables(of: fixture.export())
    let files = changed([
      ("Contacts.csv", "C-2,Bea", "C-2,Béa"), ("Contacts.csv", "C-3,Cid,,2026-05-02T09:30:00Z\n", ""),
      ("Contacts.csv", "C-1,Ann", "C-9,New,,2026-05-02T09:30:00Z\nC-1,Ann"),
      ("DealContacts.csv", "D-2,C-3", "D-2,C-9"), ("Notes.csv", "two", "three"),
      ("Tasks.csv", "T-1,D-2,Call", "T-2,D-2,Call"), ("Deals.csv", "12000.50", "12000.51"),
    ])
    try expectSearches()
    let (report, difference) = try compare(files, allowedRemovals: nil)
    #expect(
      report.files.map { [$0.rows, $0.added, $0.changed, $0.gone, $0.unchanged] } == [
        [2, 0, 1, 0, 1], [3, 1, 1, 1, 1], [2, 0, 1, 0, 1], [1, 1, 0, 1, 0], [3, 1, 0, 1, 2],
      ])
    #expect(
      report.files.map(\.name) == ["Deals.csv", "Contacts.csv", "Notes.csv", "Tasks.csv", "DealContacts.csv"])
    // Nothing is seen of it before it is applied.
    #expect(try fixture.tables(of: fixture.export()) == before)
    try importer(isInPlace).apply(differenceAt: difference, to: fixture.organisation)
    let fresh = try fixture.addOrganisation()
    try fixture.importFolder(files, into: fresh)
    // People are as they were first met, so the one organisation is like the other.
    #expect(try fixture.tables(of: fixture.export()) == fixture.tables(of: fixture.export(fresh)))
    #expect(try Verification(of: fixture.export()).problems == [])
    #expect(try search("béa") == [2] && search("new") == [9] && search("cid") == [])
    try expectSearches()
    try importer(isInPlace).apply(differenceAt: difference, to: fixture.organisation, back: true)
    #expect(try fixture.tables(of: fixture.export()) == before)
    #expect(try search("bea") == [2] && search("new") == [] && search("cid") == [3])
    try expectSearches()
    #expect(try editions == 1)
    #expect(throws: ImportOutdated.self) {
      try importer(isInPlace).apply(differenceAt: difference, to: fixture.organisation, back: true)
    }
  }

  @Test("A difference of records that have changed since is not applied", arguments: [true, false])
  func outdated(_ isInPlace: Bool) throws {
    try bring(Self.files, isInPlace)
    let (_, difference) = try compare(changed([("Deals.csv", "Home", "House")]))
    try bring(changed([("Deals.csv", "Home", "Hut")]), isInPlace)
    let before = try fixture.tables(of: fixture.export())
    #expect(throws: ImportOutdated.self) {
      try importer(isInPlace).apply(differenceAt: difference, to: fixture.organisation)
    }
    #expect(try fixture.tables(of: fixture.export()) == before)
    #expect(try editions == 1)
  }

  @Test("A difference is not applied where somebody has joined since", arguments: [true, false])
  func joined(_ isInPlace: Bool) throws {
    let (_, difference) = try compare(Self.files)
    try fixture.database.write {
      _ = try $0.users.add(
        of: fixture.organisation, name: "Olga", email: "olga@x.example", role: .admin, at: ImportFixture.now)
    }
    #expect(throws: ImportOutdated.self) {
      try importer(isInPlace).apply(differenceAt: difference, to: fixture.organisation)
    }
  }

  @Test("What fails at the end leaves nothing", arguments: [true, false])
  func failure(_ isInPlace: Bool) throws {
    try bring(Self.files, isInPlace)
    let before = try fixture.counts()
    struct Stop: Error {}
    let (_, difference) = try compare(changed([("Deals.csv", "Home", "House")]))
    #expect(throws: Stop.self) {
      try importer(isInPlace).apply(
        differenceAt: difference, to: fixture.organisation, finishing: { _ in throw Stop() })
    }
    #expect(try fixture.counts() == before)
    #expect(try fixture.rows("SELECT deal_name FROM deal WHERE deal_id = 1") == ["Home"])
  }

  @Test("Files that are missing, and columns that are missing, change nothing of theirs")
  func partial() throws {
    try bring(Self.files)
    let report = try bring([
      "Deals.csv": "deal_id,deal_name\nD-1,House\nD-2,Car\n"
    ])
    #expect(report.files.map { [$0.rows, $0.added, $0.changed, $0.gone] } == [[2, 0, 1, 0]])
    #expect(
      try fixture.rows("SELECT deal_name, loan_amount, owner_id, created_at FROM deal ORDER BY deal_id") == [
        "House|1200050|1|2026-05-02T09:30:00Z", "Car|||2026-05-02T09:30:00Z",
      ])
    #expect(try fixture.rows("SELECT count(*) FROM deal_contact") == ["3"])
  }

  @Test("A source id that comes, goes, or is another is a change; the same one is none")
  func sourceIDs() throws {
    var counts: [Int] = []
    for source in ["", "x", "x", "y", "", ""] {
      let report = try bring(["Deals.csv": "deal_id,source_id\nD-1,\(source)\n"])
      counts.append(report.files[0].added + report.files[0].changed)
      #expect(try fixture.rows("SELECT source_id FROM deal") == [source])
    }
    #expect(counts == [1, 1, 0, 1, 1, 0])
  }

  @Test("What is missing can stay")
  func keepMissing() throws {
    try bring(Self.files)
    var options = ImportOptions()
    options.keepsMissing = true
    let files = [
      "Contacts.csv": "contact_id,full_name\nC-3,Cyd\n", "Deals.csv": "deal_id,deal_name\nD-3,Boat\n",
      "DealContacts.csv": "deal_id,contact_id,role,position\nD-3,C-3,primary,1\nD-1,C-3,primary,1\n",
    ]
    let (report, difference) = try compare(files, options)
    try importer(true).apply(differenceAt: difference, to: fixture.organisation)
    #expect(report.files.map(\.gone) == [0, 0, 0])
    #expect(try fixture.rows("SELECT deal_name FROM deal ORDER BY deal_id") == ["Home", "Car", "Boat"])
    #expect(
      try fixture.rows("SELECT deal_id, contact_id, role, position FROM deal_contact ORDER BY 1, 4") == [
        "1|3|primary|1", "1|1|other|2", "1|2|co-borrower|3", "2|3|primary|1", "3|3|primary|1",
      ])
    #expect(try Verification(of: fixture.export()).problems == [])
    let (again, _) = try compare(files, options)
    #expect(again.changesNothing)
  }

  @Test("A feed that was cut off is refused, with the counts")
  func removals() throws {
    try bring(Self.files)
    let problems = try refusal(
      changed([("Notes.csv", "N-2,,C-2,two,2026-05-02T09:30:00Z\n", "")]), ImportOptions())
    #expect(
      problems == [
        "Notes.csv: 1 of 2 records (50 percent) are not in the file and would go, more than the 20 percent that may; if that is right, allow 50 percent, or keep what is missing"
      ])
  }

  @Test("What goes is named by nothing that stays")
  func dangling() throws {
    try bring(Self.files)
    var options = ImportOptions()
    options.allowedRemovals = nil
    #expect(
      try refusal(["Deals.csv": "deal_id,deal_name\nD-1,Home\n"], options) == [
        "T-1 names D-2, which is not in Deals.csv: bring Tasks.csv as well, or keep what is missing"
      ])
    #expect(
      try refusal(["Contacts.csv": "contact_id\nC-1\nC-2\n"], options) == [
        "C-3 is not in Contacts.csv, but is on D-2: bring DealContacts.csv as well, or keep what is missing"
      ])
    #expect(
      try refusal(changed([("Deals.csv", "D-2,Car,,,2026-05-02T09:30:00Z\n", "")]), options) == [
        "DealContacts.csv, line 4, column deal_id: D-2 is not in Deals.csv"
      ])
  }

  // MARK: -

  private func changed(_ changes: [(file: String, old: String, new: String)]) -> [String: String] {
    var files = Self.files
    for change in changes {
      let former = files[change.file] ?? ""
      files[change.file] = former.replacing(change.old, with: change.new)
      #expect(files[change.file] != former, "\(change)")
    }
    return files
  }

  private func importer(_ isInPlace: Bool) -> Importer {
    Importer(database: fixture.database, clock: ImportFixture.clock, mostInPlace: isInPlace ? .max : 0)
  }

  private func compare(
    _ files: [String: String], allowedRemovals: Int?
  ) throws -> (ImportReport, String) {
    var options = ImportOptions()
    options.allowedRemovals = allowedRemovals
    return try compare(files, options)
  }

  private func compare(
    _ files: [String: String], _ options: ImportOptions = ImportOptions()
  ) throws -> (ImportReport, String) {
    let place = fixture.path(UUID().uuidString)
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(place)/\(name)")) }
    let difference = place + ".db"
    let report = try importer(true).compare(
      ExportFiles(at: place), with: fixture.organisation, options, differenceAt: difference)
    return (report, difference)
  }

  @discardableResult
  private func bring(_ files: [String: String], _ isInPlace: Bool = true) throws -> ImportReport {
    let (report, difference) = try compare(files)
    try importer(isInPlace).apply(differenceAt: difference, to: fixture.organisation)
    return report
  }

  private func refusal(_ files: [String: String], _ options: ImportOptions) throws -> [String] {
    try fixture.refusal { _ = try compare(files, options) }
  }

  private func search(_ text: String) throws -> [Int64] {
    try fixture.database.read {
      try $0.contacts.matching(text, of: fixture.organisation, limit: 9).map(\.id.rawValue)
    }
  }

  /// What searches look into is what it would be if it were made of the records now.
  private func expectSearches() throws {
    let there = try searches()
    #expect(there.contains { $0.contains("home") })
    try fixture.database.write { try $0.records.updateSearches(of: fixture.organisation) }
    #expect(try searches() == there)
  }

  private func searches() throws -> [String] {
    try fixture.rows(
      """
      SELECT deal_id, owner_id, status, folded FROM deal_search
        WHERE edition_id = (SELECT edition_id FROM organisation WHERE id = 1)
      UNION ALL SELECT contact_id, NULL, NULL, folded FROM contact_search
        WHERE edition_id = (SELECT edition_id FROM organisation WHERE id = 1)
      """) + fixture.rows("SELECT count(*) FROM deal_search")
  }

  private var editions: Int {
    get throws { Int(try fixture.rows("SELECT count(*) FROM edition WHERE organisation_id = 1")[0]) ?? 0 }
  }

  private var version: Int {
    get throws {
      Int(try fixture.rows("SELECT version FROM edition JOIN organisation ON edition_id = edition.id")[0])
        ?? 0
    }
  }
}
