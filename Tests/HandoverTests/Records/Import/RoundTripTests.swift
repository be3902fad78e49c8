import Foundation
import Mail
import SQLite
import Secrets
import Testing

@testable import Handover

/// Export, import into an organisation without users, export: the same bytes.
@Suite struct RoundTripTests {
  let fixture: ImportFixture

  init() throws {
    fixture = try ImportFixture()
  }

  @Test("Demo data come back byte for byte")
  func demo() throws {
    let hasher = PasswordHasher(cost: 1, randomness: .system)
    _ = try DemoData(rows: 20_000).make(in: fixture.database, hasher, at: ImportFixture.now)
    let organisations = try fixture.database.read { try $0.organisations.all() }.map(\.id)
    #expect(organisations.count == 4)
    for organisation in organisations { try check(organisation) }
  }

  @Test(
    "An export with a workbook, or of a workbook alone, comes back too",
    arguments: [ArchiveFormat.both, .xlsx])
  func workbooks(_ format: ArchiveFormat) throws {
    try fixture.importFolder([
      "Contacts.csv": "contact_id,full_name,postcode,created_at\nC-1,Mia,0800,2026-05-02T09:30:00Z\n",
      "Deals.csv":
        "deal_id,deal_name,loan_amount,contact_ids,finance_due_date,created_at\n"
        + "D-1,=Smith,650000.00,C-1,2026-06-01,2026-05-02T09:30:00Z\n",
    ])
    let other = try fixture.addOrganisation()
    try fixture.importFiles(at: fixture.export(format: format), into: other)
    let (first, second) = (try fixture.export(), try fixture.export(other))
    for file in ["Deals.csv", "Contacts.csv", "DealContacts.csv"] {
      let texts = try [first, second].map { zip in
        try fixture.files(of: zip).first { $0.name == file }.map { String(decoding: $0.bytes, as: UTF8.self) }
      }
      #expect(texts[0] == texts[1] && texts[0]?.isEmpty == false)
    }
  }

  @Test("A workbook in which texts are cut is refused, as they would be lost")
  func cutWorkbook() throws {
    let text = String(repeating: "long ", count: 10_000)
    try fixture.importFolder([
      "Notes.csv": "note_id,note_content,created_at\nN-1,\(text),2026-05-02T09:30:00Z\n"
    ])
    let other = try fixture.addOrganisation()
    let zip = try fixture.export(format: .xlsx)
    let problems = try fixture.refusal { try fixture.importFiles(at: zip, into: other) }
    #expect(
      problems == [
        "Handover.xlsx, sheet Cut cells: texts are cut in this workbook; bring in the CSV files of the export"
      ])
  }

  @Test("An empty organisation comes back empty")
  func empty() throws {
    try check(fixture.organisation)
  }

  @Test("Each awkward text comes back in each column of text")
  func awkwardTexts() throws {
    try fixture.database.write { connection in
      for (index, text) in AwkwardTexts.all.enumerated() {
        try insert(connection, index + 1) { column in
          if column.name == "created_at" { return "2026-05-02T09:30:00Z" }
          return column.format.isProtected ? text : nil
        }
      }
    }
    try check(fixture.organisation)
    let names = try fixture.rows("SELECT deal_name FROM deal WHERE edition_id = 1 ORDER BY deal_id")
    #expect(names == AwkwardTexts.all)
    for column in ["deal_name", "labels"] {
      #expect(
        try fixture.rows(
          """
          SELECT count(*) FROM deal AS before JOIN deal AS after USING (deal_id)
          WHERE before.edition_id = 1 AND after.edition_id = 2 AND before.\(column) = after.\(column)
          """) == [String(AwkwardTexts.all.count)])
    }
  }

  @Test("Random rows that the database can hold come back", arguments: [1, 2, 3, 4])
  func random(_ seed: UInt64) throws {
    var generator = AwkwardGenerator(seed: seed)
    try fixture.database.write { connection in
      var id = 0
      for _ in 0..<400 {
        id += Int.random(in: 1...3, using: &generator)
        try insert(connection, id) { column in
          Int.random(in: 0..<3, using: &generator) == 0 && column.name != "created_at"
            ? nil : generator.value(of: column)
        }
      }
      try link(connection, upTo: id, &generator)
    }
    try check(fixture.organisation)
  }

  /// Exports, imports from the ZIP and from a folder, and exports again. All of them are sound.
  private func check(_ organisation: OrganisationID) throws {
    let first = try fixture.export(organisation)
    let expected = try fixture.tables(of: first)
    #expect(try Verification(of: first).problems == [])
    let fromZIP = try fixture.addOrganisation()
    let report = try fixture.importFiles(at: first, into: fromZIP)
    #expect(report.usersMatched == 0 && report.linksFromLists == 0)
    let second = try fixture.export(fromZIP)
    #expect(try fixture.tables(of: second) == expected)
    #expect(try Verification(of: second).problems == [])
    let fromFolder = try fixture.addOrganisation()
    try fixture.importFolder(expected, into: fromFolder)
    #expect(try fixture.tables(of: fixture.export(fromFolder)) == expected)
  }

  /// A record in each table, with values that a column gets; everything but links, which `link` makes.
  private func insert(_ connection: Connection, _ id: Int, _ value: (Column) -> String?) throws {
    for table in [Table.users, .contacts, .deals, .notes, .tasks] {
      var names = [
        table.name == .users ? "organisation_id" : "edition_id",
        table.name == .users ? "id" : table.primaryKey[0],
      ]
      var values: [(any Bindable)?] = [fixture.organisation, id]
      for column in table.columns where !column.isDerived && !table.primaryKey.contains(column.name) {
        names.append(column.name)
        if case .id(let other) = column.format {
          // To the record of the same number, which is there: or to nobody.
          values.append(other == .users || table.name != .notes || id % 3 == 0 ? id : nil)
        } else {
          // A source id stands for one record.
          values.append(value(column).map { column.name == "source_id" ? "\($0)\(id)" : $0 })
        }
      }
      if table.name == .users {
        names.append("created_at")
        values.append(0)
        // The schema's: one owner who is active, addresses that differ, role and state known.
        values[names.firstIndex(of: "role") ?? 0] = id % 2 == 0 ? "admin" : "user"
        values[names.firstIndex(of: "active") ?? 0] = id % 5 > 0
        // And short enough, with names that show something.
        let texts = (value(Table.users.columns[1]), value(Table.users.columns[1]) ?? "")
        values[names.firstIndex(of: "name") ?? 0] = texts.0.map(TextLimit.name.cut).flatMap {
          Name.isSeen($0) ? $0 : nil
        }
        let signs = texts.1.unicodeScalars.filter { $0.isASCII && Address(email: "\($0)@example.com") != nil }
        values[names.firstIndex(of: "email") ?? 0] =
          signs.prefix(40).map(String.init).joined() + "-\(id)@example.com"
      }
      var statement = try connection.prepare(
        """
        INSERT INTO \(table.name.sql) (\(names.joined(separator: ", ")))
        VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))
        """)
      for (place, value) in values.enumerated() { try statement.bind(value, at: place + 1) }
      _ = try statement.step()
    }
  }

  private func link(_ connection: Connection, upTo last: Int, _ generator: inout AwkwardGenerator) throws {
    let ids = try connection.all("SELECT deal_id FROM deal WHERE edition_id = ?", fixture.organisation) {
      try $0["deal_id"] as Int
    }
    for deal in ids where Int.random(in: 0..<3, using: &generator) > 0 {
      let contacts = ids.shuffled(using: &generator).prefix(Int.random(in: 1...5, using: &generator))
      let primary = Int.random(in: 0...6, using: &generator)
      var position = 0
      for (index, contact) in contacts.enumerated() {
        position += Int.random(in: 1...2, using: &generator)
        let role =
          index == primary ? "primary" : ["co-borrower", "other", nil].randomElement(using: &generator)
        try connection.run(
          "INSERT INTO deal_contact (edition_id, deal_id, contact_id, role, position) VALUES (?, ?, ?, ?, ?)",
          fixture.organisation, deal, contact, role ?? nil, position)
      }
    }
  }
}
