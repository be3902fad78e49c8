extension Column.Format {
  /// What is wrong with a cell that isn't of this format, and how to write it.
  func problem(with cell: Span<UInt8>) -> String {
    let shown = quotation(of: cell)
    return switch self {
    case .id(let table): "\(shown) is not an id; write it as \(table.id(12))"
    case .ids(let table): "\(shown) is not a list of ids; write it as \(table.id(7)); \(table.id(12))"
    case .oneOf(let words): "\(shown) is not one of \(words.joined(separator: ", "))"
    case .date: "\(shown) is not a date; write it as 2026-05-02"
    case .time: "\(shown) is not a time; write it as 2026-05-02T09:30:00Z, in UTC"
    case .money: "\(shown) is not an amount; write it as 12000.00"
    case .rate: "\(shown) is not a number with at most four decimals; write it as 5.89"
    case .integer: "\(shown) is not a whole number; write it as 360"
    case .boolean: "\(shown) is not true or false"
    case .text, .texts: "\(shown) is not a text"
    }
  }
}

extension Table.Name {
  /// Such as `D-12`.
  fileprivate func id(_ number: Int) -> String { "\(letter.map(String.init) ?? "")-\(number)" }
}

/// The cell in quotes, fit for a line on a terminal: control characters shown as blanks, what is long cut.
func quotation(of cell: Span<UInt8>) -> String {
  let shown = 40
  var text = ""
  for scalar in String(copying: cell.extracting(first: 4 * shown)).unicodeScalars.prefix(shown) {
    let isPlain =
      scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format
    text.unicodeScalars.append(isPlain ? scalar : " ")
  }
  return "\"\(text)\(cell.count > text.utf8.count ? "…" : "")\""
}

extension String {
  /// Bytes that are no UTF-8 become U+FFFD.
  init(copying bytes: Span<UInt8>) {
    self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
