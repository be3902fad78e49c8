import Testing
import ZIP

@testable import Handover

@Suite("What is in an archive, a line for each") struct ArchiveContentsTests {
  private static let workbook = ArchiveContents.Workbook(bytes: 12_000, cutTexts: 3)
  private let files = LetterTests.files

  private func lines(_ contents: ArchiveContents) -> [String] {
    contents.lines.map { "\($0.name) \($0.rows ?? -1) \($0.bytes ?? -1)" }
  }

  @Test("The workbook has a line with its size; its sheets have rows alone")
  func lines() {
    let csv = ["Deals.csv 2010 1100000", "Notes.csv 18133 3"]
    #expect(lines(ArchiveContents(files: files, workbook: nil)) == csv)
    let both = ArchiveContents(files: files, workbook: Self.workbook)
    #expect(lines(both) == csv + ["Handover.xlsx -1 12000"])
    #expect(both.bytes == 1_112_003)
    let sheets = ArchiveContents(
      files: [ArchivedFile(name: "Deals", rows: 2, bytes: 9_000, crc32: 0)], workbook: Self.workbook)
    #expect(lines(sheets) == ["Handover.xlsx -1 12000", "Sheet Deals 2 -1"] && sheets.bytes == 12_000)
    #expect(both.cutTexts?.hasPrefix("3 texts are cut in the workbook") == true)
    #expect(both.cutTexts != sheets.cutTexts)
    #expect(ArchiveContents(files: files, workbook: .init(bytes: 1, cutTexts: 0)).cutTexts == nil)
  }

  @Test(
    "Row, receipt and e-mail say so, and what the records are written as", arguments: ArchiveFormat.allCases)
  func shown(_ format: ArchiveFormat) throws {
    let site = try TestSite()
    let organisation = try site.addOrganisation()
    let owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    try site.database.write { connection in
      _ = try connection.run(
        "INSERT INTO note (edition_id, note_id, note_content, created_at) VALUES (?, 1, ?, '2026-05-02T09:30:00Z')",
        try connection.value(
          "SELECT edition_id FROM organisation WHERE id = ?", organisation.id) as Int64?,
        String(repeating: "x", count: 32_768))
    }
    let requested = try site.exports.request(.organisation, format: format, by: owner, from: "")
    guard case .done(let id) = requested else { throw Unexpected("\(requested)") }
    let job = try #require(try site.exports.takeNext())
    let compressors = try Compressors(threads: 1)
    defer { compressors.stop() }
    let builder = ArchiveBuilder(
      database: site.database, compressors: compressors, level: 1)
    let archive = try builder.build(
      organisation, .organisation, format: format, as: id, at: site.exports.folder.temporary(job))
    let isCompleted = try site.exports.complete(job, archive, after: .seconds(2))
    #expect(isCompleted)
    let browser = try site.open(owner)
    let receipt = browser.get("/settings/export/\(id.rawValue)/receipt")
    let page = browser.get("/settings/export")
    let letter = try #require(try site.letters.first { $0.kind == "export_completed" })
    for text in [receipt.text, page.text, letter.text, letter.html] {
      #expect(text.contains("Handover.xlsx") == format.hasWorkbook)
      #expect(text.contains("1 text is cut in the workbook") == format.hasWorkbook)
      #expect(text.contains("Sheet Deals") == (format == .xlsx))
      #expect(text.contains("Deals.csv") == format.hasTables)
    }
    for text in [receipt.text, letter.text, letter.html] { #expect(text.contains(format.words)) }
  }
}
