import CSV
import Foundation
import TestSupport
import Testing

@testable import Handover

/// `Handover.xlsx` brought back, by `handover import` (`ExportFiles`) and in the browser (`importSheets`).
@Suite("An export's own workbook is imported") struct OwnWorkbookTests {
  let fixture: ImportFixture

  init() throws {
    fixture = try ImportFixture()
    try fixture.importFolder([
      "Users.csv": "user_id,name,email,role,active\nU-1,''t Hart,hart@example.com,user,true\n",
      "Contacts.csv": "contact_id,full_name,postcode,created_at\nC-1,''quoted,0800,2026-05-02T00:00:00Z\n",
      "Deals.csv":
        "deal_id,deal_name,contact_ids,owner_id,interest_rate,archived,created_at,source_id\n"
        + "D-1,''one,C-1,U-1,5.10,true,2026-05-02T09:30:00Z,''x\nD-2,'''two,,,,,1899-12-31T23:59:59Z,'=y\n"
        + "D-3,'=1+1,,,,,2026-05-02T09:30:01Z,\nD-4,'',,,,,2026-05-02T09:30:01Z,_x0041_\n",
    ])
  }

  private func guess(_ path: String) throws -> ImportGuess {
    try ImportGuess(importSheets(at: path), among: ImportMapping.builtIn(in: MappingFixture.templates))
  }

  /// The workbook of an export, under a name of its own.
  private func workbook(named name: String, beside files: [String: String] = [:]) throws -> String {
    let export = try fixture.files(of: fixture.export(format: .xlsx))
    let folder = fixture.path(UUID().uuidString)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    let workbook = try #require(export.first { $0.name == "Handover.xlsx" })
    try Data(workbook.bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
    return folder
  }

  private func texts(_ zip: String) throws -> [String: String] {
    try fixture.tables(of: zip).mapValues { String(decoding: $0, as: UTF8.self) }
  }

  @Test(
    "Texts come back as they were, apostrophes too, and nothing is told",
    arguments: [ArchiveFormat.both, .xlsx]
  )
  func texts(_ format: ArchiveFormat) throws {
    let zip = try fixture.export(format: format)
    let files = try ExportFiles(at: zip)
    for table in Table.Name.ofAll {
      try files.eachRecord(of: table, ImportProblems(), counting: uncounted) { _ in }
    }
    #expect(files.notes.map(\.description) == [])
    let other = try fixture.addOrganisation()
    try fixture.importFiles(at: zip, into: other)
    #expect(try texts(fixture.export(other)) == texts(fixture.export()))
    // As in the browser, where somebody has corrected a column.
    let mapping = try guess(zip).mapping
    let source = try MappedSource(
      importSheets(at: zip, as: mapping), by: mapping, zone: "Australia/Perth", zones: Zones())
    var cells: [[String]] = []
    let header = try #require(source.headers[.deals])
    try source.eachRecord(of: .deals, ImportProblems(), counting: uncounted) { record in
      cells.append(["deal_name", "created_at"].map { String(copying: record[header.place(of: $0) ?? 0]) })
    }
    #expect(
      cells == [
        ["''one", "2026-05-02T09:30:00Z"], ["'''two", "1899-12-31T23:59:59Z"],
        ["'=1+1", "2026-05-02T09:30:01Z"], ["''", "2026-05-02T09:30:01Z"],
      ])
  }

  @Test("The browser takes it for an export, beside the CSV files and alone")
  func browser() throws {
    let both = try guess(fixture.export(format: .both))
    #expect(both.isExport && both.files.allSatisfy { $0.name.hasSuffix(".csv") })
    let alone = try guess(fixture.export(format: .xlsx))
    #expect(alone.isExport && alone.files.map(\.table) == Table.Name.ofAll)
  }

  @Test("It is known by its first sheet, whatever it is called")
  func renamed() throws {
    let alone = try workbook(named: "Handover (1).xlsx")
    #expect(try guess(alone).isExport)
    let other = try fixture.addOrganisation()
    #expect(try fixture.importFiles(at: alone, into: other).rows == 7)
    let beside = try workbook(named: "May.xlsx", beside: ["Deals.csv": "deal_id,deal_name\nD-9,Nine\n"])
    #expect(try ExportFiles(at: beside).headers.keys.map(\.rawValue) == ["Deals"])
    #expect(try importSheets(at: beside).map(\.name) == ["Deals.csv"])
  }

  @Test("One in which texts are cut is refused in the browser too, in the same words")
  func cut() throws {
    let text = String(repeating: "long ", count: 10_000)
    try fixture.importFolder([
      "Notes.csv": "note_id,note_content,created_at\nN-1,\(text),2026-05-02T09:30:00Z\n"
    ])
    let zip = try fixture.export(format: .xlsx)
    #expect {
      try importSheets(at: zip)
    } throws: { error in
      (error as? ImportRefusal)?.problems.map(\.description) == [
        "Handover.xlsx, sheet Cut cells: texts are cut in this workbook; bring in the CSV files of the export"
      ]
    }
    #expect(try guess(fixture.export(format: .both)).isExport)
  }
}
