import Glibc

/// Writes the XML of a worksheet (ECMA-376, part 1, 18.3) into a buffer of its own, which the caller empties from time to
/// time.
///
///     var encoder = SheetEncoder()
///     encoder.begin(columns: [SheetColumn(width: 12), SheetColumn(width: 14, style: .amount)], hasHeader: true)
///     encoder.beginRow(); encoder.heading("deal_id"); encoder.heading("deal_value"); encoder.endRow()
///     for each deal {
///       encoder.beginRow(); encoder.text(deal.id); encoder.number(deal.value, .amount); encoder.endRow()
///       if encoder.count >= 32_768 { sink.write(encoder.bytes); encoder.clear() }
///     }
///     encoder.end()
///
/// Cells follow each other from the first column on; an empty one is left out. Texts stand in their cells (`inlineStr`), as a
/// list that cells share would have to be held in memory. Nothing here can fail, and nothing is lost: what is no number
/// that a spreadsheet holds exactly, or no day that it knows, is written as the text that it is. A text that is too long
/// for a cell is cut, and the caller is told.
///
/// Keep the encoder in a local variable or pass it `inout`, as CSV's.
@safe
package struct SheetEncoder: ~Copyable {
  /// Rows that a sheet holds, with its header.
  package static let mostRows = 1_048_576
  /// UTF-16 code units that a cell holds, of the text as it stands there: what is written as `_x0001_` is seven of them
  /// (MS-OI29500 doesn't say that it is one).
  package static let mostCharacters = 32_767
  /// What stands at the end of a text that was cut.
  package static let cutMark = " … [cut]"

  /// Of the sheet that is being written, with its header.
  package private(set) var rows = 0

  private var buffer = XMLBuffer()
  /// The columns' letters, in places of a fixed length.
  private var letters: [UInt8] = []
  private var columns: [SheetColumn] = []
  /// Of the next cell, from 0.
  private var column = 0
  private var hasHeader = false
  /// The number of the row, in digits.
  private var digits = RowNumber()

  package init() {}

  /// How many bytes wait.
  package var count: Int { buffer.count }

  /// The bytes that wait.
  package var bytes: Span<UInt8> {
    @_lifetime(borrow self) get { buffer.bytes }
  }

  /// Forgets the bytes that wait.
  package mutating func clear() { buffer.clear() }

  // MARK: The sheet

  /// Begins a sheet.
  /// - Parameters:
  ///   - columns: at most 16,384.
  ///   - hasHeader: whether the first row stays in sight, and filters the others.
  ///   - isFirst: whether it is the one that is shown when the workbook is opened.
  package mutating func begin(columns: [SheetColumn], hasHeader: Bool, isFirst: Bool = false) {
    self.columns = columns
    self.hasHeader = hasHeader
    rows = 0
    digits = RowNumber()
    letters = columns.indices.flatMap { column in
      let name = Array(columnName(column).utf8)
      return name + [UInt8](repeating: 0, count: Self.longestName - name.count)
    }
    buffer.append(xmlDeclaration)
    buffer.append(#"<worksheet xmlns="\#(Namespace.spreadsheet)"><sheetViews><sheetView"#)
    if isFirst { buffer.append(#" tabSelected="1""#) }
    buffer.append(#" workbookViewId="0">"#)
    if hasHeader {
      buffer.append(
        #"<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>"#
          + #"<selection pane="bottomLeft" activeCell="A2" sqref="A2"/>"#)
    }
    buffer.append("</sheetView></sheetViews><cols>")
    for (place, column) in columns.enumerated() {
      buffer.append(
        "<col min=\"\(place + 1)\" max=\"\(place + 1)\" width=\"\(column.width)\""
          + " style=\"\(column.style.rawValue)\" customWidth=\"1\"/>")
    }
    buffer.append("</cols><sheetData>")
  }

  package mutating func beginRow() {
    rows += 1
    column = 0
    digits.advance()
    buffer.reserve(32)
    buffer.put(#"<row r=""#)
    digits.write(to: &buffer)
    buffer.put(#"">"#)
  }

  package mutating func endRow() {
    buffer.reserve(16)
    buffer.put("</row>")
  }

  /// Ends the sheet.
  package mutating func end() {
    buffer.append("</sheetData>")
    if hasHeader { buffer.append("<autoFilter ref=\"\(area)\"/>") }
    // Else a spreadsheet marks each text that looks like a number as a mistake (18.3.1.51).
    buffer.append(
      #"<ignoredErrors><ignoredError sqref="\#(area)" numberStoredAsText="1"/></ignoredErrors></worksheet>"#)
  }

  /// From the first cell to the last one: `A1:F12`.
  private var area: String { "A1:\(columnName(columns.count - 1))\(max(rows, 1))" }

  // MARK: Cells

  /// A cell without a value.
  package mutating func empty() { column += 1 }

  /// A cell of text.
  /// - Parameter bytes: UTF-8.
  /// - Returns: where the text was cut, the UTF-16 code units that it has.
  @discardableResult
  package mutating func text(_ bytes: Span<UInt8>) -> Int? {
    text(bytes, #"" s="1" t="inlineStr"><is><t"#)
  }

  @discardableResult
  package mutating func text(_ text: String) -> Int? { self.text(text.utf8Span.span) }

  /// A cell of the header.
  package mutating func heading(_ text: String) {
    self.text(text.utf8Span.span, #"" s="2" t="inlineStr"><is><t"#)
  }

  /// A number; as a text where spreadsheets, which keep 15 digits, would change it.
  /// - Parameter bytes: `-?[0-9]+(\.[0-9]+)?`.
  package mutating func number(_ bytes: Span<UInt8>, _ style: CellStyle) {
    guard isExactNumber(bytes) else {
      text(bytes)
      return
    }
    beginCell(reserving: bytes.count, style)
    buffer.put(bytes)
    buffer.put("</v></c>")
  }

  package mutating func number(_ value: Int, _ style: CellStyle = .whole) {
    number(String(value).utf8Span.span, style)
  }

  /// A day, `2026-05-02`; one before March 1900 as a text, since spreadsheets have none, or a wrong one.
  package mutating func day(_ bytes: Span<UInt8>) {
    guard bytes.count == 10, let day = serialDay(bytes) else {
      text(bytes)
      return
    }
    beginCell(reserving: 8, .day)
    buffer.put(number: day)
    buffer.put("</v></c>")
  }

  /// A second, `2026-05-02T09:30:00Z`; one before March 1900 as a text.
  package mutating func moment(_ bytes: Span<UInt8>) {
    guard let day = serialDay(bytes), let second = secondOfDay(bytes) else {
      text(bytes)
      return
    }
    beginCell(reserving: 24, .moment)
    buffer.put(number: day)
    // Ten digits behind the point are 9 microseconds, and with those before it the 15 that a spreadsheet keeps.
    var fraction = (second * 10_000_000_000 + 43_200) / 86_400
    if fraction > 0 {
      var width = 10
      while fraction % 10 == 0 { (fraction, width) = (fraction / 10, width - 1) }
      buffer.put(".")
      buffer.put(number: fraction, width: width)
    }
    buffer.put("</v></c>")
  }

  package mutating func boolean(_ value: Bool) {
    beginCell(reserving: 24)
    buffer.put(value ? #"" t="b"><v>1</v></c>"# : #"" t="b"><v>0</v></c>"#)
  }

  // MARK: Pieces of a cell

  private static let longestName = 4
  /// Bytes of a cell without its content, and more.
  private static let overhead = 96

  private mutating func beginCell(reserving count: Int) {
    buffer.reserve(count + Self.overhead)
    buffer.put(#"<c r=""#)
    let start = column * Self.longestName
    for place in start..<start + Self.longestName where letters[place] != 0 { buffer.put(letters[place]) }
    digits.write(to: &buffer)
    column += 1
  }

  private mutating func beginCell(reserving count: Int, _ style: CellStyle) {
    beginCell(reserving: count)
    buffer.put(#"" s=""#)
    buffer.put(UInt8(ascii: "0") + style.rawValue)
    buffer.put(#""><v>"#)
  }

  /// - Parameter opening: from the reference to before the end of the tag `t`.
  @discardableResult
  private mutating func text(_ bytes: Span<UInt8>, _ opening: StaticString) -> Int? {
    if bytes.isEmpty {
      empty()
      return nil
    }
    let cut = bytes.count > Self.mostCharacters / XMLBuffer.escapeUnits ? CutText(bytes) : nil
    beginCell(reserving: 0)
    buffer.put(opening)
    // Spreadsheets drop blanks at the ends of texts, unless they are told not to. (The schema doesn't have the attribute
    // here; all programs write it.)
    let isPadded = bytes[0] <= 0x20 || bytes[bytes.count - 1] <= 0x20
    buffer.put(isPadded ? #" xml:space="preserve">"# : ">")
    if let cut {
      buffer.append(text: bytes.extracting(first: cut.kept))
      buffer.append(Self.cutMark)
    } else {
      buffer.append(text: bytes)
    }
    buffer.reserve(24)
    buffer.put("</t></is></c>")
    return cut?.characters
  }
}

/// A column of a sheet.
package struct SheetColumn: Equatable, Sendable {
  /// In digits of the font.
  package let width: Int
  /// Of cells that somebody fills in later.
  package let style: CellStyle

  package init(width: Int, style: CellStyle = .text) {
    self.width = width
    self.style = style
  }
}

/// How much of a text that is too long for a cell goes into it.
private struct CutText {
  /// UTF-16 code units of the whole.
  let characters: Int
  /// Bytes that are kept, before the mark.
  let kept: Int

  /// - Returns: nil where the text fits.
  init?(_ text: Span<UInt8>) {
    let room = SheetEncoder.mostCharacters - SheetEncoder.cutMark.utf16.count
    var (characters, written, kept) = (0, 0, 0)
    unsafe text.withUnsafeBufferPointer { text in
      for place in text.indices {
        let units = unsafe XMLBuffer.units(of: text, at: place)
        // A character of four bytes is a pair of surrogates, which stays together.
        if units > 0, written <= room { kept = place }
        written += units
        characters += units == XMLBuffer.escapeUnits ? 1 : units
      }
    }
    guard written > SheetEncoder.mostCharacters else { return nil }
    self.characters = characters
    self.kept = kept
  }
}

/// The number of a row as digits, which are counted up.
private struct RowNumber {
  private var digits: (UInt64, count: Int) = (0, 0)

  /// To the next row; the first one is 1.
  mutating func advance() {
    // Bytes in the order of the text, the first one lowest; 0 where there is none.
    var place = digits.count - 1
    while place >= 0 {
      let shift = UInt64(place * 8)
      if digits.0 >> shift & 0xFF < UInt64(UInt8(ascii: "9")) {
        digits.0 += 1 << shift
        return
      }
      digits.0 &= ~(0xFF << shift)
      digits.0 |= UInt64(UInt8(ascii: "0")) << shift
      place -= 1
    }
    digits.0 = digits.0 << 8 | UInt64(UInt8(ascii: "1"))
    digits.count += 1
  }

  /// Room for eight bytes has been reserved.
  @inline(__always)
  func write(to buffer: inout XMLBuffer) { buffer.put(digits.0, count: digits.count) }
}

/// The letters of a column, from 0: `A`, `AB`.
func columnName(_ column: Int) -> String {
  var rest = column
  var name = ""
  repeat {
    name = String(Unicode.Scalar(UInt8(ascii: "A") + UInt8(rest % 26))) + name
    rest = rest / 26 - 1
  } while rest >= 0
  return name
}
