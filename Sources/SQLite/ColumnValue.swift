/// A type that a column can be read as.
///
/// Other types conform by their raw value, as with `Bindable`.
package protocol ColumnValue {
  /// - Throws: where the cell holds another type. NULL is one too, except to an Optional.
  static func decode(_ cell: borrowing Cell) throws(WrongType) -> Self
}

/// The cell holds another type. `Row` turns this into a `SQLiteError` that names the column.
package struct WrongType: Error {
  package init() {}
}

extension Int64: ColumnValue {
  package static func decode(_ cell: borrowing Cell) throws(WrongType) -> Int64 {
    guard case .integer(let value) = copy cell else { throw WrongType() }
    return value
  }
}

extension Int: ColumnValue {
  package static func decode(_ cell: borrowing Cell) throws(WrongType) -> Int { Int(try Int64.decode(cell)) }
}

/// 1 and 0; no other integer.
extension Bool: ColumnValue {
  package static func decode(_ cell: borrowing Cell) throws(WrongType) -> Bool {
    switch try Int64.decode(cell) {
    case 0: return false
    case 1: return true
    default: throw WrongType()
    }
  }
}

/// A real, or an integer: SQLite's expressions return whole numbers as such.
extension Double: ColumnValue {
  package static func decode(_ cell: borrowing Cell) throws(WrongType) -> Double {
    switch copy cell {
    case .real(let value): return value
    case .integer(let value): return Double(value)
    default: throw WrongType()
    }
  }
}

extension String: ColumnValue {
  package static func decode(_ cell: borrowing Cell) throws(WrongType) -> String {
    guard case .text(let bytes) = copy cell else { throw WrongType() }
    return String(copying: bytes)
  }
}

/// A blob, or the UTF-8 of a text.
extension Array: ColumnValue where Element == UInt8 {
  package static func decode(_ cell: borrowing Cell) throws(WrongType) -> [UInt8] {
    switch copy cell {
    case .blob(let bytes), .text(let bytes): return unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    default: throw WrongType()
    }
  }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
  package static func decode(_ cell: borrowing Cell) throws(WrongType) -> Wrapped? {
    if case .null = copy cell { return nil }
    return try Wrapped.decode(cell)
  }
}

extension ColumnValue where Self: RawRepresentable, RawValue: ColumnValue {
  package static func decode(_ cell: borrowing Cell) throws(WrongType) -> Self {
    guard let value = Self(rawValue: try RawValue.decode(cell)) else { throw WrongType() }
    return value
  }
}
