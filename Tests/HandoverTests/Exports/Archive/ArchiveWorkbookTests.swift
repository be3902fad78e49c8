import CSV
import Foundation
import System
import TestSupport
import Testing
import XLSX
import ZIP

@testable import Handover

/// `Handover.xlsx` in an archive, as our own reader has it. (What other programs read: SystemTests.)
@Suite struct ArchiveWorkbookTests {
  private let small: SmallOffice

  init() throws {
    small = try SmallOffice()
    try small.office.execute(
      """
      UPDATE contact SET date_of_birth = '1850-06-01' WHERE contact_id = 2;
      UPDATE contact SET date_of_birth = '1900-02-28' WHERE contact_id = 3;
      UPDATE contact SET date_of_birth = '1900-03-01' WHERE contact_id = 4;
      UPDATE deal SET deal_value = -123456789012345678 WHERE deal_id = 12;
      """)
  }

  private func addAwkwardNotes() throws {
    try small.office.database.write { connection in
      for (place, text) in (AwkwardTexts.all + NaughtyStrings.all + [Self.long]).enumerated() {
        try connection.run(
          """
          INSERT INTO note (edition_id, note_id, note_content, created_at) VALUES (2, ?, ?, ?)
          """, 100 + place, text, "2026-05-02T09:30:01Z")
      }
    }
  }

  private static let long = String(repeating: "🎉", count: 16_383) + "ab"

  @Test("Every cell of the workbook says what the CSV's says")
  func cells() throws {
    try addAwkwardNotes()
    let export = try small.office.export(small.organisation, format: .both)
    let workbook = try workbook()
    #expect(workbook.sheets.map(\.name) == ["About"] + Table.all.map(\.name.rawValue) + ["Cut cells"])
    var compared = 0
    for table in Table.all {
      let sheet = try #require(workbook.sheets.first { $0.name == table.name.rawValue })
      let rows = try rows(of: sheet, in: workbook)
      let records = try export.records(table.name)
      #expect(rows[0] == table.columns.map { $0.format == .time ? "\($0.name) (UTC)" : $0.name })
      try #require(rows.count == records.count + 1)
      for (row, record) in zip(rows.dropFirst(), records) {
        for (place, column) in table.columns.enumerated() {
          let cell = place < row.count ? row[place] : ""
          let expected = Self.expected(record[column.name] ?? "", as: column.format)
          #expect(Array(cell.utf8) == Array(expected.utf8), "\(column.name) of \(record)")
          compared += 1
        }
      }
    }
    #expect(compared > 2_000)
  }

  private static let room = SheetEncoder.mostCharacters - SheetEncoder.cutMark.utf16.count

  /// What our reader makes of the cell that stands for a CSV's.
  private static func expected(_ cell: String, as format: Column.Format) -> String {
    switch format {
    case .text, .texts:
      let text = cell.utf8.first == UInt8(ascii: "'") ? String(cell.unicodeScalars.dropFirst()) : cell
      guard text.utf16.count > SheetEncoder.mostCharacters else { return text }
      let units = text.utf16.prefix(room)
      let isHalf = units.last.map(UTF16.isLeadSurrogate) == true
      return String(decoding: isHalf ? units.dropLast() : units, as: UTF16.self) + SheetEncoder.cutMark
    case .boolean: return cell.uppercased()
    case .time: return String(cell.dropLast())
    case .money, .rate:
      let digits = cell.filter(\.isNumber)
      guard digits.count <= 15, cell.contains(".") else { return cell }
      let short = String(cell.reversed().drop { $0 == "0" }.reversed())
      return short.hasSuffix(".") ? String(short.dropLast()) : short
    case .id, .ids, .oneOf, .digest, .date, .integer: return cell
    }
  }

  @Test("Types are those of spreadsheets, where a spreadsheet has them")
  func types() throws {
    _ = try small.office.export(small.organisation, format: .xlsx)
    let contacts = try xml(of: "Contacts")
    #expect(contacts.contains(">1850-06-01</t>") && contacts.contains(">1900-02-28</t>"))
    #expect(contacts.contains("<v>61</v>") && contacts.contains(">0800</t>"))
    let deals = try xml(of: "Deals")
    #expect(deals.contains("<v>-0.05</v>") && deals.contains(">-1234567890123456.78</t>"))
    #expect(deals.contains("<v>5.89</v>") && deals.contains("<v>46144.3958333333</v>"))
    #expect(deals.contains(">=cmd</t>") && deals.contains("t=\"b\"><v>1</v>"))
  }

  @Test("A text that is too long is cut between two characters, and listed")
  func cut() throws {
    try addAwkwardNotes()
    let export = try small.office.export(small.organisation, format: .both)
    let workbook = try workbook()
    let sheet = try #require(workbook.sheets.last)
    let listed = try rows(of: sheet, in: workbook)
    let ids = try export.records(.notes)
      .filter { $0["note_content"]?.utf16.count ?? 0 > SheetEncoder.mostCharacters }.map { $0["note_id"] }
    #expect(listed[0] == ["sheet", "row", "id", "column", "characters"])
    #expect(listed.dropFirst().map { $0[2] } == ids && ids.count >= 1)
    #expect(listed.last.map { [$0[0], $0[3], $0[4]] } == ["Notes", "note_content", "32768"])
    let notes = try rows(of: #require(workbook.sheets.first { $0.name == "Notes" }), in: workbook)
    let row = try #require(listed.last.flatMap { Int($0[1]) })
    #expect(notes[row - 1][0] == listed.last?[2])
    #expect(notes[row - 1][5].hasSuffix("🎉" + SheetEncoder.cutMark))
    #expect(export.report.workbook?.cutCells == listed.count - 1)
  }

  @Test("The first sheet says what it is, when, and how much")
  func about() throws {
    _ = try small.office.export(small.organisation, for: "The auditor", format: .xlsx)
    let workbook = try workbook()
    let lines = try rows(of: workbook.sheets[0], in: workbook).map { $0.joined(separator: "|") }
    let all = lines.joined(separator: "\n")
    #expect(lines[0].hasPrefix("Export of Small & \"Co\""))
    for line in [
      "Scope|the entire organisation", "What for|The auditor", "As of (UTC)|2026-05-02T09:30:00",
      "As of (local)|2 May 2026", "Sheet|Rows|What", "Deals|3|Every deal", "together|",
      "This ZIP has no CSV files",
    ] {
      #expect(all.contains(line), "\(line) in \(all)")
    }
  }

  @Test(
    "README.txt and the first sheet say the same of one user's and one contact's export, as sheets are called"
  )
  func scopes() throws {
    func texts(_ scope: Scope) throws -> (about: String, readMe: String) {
      let export = try small.office.export(small.organisation, scope, format: .xlsx)
      let workbook = try workbook()
      let about = try rows(of: workbook.sheets[0], in: workbook).map { $0.joined(separator: "|") }
      let readMe = export.text("README.txt")
      for text in [about.joined(), readMe] { #expect(!text.contains(".csv"), "\(scope)") }
      #expect(readMe.contains("\"TRUE\" in the column archived") && !readMe.contains("types, keys"))
      let leftOut = export.report.leftOut?.lines ?? []
      for line in leftOut { #expect(about.contains { $0.hasPrefix("\(line.label)|\(line.count)|") }) }
      #expect((leftOut.isEmpty) == (scope.user == nil))
      return (
        about.joined(separator: "\n"), readMe.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      )
    }
    let contact = try texts(.contact(ContactID(rawValue: 1)))
    let user = try texts(.user(UserID(rawValue: 2)))
    let whole = try texts(.organisation)
    for (text, isIn) in [
      ("An empty cell means unknown, but in the rows of other people.", [true, false, false]),
      ("who are on these deals, Contacts has the id, the name", [true, false, false]),
      ("read them before you give this file away.", [true, false, false]),
      ("Records that this user has nothing to do with.", [false, true, false]),
      ("An empty cell means unknown. Times", [false, true, true]),
    ] {
      #expect([contact, user, whole].map { $0.about.contains(text) } == isIn, "\(text)")
      #expect([contact, user, whole].map { $0.readMe.contains(text) } == isIn, "\(text)")
    }
  }

  @Test("A table of more rows than a sheet holds goes on on the next one")
  func split() throws {
    let folder = try TemporaryFolder()
    var archive = try DurableFile(at: folder.file("a.zip.part"))
    let writer = try ArchiveWriter(
      descriptor: archive.descriptor, compressors: small.office.compressors, level: 4, modified: .zero)
    let workbook = try ArchiveWorkbook(
      in: folder.path, compressors: small.office.compressors, level: 4, modified: .zero, mostRows: 4)
    for (table, rows) in [(Table.deals, 7), (.users, 3), (.contacts, 0)] {
      try workbook.begin(table)
      var encoder = Encoder()
      encoder.byteOrderMark()
      for column in table.columns { encoder.text(column.name) }
      encoder.endRecord()
      for row in 0..<rows {
        encoder.identifier(prefix: table.name.idByte, Int64(row + 1))
        for _ in table.columns.dropFirst() { encoder.empty() }
        encoder.endRecord()
      }
      try workbook.write(encoder.bytes)
      try workbook.end()
    }
    let entries = ArchiveEntries(writer)
    let title = AboutCell.heading(DataPackage.Workbook.title(of: "Small"))
    let archived = try workbook.finish(into: entries, cancellation: Cancellation()) { _, _ in [[title]] }
    _ = try writer.finish()
    try archive.publish(as: folder.file("a.zip"))
    #expect(archived.sheets.map(\.name) == ["Deals", "Deals (2)", "Deals (3)", "Users", "Contacts"])
    #expect(archived.sheets.map(\.rows) == [3, 3, 1, 3, 0])
    let read = try self.workbook(folder.file("a.zip"))
    let second = try rows(of: read.sheets[2], in: read)
    #expect(second.map { $0[0] } == ["deal_id", "D-4", "D-5", "D-6"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.zip"])
    // It is brought back as one table, and a problem names the sheet.
    let files = try ExportFiles(at: folder.file("a.zip"))
    #expect(Set(files.headers.keys) == [.deals, .users, .contacts])
    var found: [String] = []
    try files.eachRecord(of: .deals, ImportProblems(), counting: uncounted) { record in
      let problem = files.problem(at: 0, of: record, in: .deals, "wrong")
      found.append("\(String(copying: record[0])) \(problem.description)")
    }
    #expect(found.count == 7 && found[2] == "D-3 Handover.xlsx, sheet Deals, line 4, column deal_id: wrong")
    #expect(found[3] == "D-4 Handover.xlsx, sheet Deals (2), line 2, column deal_id: wrong")
    #expect(found[6].hasPrefix("D-7 Handover.xlsx, sheet Deals (3), line 2"))
  }

  @Test("The workbook alone, or beside the CSVs, is counted, described and verified")
  func verified() throws {
    for format in ArchiveFormat.allCases {
      let export = try small.office.export(small.organisation, format: format)
      let result = try Verification(of: small.office.folder + "/export.zip")
      #expect(result.problems == [], "\(format)")
      #expect(result.files.map(\.rows) == export.report.files.map(\.rows))
      #expect(export.report.files.map(\.rows).reduce(0, +) > 20 && export.report.files.holdRecords)
      #expect(export.names.contains("Deals.csv") == (format != .xlsx))
      #expect(export.names.contains("Handover.xlsx") == (format != .csv))
      #expect(export.text("README.txt").contains("Handover.xlsx") == (format != .csv))
      let package = try DataPackage(decoding: export.files[DataPackage.file] ?? [])
      #expect(package.rows == export.report.files.map(\.rows).reduce(0, +))
      #expect(package.workbook?.sheets.map(\.table) == (format == .csv ? nil : Table.Name.ofAll.map(\.file)))
      #expect(package.resources.isEmpty == (format == .xlsx))
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: small.office.folder)
    #expect(!names.contains { $0.contains("handover-") || $0.contains("part") })
  }

  @Test("A workbook that is not the one that was written is refused")
  func faults() throws {
    _ = try small.office.export(small.organisation, format: .both)
    let path = small.office.folder + "/export.zip"
    func problems(_ change: (inout [(name: String, bytes: [UInt8])]) throws -> Void) throws -> [String] {
      let reader = try ArchiveReader(path: path)
      var files: [(name: String, bytes: [UInt8])] = []
      for entry in reader.entries where entry.name != Manifest.file {
        var bytes: [UInt8] = []
        try reader.read(entry) { block in for place in block.indices { bytes.append(block[place]) } }
        files.append((entry.name, bytes))
      }
      try change(&files)
      let other = small.office.folder + "/other.zip"
      var file = try DurableFile(at: other + ".part")
      let writer = try ArchiveWriter(
        descriptor: file.descriptor, compressors: small.office.compressors, level: 1, modified: .zero)
      let entries = ArchiveEntries(writer)
      for (name, bytes) in files { try entries.add(name, bytes) }
      try entries.add(Manifest.file, entries.manifest.bytes)
      _ = try writer.finish()
      try file.publish(as: other)
      return try Verification(of: other).problems.map(\.description)
    }
    func describe(_ old: String, _ new: String) throws -> [String] {
      try problems { files in
        let place = try #require(files.firstIndex { $0.name == DataPackage.file })
        let text = String(decoding: files[place].bytes, as: UTF8.self)
        #expect(text.contains(old))
        files[place].bytes = Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
      }
    }
    // Packed again, and deflated: it is still the same.
    #expect(try problems { _ in } == [])
    let missing = try problems { $0.removeAll { $0.name == "Handover.xlsx" } }
    #expect(missing == ["Handover.xlsx: the file is missing"])
    let changed = try problems { files in
      let place = try #require(files.firstIndex { $0.name == "Handover.xlsx" })
      files[place].bytes = Array("PK".utf8)
    }
    #expect(changed.count == 4 && changed.allSatisfy { $0.hasPrefix("Handover.xlsx: ") }, "\(changed)")
    #expect(
      try describe(
        "\"name\" : \"Deals\",\n        \"rows\" : 3", "\"name\" : \"Deals\",\n        \"rows\" : 4")
        == [
          "Handover.xlsx: the sheet Deals has 3 rows and a header, but datapackage.json says 4",
          "Handover.xlsx: it has 4 rows of Deals.csv, which has 3",
        ])
    #expect(
      try describe("\"name\" : \"Users\",\n", "\"name\" : \"People\",\n").contains(
        "Handover.xlsx: the sheet People should be called Users"))
    #expect(
      try problems { $0.append(("Deals.xlsx", [])) } == ["Deals.xlsx: the file is not one of an export"])
  }

  @Test("A run that ends early leaves no workbook behind")
  func cancelled() throws {
    let cancellation = Cancellation()
    let clock = Clock {
      cancellation.cancel()
      return ExportOffice.now
    }
    #expect(throws: JobFailure.cancelled) {
      try small.office.builder(clock: clock).build(
        small.organisation, .organisation, format: .both, publishedAs: small.office.folder + "/a.zip",
        cancellation: cancellation)
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: small.office.folder)
    #expect(!names.contains { $0.hasPrefix("a.zip") || $0.contains("handover-") })
  }

  @Test("Every part is what the schemas of ECMA-376 ask for")
  func schemas() throws {
    try addAwkwardNotes()
    _ = try small.office.export(small.organisation, format: .xlsx)
    let folder = try TemporaryFolder()
    let (reader, outer) = try book(small.office.folder + "/export.zip")
    #expect(reader.entries.first?.name == "[Content_Types].xml")
    for entry in reader.entries {
      let text = try text(of: entry, in: reader).replacing(" xml:space=\"preserve\"", with: "")
      try Data(text.utf8).write(to: folder.appending("part.xml"))
      let schema =
        entry.name.hasPrefix("[")
        ? "opc-contentTypes" : entry.name.hasSuffix(".rels") ? "opc-relationships" : "sml"
      let result = try Tool.run(
        "xmllint",
        [
          "--noout", "--nonet", "--huge", "--schema",
          Repository.appending("Tests/Published/ecma-376/\(schema).xsd").path, folder.file("part.xml"),
        ])
      #expect(result.succeeded, "\(entry.name): \(result.error.prefix(500))")
    }
    withExtendedLifetime(outer) {}
  }
}

extension ArchiveWorkbookTests {
  private func book(_ path: String) throws -> (ArchiveReader, ArchiveReader) {
    let outer = try ArchiveReader(path: path, rules: ArchiveRules(form: .canonical(.standard)))
    let entry = try #require(outer.entry(named: "Handover.xlsx"))
    #expect(entry.summary.isStored)
    return (
      try #require(try ArchiveReader(entry, of: outer, rules: ArchiveRules(form: .canonical(.standard)))),
      outer
    )
  }

  private func workbook(_ path: String? = nil) throws -> Workbook {
    try Workbook(WorkbookArchive(book(path ?? small.office.folder + "/export.zip").0))
  }

  private func rows(of sheet: Workbook.Sheet, in workbook: Workbook) throws -> [[String]] {
    var rows: [[String]] = []
    func take(_ record: borrowing Decoder) {
      var row: [String] = []
      for place in 0..<record.count { row.append(String(copying: record[place])) }
      rows.append(row)
    }
    try WorksheetRecords(sheet, of: workbook).read(counting: { _ in }, take)
    return rows
  }

  private func xml(of sheet: String) throws -> String {
    let (reader, _) = try book(small.office.folder + "/export.zip")
    let place = try #require(Table.Name.ofAll.firstIndex { $0.rawValue == sheet })
    return try text(of: #require(reader.entry(named: SheetInWorkbook.part(place + 1))), in: reader)
  }

  private func text(of entry: ArchiveEntry, in reader: ArchiveReader) throws -> String {
    var bytes: [UInt8] = []
    try reader.read(entry) { block in for place in block.indices { bytes.append(block[place]) } }
    return String(decoding: bytes, as: UTF8.self)
  }
}
