/// What a column can be read as.
///
/// A type of the product's own conforms by its raw value, as with `Bindable`.
package protocol ColumnValue {
  /// - Returns: nil where the cell holds something else. NULL is something else too, except to an Optional.
  static func decode(_ cell: borrowing Cell) -> Self?
}

extension Int64: ColumnValue {
  package static func decode(_ cell: borrowing Cell) -> Int64? {
    guard case .integer(let value) = copy cell else { return nil }
    return value
  }
}

extension Int: ColumnValue {
  package static func decode(_ cell: borrowing Cell) -> Int? { Int64.decode(cell).map { Int($0) } }
}

/// 1 and 0; no other integer.
extension Bool: ColumnValue {
  package static func decode(_ cell: borrowing Cell) -> Bool? {
    switch Int64.decode(cell) {
    case 0: false
    case 1: true
    default: nil
    }
  }
}

/// A real, or an integer, as which SQLite's expressions give whole numbers.
extension Double: ColumnValue {
  package static func decode(_ cell: borrowing Cell) -> Double? {
    switch copy cell {
    case .real(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }
}

extension String: ColumnValue {
  package static func decode(_ cell: borrowing Cell) -> String? {
    guard case .text(let bytes) = copy cell else { return nil }
    return String(copying: bytes)
  }
}

/// A blob, or the UTF-8 of a text.
extension Array: ColumnValue where Element == UInt8 {
  package static func decode(_ cell: borrowing Cell) -> [UInt8]? {
    switch copy cell {
    case .blob(let bytes), .text(let bytes): unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    default: nil
    }
  }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
  package static func decode(_ cell: borrowing Cell) -> Wrapped?? {
    if case .null = copy cell { return .some(nil) }
    return Wrapped.decode(cell).map { .some($0) }
  }
}

extension ColumnValue where Self: RawRepresentable, RawValue: ColumnValue {
  package static func decode(_ cell: borrowing Cell) -> Self? {
    RawValue.decode(cell).flatMap { Self(rawValue: $0) }
  }
}
