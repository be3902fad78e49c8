import Foundation
import TestSupport
import Testing

@testable import XLSX

/// Sheets, and the parts that lead to them.
@Suite struct SheetTests {
  @Test("Cells have the letters of their column and the number of their row")
  func references() {
    #expect(
      [0, 25, 26, 51, 52, 701, 702, 16_383].map(columnName) == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD",
      ])
    var encoder = SheetEncoder()
    encoder.begin(columns: [SheetColumn(width: 10)], hasHeader: false)
    for row in 1...100_001 {
      encoder.clear()
      encoder.beginRow()
      encoder.boolean(true)
      encoder.endRow()
      let expected = #"<row r="\#(row)"><c r="A\#(row)" t="b"><v>1</v></c></row>"#
      if text(encoder.bytes) != expected { Issue.record("\(text(encoder.bytes))") }
    }
    #expect(encoder.rows == 100_001)
  }

  @Test("The header stays in sight and filters all rows")
  func header() {
    let sheet = xml(columns: 28, hasHeader: true) { encoder in
      for _ in 0..<3 {
        encoder.beginRow()
        encoder.text("a")
        encoder.endRow()
      }
    }
    #expect(sheet.contains(#"<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>"#))
    #expect(sheet.contains(#"<autoFilter ref="A1:AB3"/>"#))
    #expect(!xml { _ in }.contains("autoFilter"))
  }

  @Test("A workbook lists its sheets in their order, by what they are called")
  func workbook() throws {
    let parts = WorkbookPart.last([
      SheetInWorkbook(name: "About", number: 2),
      SheetInWorkbook(name: "Don't <&> \"(2)\"", number: 1, filtered: (columns: 34, rows: 12)),
    ])
    let workbook = try #require(parts.first { $0.name == "xl/workbook.xml" }).content
    #expect(
      workbook.contains(#"<sheet name="About" sheetId="2" r:id="rId2"/><sheet name="Don't &lt;&amp;&gt;"#))
    #expect(
      workbook.contains(#"localSheetId="1" hidden="1">'Don''t &lt;&amp;&gt; &quot;(2)&quot;'!$A$1:$AH$12<"#))
    #expect(SheetInWorkbook.part(2) == "xl/worksheets/sheet2.xml")
  }

  @Test("Every part is what the schemas of ECMA-376 ask for, and a wrong one is told")
  func schemas() throws {
    let sheet = xml(columns: 8, hasHeader: true) { encoder in
      encoder.beginRow()
      for name in ["a", "b", "c", "d", "e", "f", "g", "h"] { encoder.heading(name) }
      encoder.endRow()
      encoder.beginRow()
      encoder.text(" a_x0041_\u{1}")
      encoder.number("-1.50".utf8Span.span, .amount)
      encoder.number("5.89".utf8Span.span, .rate)
      encoder.number(360)
      encoder.day("2026-05-02".utf8Span.span)
      encoder.moment("2026-05-02T09:30:00Z".utf8Span.span)
      encoder.boolean(true)
      encoder.empty()
      encoder.endRow()
    }
    let parts =
      WorkbookPart.first
      + WorkbookPart.last([
        SheetInWorkbook(name: "About", number: 2),
        SheetInWorkbook(name: "Deals", number: 1, filtered: (columns: 8, rows: 2)),
      ])
    for part in parts + [WorkbookPart(name: SheetInWorkbook.part(1), content: sheet)] {
      let schema =
        switch part.name {
        case "[Content_Types].xml": "opc-contentTypes"
        case let name where name.hasSuffix(".rels"): "opc-relationships"
        default: "sml"
        }
      let result = try validity(of: part.content, schema)
      #expect(result.succeeded, "\(part.name): \(result.error)")
    }
    #expect(try !validity(of: sheet.replacing("<sheetData>", with: "<sheetDatum>"), "sml").succeeded)
    #expect(try !validity(of: sheet.replacing("<v>46144</v>", with: "<w/>"), "sml").succeeded)
  }

  private func validity(of xml: String, _ schema: String) throws -> Tool.Result {
    let folder = try TemporaryFolder()
    try Data(xml.replacing(#" xml:space="preserve""#, with: "").utf8).write(to: folder.appending("part.xml"))
    return try Tool.run(
      "xmllint",
      [
        "--noout", "--nonet", "--schema", Repository.appending("Tests/Published/ecma-376/\(schema).xsd").path,
        folder.file("part.xml"),
      ])
  }
}
