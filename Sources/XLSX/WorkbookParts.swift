// The parts of a workbook beside its sheets (ECMA-376, part 2 for the package, part 1, 18.2 and 18.8 for what is in it).
//
//     [Content_Types].xml   _rels/.rels   xl/styles.xml   xl/worksheets/sheet1.xml …
//     xl/workbook.xml       xl/_rels/workbook.xml.rels
//
// A part's kind is told by its name's ending, and by its name where that is another one. Sheets have the ending's kind. So
// the first part, by which programs know what a file is, can be written before anybody knows how many sheets there are;
// the last two name them.

/// A part of a workbook: its name in the ZIP, and what it holds.
package struct WorkbookPart: Equatable, Sendable {
  package let name: String
  package let content: String

  /// Those that come before the sheets.
  package static let first = [contentTypes, packageRelationships, styles]

  /// Those that come after the sheets.
  ///
  /// - Parameter sheets: in the order in which they are shown.
  package static func last(_ sheets: [SheetInWorkbook]) -> [WorkbookPart] {
    [workbook(sheets), relationships(sheets)]
  }
}

/// A sheet as the workbook lists it.
package struct SheetInWorkbook: Equatable, Sendable {
  /// At most 31 characters, none of `: \ / ? * [ ]`, and unique without case.
  package let name: String
  /// Counts the parts, in whatever order.
  package let number: Int
  /// The columns and rows of one whose header filters them; nil for another.
  package let filtered: (columns: Int, rows: Int)?

  package init(name: String, number: Int, filtered: (columns: Int, rows: Int)? = nil) {
    self.name = name
    self.number = number
    self.filtered = filtered
  }

  package var part: String { Self.part(number) }

  /// The name of a sheet's part.
  package static func part(_ number: Int) -> String { "xl/worksheets/sheet\(number).xml" }

  package static func == (left: Self, right: Self) -> Bool {
    left.name == right.name && left.number == right.number
      && left.filtered?.columns == right.filtered?.columns && left.filtered?.rows == right.filtered?.rows
  }
}

/// How a cell looks: its place in the list of styles.
package enum CellStyle: UInt8, CaseIterable, Sendable {
  case general, text, heading, amount, rate, whole, day, moment

  /// Of number formats (18.8.30); those below 164 are everybody's.
  fileprivate var format: Int {
    switch self {
    case .general: 0
    case .text, .heading: 49
    case .amount: 4
    case .whole: 1
    case .rate: 164
    case .day: 165
    case .moment: 166
    }
  }

  fileprivate static let codes = [
    164: "0.00##", 165: #"yyyy\-mm\-dd"#, 166: #"yyyy\-mm\-dd\ hh:mm:ss"#,
  ]
}

enum Namespace {
  static let spreadsheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
  fileprivate static let contentTypes = "http://schemas.openxmlformats.org/package/2006/content-types"
  fileprivate static let relationships = "http://schemas.openxmlformats.org/package/2006/relationships"
  /// Of relationships between the parts of a document, and of the attribute that names one.
  fileprivate static let document = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
}

let xmlDeclaration = #"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"# + "\n"

extension WorkbookPart {
  private static let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"

  private static let contentTypes = WorkbookPart(
    name: "[Content_Types].xml",
    content: xmlDeclaration + #"<Types xmlns="\#(Namespace.contentTypes)">"#
      + #"<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>"#
      + #"<Default Extension="xml" ContentType="\#(kind).worksheet+xml"/>"#
      + #"<Override PartName="/xl/workbook.xml" ContentType="\#(kind).sheet.main+xml"/>"#
      + #"<Override PartName="/xl/styles.xml" ContentType="\#(kind).styles+xml"/></Types>"#)

  private static let packageRelationships = WorkbookPart(
    name: "_rels/.rels",
    content: relationships([("rId1", "officeDocument", "xl/workbook.xml")]))

  private static let styles = WorkbookPart(
    name: "xl/styles.xml",
    content: xmlDeclaration + #"<styleSheet xmlns="\#(Namespace.spreadsheet)">"#
      + list("numFmts", CellStyle.codes.sorted { $0.key < $1.key }) {
        #"<numFmt numFmtId="\#($0.key)" formatCode="\#($0.value)"/>"#
      }
      + list("fonts", ["", "<b/>"]) {
        #"<font>\#($0)<sz val="11"/><name val="Calibri"/><family val="2"/></font>"#
      }
      + list("fills", ["none", "gray125"]) { #"<fill><patternFill patternType="\#($0)"/></fill>"# }
      + list("borders", [""]) { "<border>\($0)<left/><right/><top/><bottom/><diagonal/></border>" }
      + list("cellStyleXfs", [0]) { #"<xf numFmtId="\#($0)" fontId="0" fillId="0" borderId="0"/>"# }
      + list("cellXfs", CellStyle.allCases) { style in
        let font = style == .heading ? 1 : 0
        return #"<xf numFmtId="\#(style.format)" fontId="\#(font)" fillId="0" borderId="0" xfId="0""#
          + #" applyNumberFormat="1" applyFont="1"/>"#
      }
      + list("cellStyles", ["Normal"]) { #"<cellStyle name="\#($0)" xfId="0" builtinId="0"/>"# }
      + "</styleSheet>")

  private static func workbook(_ sheets: [SheetInWorkbook]) -> WorkbookPart {
    let names = sheets.enumerated().compactMap { place, sheet in
      sheet.filtered.map { area in
        #"<definedName name="_xlnm._FilterDatabase" localSheetId="\#(place)" hidden="1">"#
          + escaped(
            "'\(sheet.name.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'")
          + "!$A$1:$\(columnName(area.columns - 1))$\(area.rows)</definedName>"
      }
    }
    return WorkbookPart(
      name: "xl/workbook.xml",
      content: xmlDeclaration
        + #"<workbook xmlns="\#(Namespace.spreadsheet)" xmlns:r="\#(Namespace.document)"><bookViews>"#
        + #"<workbookView/></bookViews><sheets>"#
        + sheets.map {
          #"<sheet name="\#(escaped($0.name))" sheetId="\#($0.number)" r:id="rId\#($0.number)"/>"#
        }.joined()
        + "</sheets>"
        + (names.isEmpty ? "" : "<definedNames>\(names.joined())</definedNames>") + "</workbook>")
  }

  private static func relationships(_ sheets: [SheetInWorkbook]) -> WorkbookPart {
    let last = (sheets.map(\.number).max() ?? 0) + 1
    return WorkbookPart(
      name: "xl/_rels/workbook.xml.rels",
      content: relationships(
        sheets.map { ("rId\($0.number)", "worksheet", "worksheets/sheet\($0.number).xml") }
          + [("rId\(last)", "styles", "styles.xml")]))
  }

  private static func relationships(_ list: [(id: String, kind: String, target: String)]) -> String {
    xmlDeclaration + #"<Relationships xmlns="\#(Namespace.relationships)">"#
      + list.map {
        #"<Relationship Id="\#($0.id)" Type="\#(Namespace.document)/\#($0.kind)" Target="\#($0.target)"/>"#
      }.joined() + "</Relationships>"
  }

  private static func list<Item>(_ name: String, _ items: [Item], _ write: (Item) -> String) -> String {
    #"<\#(name) count="\#(items.count)">"# + items.map(write).joined() + "</\(name)>"
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
