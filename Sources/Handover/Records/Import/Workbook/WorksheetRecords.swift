import CSV

/// The rows of a sheet as records, one at a time (ECMA-376, part 1, 18.3).
///
/// A row has as many cells as the first one, or more where something stands in them. Formulas give the value that they
/// had when the workbook was saved.
struct WorksheetRecords: SheetRecords {
  private let sheet: Workbook.Sheet
  private let workbook: Workbook

  init(_ sheet: Workbook.Sheet, of workbook: Workbook) {
    self.sheet = sheet
    self.workbook = workbook
  }

  var guesses: Bool { false }

  func read(counting: (Int) -> Void, _ body: (borrowing Decoder) throws -> Void) throws {
    var row = WorksheetRow(workbook, try workbook.texts())
    try workbook.scan(sheet, counting: counting) { event in
      if try row.take(event) { try body(row.record) }
    }
  }
}

/// Gathers the cells of one row.
private struct WorksheetRow: ~Copyable {
  private(set) var record = Decoder()

  private let styles: CellStyles
  private let texts: SharedTexts
  private let countsFrom1904: Bool
  /// Whether it is of an export's workbook.
  private let isOfExport: Bool
  /// Whose titles name the zone, of an export's workbook.
  private var zoned: [Bool] = []
  /// Of the row, from 1.
  private var line = 0
  /// Of the cell, from 1.
  private var column = 0
  private var width = 0
  private var type: [UInt8] = []
  private var style = 0
  private var value: [UInt8] = []
  private var text = CellTextReader()
  private var isInValue = false
  private var isInText = false

  init(_ workbook: Workbook, _ texts: SharedTexts) {
    styles = workbook.styles
    self.texts = texts
    countsFrom1904 = workbook.countsFrom1904
    isOfExport = workbook.isOfExport
  }

  /// - Returns: whether the row is complete, and has cells.
  /// - Throws: `WorkbookError`.
  mutating func take(_ event: XMLScanner.Event) throws -> Bool {
    if isInText { text.take(event) }
    switch event {
    case .start(let tag): try begin(tag)
    case .text(let piece):
      guard isInValue else { return false }
      guard value.count + piece.count <= Decoder.Limits().field else {
        throw problem("the cell is too large")
      }
      value += piece
    case .end(let name):
      if name.isNamed("v") { isInValue = false }
      if name.isNamed("is") { isInText = false }
      if name.isNamed("c") { try endCell() }
      if name.isNamed("row") { return endRow() }
    }
    return false
  }

  private mutating func begin(_ tag: XMLTag) throws {
    if tag.name.isNamed("row") {
      let number = try tag.number("r") ?? line + 1
      guard number > line, number <= 1 << 30 else { throw problem("the rows are not in their order") }
      line = number
      column = 0
      record.clear()
    } else if tag.name.isNamed("c") {
      column = try tag.value("r").map(Self.column) ?? column + 1
      type = try tag.value("t") ?? []
      style = try tag.number("s") ?? 0
      value.removeAll(keepingCapacity: true)
      text.begin()
    } else if tag.name.isNamed("v") {
      isInValue = true
    } else if tag.name.isNamed("is") {
      isInText = true
    }
  }

  private mutating func endCell() throws {
    var cell = try content()
    if isOfExport { bringIntoForm(&cell) }
    guard !cell.isEmpty else { return }
    guard column > record.count else { throw problem("the cells are not in their order") }
    guard column <= Decoder.Limits().fields else {
      throw problem("something stands beyond column \(Decoder.Limits().fields)")
    }
    fill(to: column - 1)
    record.append(cell.span, at: Position(line: line, column: column))
  }

  private mutating func endRow() -> Bool {
    guard record.count > 0 else { return false }
    if width == 0 {
      width = record.count
      if isOfExport {
        for place in 0..<width {
          zoned.append(String(copying: record[place]).hasSuffix(DataPackage.Workbook.zoneMark))
        }
      }
    }
    fill(to: width)
    return true
  }

  /// Makes the cell what the CSV file has for it, where a reader of that would take it for something else: formula
  /// protection is taken off later, so that a text with an apostrophe needs one more; and a time says its zone.
  private func bringIntoForm(_ cell: inout [UInt8]) {
    if cell.first == UInt8(ascii: "'") { cell.insert(UInt8(ascii: "'"), at: 0) }
    guard column <= zoned.count, zoned[column - 1], cell.count >= 10, cell[4] == UInt8(ascii: "-") else {
      return
    }
    if cell.count == 10 { cell += "T00:00:00".utf8 }
    if cell.count == 19, cell[10] == UInt8(ascii: "T") { cell.append(UInt8(ascii: "Z")) }
  }

  private mutating func fill(to count: Int) {
    let nothing: [UInt8] = []
    while record.count < count {
      record.append(nothing.span, at: Position(line: line, column: record.count + 1))
    }
  }

  /// What the cell shows, by its type (18.18.11).
  private func content() throws -> [UInt8] {
    if type.isNamed("inlineStr") { return try text.end() }
    if value.isEmpty { return [] }
    if type.isNamed("s") {
      guard let index = Int(String(decoding: value, as: UTF8.self)), let text = texts[index] else {
        throw problem("a cell refers to a text that is not there")
      }
      return Array(text)
    }
    if type.isNamed("b") {
      return Array((value.isNamed("1") || value.isNamed("true") ? "TRUE" : "FALSE").utf8)
    }
    let isNumber = type.isEmpty || type.isNamed("n")
    if isNumber, let text = styles[style].text(of: value, countsFrom1904: countsFrom1904) { return text }
    return try CellTextReader.unescaped(value)
  }

  private func problem(_ message: String) -> WorkbookError {
    WorkbookError("row \(line): \(message); save the sheet as CSV UTF-8")
  }

  /// The number in a reference such as `AB12`.
  private static func column(_ reference: [UInt8]) -> Int {
    var column = 0
    for byte in reference {
      let letter = byte & 0xDF &- UInt8(ascii: "A")
      guard letter < 26, column < 1 << 20 else { break }
      column = column * 26 + Int(letter) + 1
    }
    return column
  }
}
