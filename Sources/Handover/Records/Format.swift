extension Column {
  /// What a cell looks like. An empty cell means unknown in every format.
  enum Format: Sendable, Equatable {
    /// The id of a record of that table: a letter and a number, as in `D-12`.
    case id(Table.Name)
    /// Ids joined with `; `.
    case ids(Table.Name)
    /// Any text; formula protection applies.
    case text
    /// Texts joined with `; `; formula protection applies to the cell.
    case texts
    /// One of these words.
    case oneOf([String])
    /// A SHA-256, as 64 hexadecimal digits.
    case digest
    /// `2026-05-02`.
    case date
    /// `2026-05-02T09:30:00Z`, always UTC.
    case time
    /// Two decimals; stored as hundredths.
    case money
    /// At most four decimals; stored as ten-thousandths.
    case rate
    /// A whole number.
    case integer
    /// `true` or `false`.
    case boolean
  }
}

// Three loops compile a format into a form of their own: CellOperation, which writes cells, ImportOperation,
// which stores them, and FileCheck, which writes them again.
extension Column.Format {
  /// For people: in the export's README.txt and in Documentation.
  var inWords: String {
    switch self {
    case .id(let table): "id (\(table.id(1)))"
    case .ids(let table): "ids (\(table.id(1)); \(table.id(2)))"
    case .text: "text"
    case .texts: "texts, joined with ;"
    case .oneOf(let words): words.joined(separator: ", ")
    case .digest: "64 hexadecimal digits"
    case .date: "date (YYYY-MM-DD)"
    case .time: "time in UTC"
    case .money: "amount, two decimals"
    case .rate: "number, four decimals"
    case .integer: "whole number"
    case .boolean: "true or false"
    }
  }

  /// What is wrong with a cell that isn't of this format, and how to write it.
  func problem(with cell: Span<UInt8>) -> String {
    if let doubt = doubt(about: cell) { return "\(quotation(of: cell)) \(doubt)" }
    let expected =
      switch self {
      case .id(let table) where CellText.identifier(cell, prefix: table.idByte, upTo: .max) != nil:
        "an id: the last one is \(table.id(Identifier.largest))"
      case .ids(let table) where CellText.isList(cell, prefix: table.idByte):
        "a list of ids: the last one is \(table.id(Identifier.largest))"
      case .id(let table): "an id; write it as \(table.id(12))"
      case .ids(let table): "a list of ids; write it as \(table.id(7)); \(table.id(12))"
      case .oneOf(let words): "one of \(words.joined(separator: ", "))"
      case .date where CellText.isDate(cell, fromYear: 0), .time where CellText.isTime(cell, fromYear: 0):
        "of the years 0001 to 9999; leave the cell empty where the day is unknown"
      case .digest: "a SHA-256; write it as 64 hexadecimal digits in lower case"
      case .date: "a date; write it as 2026-05-02"
      case .time: "a time; write it as 2026-05-02T09:30:00Z, in UTC"
      case .money: "an amount; write it as 12000.00"
      case .rate: "a number with at most four decimals; write it as 5.89"
      case .integer: "a whole number; write it as 360"
      case .boolean: "true or false"
      case .text, .texts: "a text"
      }
    return "\(quotation(of: cell)) is not \(expected)"
  }

  /// Why a cell could be two values.
  private func doubt(about cell: Span<UInt8>) -> String? {
    switch self {
    case .money, .rate, .integer:
      guard AmountText(String(copying: cell), scale: 2)?.isAmbiguous == true else { return nil }
      return "could be two numbers: thousands or decimals; write it as 12000.00"
    case .date, .time:
      guard DateText.readings(String(copying: cell)).count == 2 else { return nil }
      return "could be two days; write it as 2026-05-02, or bring the file in by a mapping that says which"
    default: return nil
    }
  }

  /// The type of Table Schema.
  var schemaType: String {
    switch self {
    case .id, .ids, .text, .texts, .oneOf, .digest: "string"
    case .date: "date"
    case .time: "datetime"
    case .money, .rate: "number"
    case .integer: "integer"
    case .boolean: "boolean"
    }
  }

  /// The format of Table Schema: of dates and times "default", which is RFC 3339.
  var schemaFormat: String? { self == .date || self == .time ? "default" : nil }

  /// The regular expression that a whole cell matches; nil where Table Schema's type says enough.
  var pattern: String? {
    switch self {
    case .id(let table): table.pattern
    case .ids(let table): "\(table.pattern)(; \(table.pattern))*"
    case .digest: "[0-9a-f]{64}"
    default: nil
    }
  }

  /// Whether formula protection applies.
  var isProtected: Bool { self == .text || self == .texts }
}

extension Table.Name {
  /// Such as `D-12`.
  func id(_ number: Int64) -> String { "\(idPrefix)-\(number)" }

  fileprivate var pattern: String { "\(idPrefix)-[1-9][0-9]*" }
}

/// The cell in quotes, fit for one line of a terminal; a long cell is cut.
func quotation(of cell: Span<UInt8>) -> String {
  let limit = 40
  let text = String(
    String.UnicodeScalarView(
      String(copying: cell.extracting(first: 4 * limit)).unicodeScalars.prefix(limit)))
  return "\"\(onOneLine(text))\(cell.count > text.utf8.count ? "…" : "")\""
}

/// A text from outside, fit for one line of a terminal: what moves the cursor, ends the line or turns the text around
/// becomes a blank.
package func onOneLine(_ text: String) -> String {
  func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
  return String(String.UnicodeScalarView(text.unicodeScalars.map { isPlain($0) ? $0 : " " }))
}
