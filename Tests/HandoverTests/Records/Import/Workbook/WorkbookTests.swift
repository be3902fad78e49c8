import CSV
import Foundation
import TestSupport
import Testing

@testable import Handover

/// Workbooks (.xlsx) in the format of an export.
@Suite struct WorkbookTests {
  private let files: ExportFilesTests

  init() throws {
    files = try ExportFilesTests()
  }

  /// Parts of a workbook as Excel writes them.
  private struct Book {
    /// Names of sheets, and what is in their `sheetData`.
    var sheets: [(name: String, rows: String)]
    var texts: String?
    var styles = ""
    var properties = ""
    /// Before the elements of SpreadsheetML.
    var prefix = ""

    private static let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    private static let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

    var parts: [(name: String, bytes: [UInt8])] {
      let x = prefix.isEmpty ? "" : prefix + ":"
      let space = prefix.isEmpty ? "xmlns" : "xmlns:" + prefix
      var parts = [
        ("[Content_Types].xml", "<Types/>"),
        (
          "_rels/.rels",
          "<Relationships><Relationship Id=\"rId1\" Type=\"\(Self.relations)/officeDocument\" Target=\"/xl/workbook.xml\"/></Relationships>"
        ),
        (
          "xl/workbook.xml",
          "<\(x)workbook \(space)=\"\(Self.main)\" xmlns:r=\"\(Self.relations)\"><\(x)workbookPr \(properties)/><\(x)sheets>"
            + sheets.enumerated().map {
              "<\(x)sheet name=\"\($1.name)\" sheetId=\"\($0 + 1)\" r:id=\"s\($0)\"/>"
            }.joined()
            + "</\(x)sheets></\(x)workbook>"
        ),
        (
          "xl/_rels/workbook.xml.rels",
          "<Relationships><Relationship Id=\"t\" Type=\"\(Self.relations)/sharedStrings\" Target=\"sharedStrings.xml\"/>"
            + "<Relationship Id=\"f\" Type=\"\(Self.relations)/styles\" Target=\"styles.xml\"/>"
            + sheets.indices.map {
              "<Relationship Id=\"s\($0)\" Type=\"\(Self.relations)/worksheet\" Target=\"worksheets/sheet\($0).xml\"/>"
            }.joined() + "</Relationships>"
        ),
        ("xl/styles.xml", "<styleSheet>\(styles)</styleSheet>"),
      ]
      if let texts { parts.append(("xl/sharedStrings.xml", "<sst>\(texts)</sst>")) }
      for (index, sheet) in sheets.enumerated() {
        parts.append(
          (
            "xl/worksheets/sheet\(index).xml",
            "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- made > by hand --><\(x)worksheet><\(x)sheetData>\(sheet.rows)</\(x)sheetData></\(x)worksheet>"
          ))
      }
      return parts.map { ($0.0, Array($0.1.utf8)) }
    }
  }

  private func read(_ book: Book, as name: String = "book.xlsx") throws -> ExportFilesTests.Reading {
    let zip = try files.fixture.zip(book.parts)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: zip)))
    let inFolder = try files.read([name: bytes])
    // The same in a ZIP, and alone under a name that says nothing.
    #expect(try files.read(at: files.fixture.zip([("x/" + name, bytes)])) == inFolder)
    if inFolder.problems.isEmpty, book.sheets.count == 1 {
      #expect(try files.read(at: zip).rows == inFolder.rows)
    }
    return inFolder
  }

  private func text(_ text: String) -> String { "<c t=\"inlineStr\"><is><t>\(text)</t></is></c>" }

  private func row(_ cells: [String]) -> String { "<row>\(cells.joined())</row>" }

  @Test("Texts are shared or stand in their cells, and rich ones are whole")
  func texts() throws {
    let book = Book(
      sheets: [
        (
          "Deals",
          """
          <row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>stage</t></is></c></row>
          <row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" t="s"><v>3</v></c><c r="C2" t="str"><f>A1&amp;"x"</f><v>new &lt;1&gt;</v></c></row>
          <row r="4" hidden="1"><c r="A4" t="inlineStr"><is><t>D-2</t></is></c><c r="C4" t="s"><v>4</v></c></row>
          """
        )
      ],
      texts:
        "<si><t>deal_id</t></si><si><t xml:space=\"preserve\"> Deal Name </t></si><si><t>D-1</t></si>"
        + "<si><r><rPr><b/></rPr><t xml:space=\"preserve\">A </t></r><r><t>&#233;&amp;&#x1D11E;</t></r><rPh sb=\"0\" eb=\"1\"><t>no</t></rPh></si>"
        + "<si><t>a_x000D_\nb_x005F_x000D_<![CDATA[<c>&amp;]]></t></si>")
    #expect(
      try read(book).rows
        == [.deals: [["D-1", "A é&𝄞", "new <1>"], ["D-2", "", "a\r\nb_x000D_<c>&amp;"]]])
  }

  @Test(
    "Sheets are named as the tables, empty ones are passed over, and prefixes make no difference",
    arguments: ["", "x"])
  func sheets(prefix: String) throws {
    func rows(_ rows: [[String]]) -> String {
      let plain = rows.map { row($0.map(text)) }.joined()
      return prefix.isEmpty
        ? plain
        : plain.replacing("</", with: "<\\").replacing("<", with: "<x:").replacing("<x:\\", with: "</x:")
    }
    let book = Book(
      sheets: [
        ("Contacts", rows([["contact_id"], ["C-1"]])),
        ("deal contacts", rows([["deal_id", "contact_id"], ["D-1", "C-1"]])),
        ("Sheet3", ""), ("My loans", rows([["deal_id", "lender"], ["D-1", "Bank"]])),
      ], prefix: prefix)
    #expect(
      try read(book)
        == .init(rows: [.contacts: [["C-1"]], .dealContacts: [["D-1", "C-1"]], .deals: [["D-1", "Bank"]]]))
    let unknown = Book(
      sheets: [("Contacts", rows([["contact_id"]])), ("Rates", rows([["bank"], ["x"]]))], prefix: prefix)
    let problems = try read(unknown).problems
    #expect(
      problems.count == 1 && problems[0].hasPrefix("book.xlsx, sheet Rates: the file is none of Deals.csv"))
  }

  @Test(
    "Numbers are as people see them: days, moments, percentages, zeros in front, and no digits of floating point"
  )
  func numbers() throws {
    let columns = [
      "deal_id", "settled_date", "created_at", "interest_rate", "deal_ref", "loan_amount", "archived",
      "loan_term_months",
      "deal_value", "finance_due_date", "product", "security_value",
    ]
    let styles =
      "<numFmts><numFmt numFmtId=\"164\" formatCode=\"dd\\/mm\\/yyyy\"/><numFmt numFmtId=\"165\" formatCode=\"00000\"/>"
      + "<numFmt numFmtId=\"166\" formatCode=\"[$-409]d mmm yyyy h:mm:ss;@\"/><numFmt numFmtId=\"167\" formatCode=\"&quot;day&quot; 0.00%\"/>"
      + "<numFmt numFmtId=\"168\" formatCode=\"[Red]&quot;$&quot;#,##0.00\"/></numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
      + "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"166\"/><xf numFmtId=\"167\"/><xf numFmtId=\"165\"/><xf numFmtId=\"168\"/><xf numFmtId=\"14\"/><xf numFmtId=\"21\"/></cellXfs>"
    let cells = [
      text("D-1"), "<c s=\"1\"><v>46144</v></c>", "<c s=\"2\"><v>46144.395833333336</v></c>",
      "<c s=\"3\"><v>5.8899999999999994E-2</v></c>", "<c s=\"4\"><v>800</v></c>",
      "<c s=\"5\"><v>5.8899999999999997</v></c>",
      "<c t=\"b\"><v>1</v></c>", "<c><v>360</v></c>", "<c t=\"n\"><v>4.5E5</v></c>",
      "<c s=\"6\"><v>2</v></c>",
      "<c s=\"7\"><v>0.5</v></c>", "<c><v>1E-2</v></c>",
    ]
    let book = Book(sheets: [("Deals", row(columns.map(text)) + row(cells))], styles: styles)
    let reading = try read(book)
    #expect(
      reading.rows == [
        .deals: [
          [
            "D-1", "2026-05-02", "2026-05-02T09:30:00Z", "5.89", "00800", "5.89", "true", "360", "450000",
            "1900-01-02",
            "12:00:00", "0.01",
          ]
        ]
      ])
    #expect(
      reading.notes.count == 1 && reading.notes[0].hasSuffix("have no zone, and are read as UTC"),
      "\(reading.notes)")
    let days = Book(
      sheets: [
        (
          "Deals",
          row(["deal_id", "settled_date"].map(text)) + row([text("D-1"), "<c s=\"1\"><v>44682</v></c>"])
        )
      ],
      styles: styles, properties: "date1904=\"1\"")
    #expect(try read(days).rows == [.deals: [["D-1", "2026-05-02"]]])
  }

  @Test("A row that is short is filled up, and one with more than the titles is refused by its number")
  func width() throws {
    let titles = row(["deal_id", "deal_name", "lender"].map(text))
    let short = Book(sheets: [
      (
        "Deals",
        titles
          + "<row r=\"7\"><c r=\"A7\" t=\"inlineStr\"><is><t>D-1</t></is></c><c r=\"C7\" s=\"1\"/></row><row/>"
      )
    ])
    #expect(try read(short).rows == [.deals: [["D-1", "", ""]]])
    let long = Book(sheets: [
      ("Deals", titles + "<row r=\"7\"><c r=\"A7\"><v>1</v></c><c r=\"E7\"><v>2</v></c></row>")
    ])
    #expect(
      try read(long).problems
        == [
          "book.xlsx, line 7, column 1: The record has 5 fields and the header 3 fields. Put a field that holds a comma, a quote or a line break in quotes."
        ])
  }

  @Test(
    "A damaged workbook is refused in one sentence",
    arguments: [
      (
        "<row><c t=\"s\"><v>9</v></c></row>",
        "row 1: a cell refers to a text that is not there; save the sheet as CSV UTF-8"
      ),
      (
        "<row r=\"2\"><c r=\"B2\"><v>1</v></c><c r=\"A2\"><v>1</v></c></row>",
        "row 2: the cells are not in their order; save the sheet as CSV UTF-8"
      ),
      (
        "<row r=\"2\"><c t=\"str\"><v>deal_id</v></c></row><row r=\"2\"><c><v>1</v></c></row>",
        "row 2: the rows are not in their order; save the sheet as CSV UTF-8"
      ),
      (
        "<row><c r=\"XFD1\"><v>1</v></c></row>",
        "row 1: something stands beyond column 1024; save the sheet as CSV UTF-8"
      ),
      ("<row><c><v>&lol;</v></c></row>", "its XML has a reference that is not known: &lol;"),
      ("<!DOCTYPE x [<!ENTITY lol \"lol\">]><row/>", "its XML has a document type"),
      ("<row><c t=\"str\"><v>\u{1}", "its XML is cut off"),
    ])
  func damaged(_ rows: String, _ problem: String) throws {
    let full = Book(sheets: [("Deals", rows)])
    var parts = full.parts
    if problem.hasSuffix("cut off") {
      let sheet = parts.removeLast()
      parts.append((sheet.name, Array(sheet.bytes.dropLast(10))))
    }
    let zip = try files.fixture.zip(parts)
    let problems = try files.read(at: zip).problems
    #expect(problems.last?.hasSuffix(": " + problem) == true, "\(problems)")
  }

  @Test("More texts than there is room for are refused")
  func manyTexts() throws {
    var parts = Book(sheets: [("Deals", row([text("deal_id")]))], texts: "").parts
    let index = try #require(parts.firstIndex { $0.name == "xl/sharedStrings.xml" })
    let text = Array("<si><t>\(String(repeating: "x", count: 1 << 20))</t></si>".utf8)
    parts[index].bytes =
      Array("<sst>".utf8) + (0...SharedTexts.most >> 20).flatMap { _ in text } + Array("</sst>".utf8)
    #expect(
      try files.read(at: files.fixture.zip(parts)).problems.last?.hasSuffix(
        ": the texts of its cells take more than 64 MiB; save each sheet as CSV UTF-8") == true)
  }

  @Test("Formats are told apart by what they show")
  func formats() {
    let kinds: [(String, CellStyles.Kind)] = [
      ("General", .number), ("0.00", .number), ("#,##0.00 [$€-407]", .number), ("\"ready\" 0", .number),
      ("0000", .padded(4)), ("0%", .percent), ("yyyy-mm-dd", .day), ("mmm-yy", .day),
      ("d/m/yy h:mm", .moment),
      ("h:mm AM/PM", .timeOfDay), ("[h]:mm:ss", .timeOfDay), ("[Red]0.00;[Blue]d", .number),
      ("\\d 0", .number),
      ("_d* 0", .number), ("@", .number),
    ]
    for (code, kind) in kinds { #expect(CellStyles.kind(code) == kind, "\(code)") }
  }

  @Test("A number is written in the fewest digits, without an exponent")
  func decimals() {
    let numbers: [(Double, String)] = [
      (0, "0"), (-0.0, "0"), (5.8899999999999997, "5.89"), (1e21, "1000000000000000000000"),
      (1.5e-7, "0.00000015"),
      (-120, "-120"), (123_456_789.125, "123456789.125"), (0.1 + 0.2, "0.3"), (0.99999999999999989, "1"),
      (1234.9999999999998, "1235"),
      (9_007_199_254_740_991, "9007199254740991"), (100, "100"),
    ]
    for (value, text) in numbers {
      #expect(String(decoding: DecimalText(value).text, as: UTF8.self) == text)
    }
    #expect(String(decoding: DecimalText(0.058899999999999994).shifted(by: 2).text, as: UTF8.self) == "5.89")
    #expect(String(decoding: DecimalText(0.5).shifted(by: 2).text, as: UTF8.self) == "50")
    #expect(String(decoding: DecimalText(0.0001).shifted(by: 2).text, as: UTF8.self) == "0.01")
  }

  @Test("XML is read alike, wherever its chunks are cut", arguments: [1, 2, 3, 5, 11, 1_000])
  func chunks(size: Int) throws {
    let xml = Array(
      "\u{FEFF}<?xml version=\"1.0\"?><!-- <no> --><a:b c='1>2' d=\"&lt;&#10;\"><e/>x&amp;yé𝄞<![CDATA[]]>]]&gt;</a:b >"
        .utf8)
    var scanner = XMLScanner()
    var seen = ""
    func take(_ event: XMLScanner.Event) throws {
      switch event {
      case .start(let tag):
        seen +=
          "[\(String(decoding: tag.name, as: UTF8.self)) \(try tag.text("c") ?? "-") \(try tag.text("d") ?? "-")]"
      case .end(let name): seen += "[/\(String(decoding: name, as: UTF8.self))]"
      case .text(let bytes): seen += String(decoding: bytes, as: UTF8.self)
      }
    }
    for start in stride(from: 0, to: xml.count, by: size) {
      try scanner.feed(xml[start..<min(start + size, xml.count)].span, take)
    }
    try scanner.finish()
    #expect(seen == "[b 1>2 <\n][e - -][/e]x&yé𝄞]]>[/b]")
  }
}
