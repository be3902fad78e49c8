import CSQLite

/// One value of a row, in one of SQLite's five types. Text and blobs are SQLite's own memory: nothing is
/// copied.
package enum Cell: ~Escapable {
  case null
  case integer(Int64)
  case real(Double)
  /// As it is stored: UTF-8, unless a writer broke the rule; SQLite does not check.
  case text(Span<UInt8>)
  case blob(Span<UInt8>)
}

extension Cell {
  /// From one `sqlite3_column_value`, which costs a third of a `sqlite3_column_…` for the type, one for the
  /// bytes and one for their count. It is "unprotected", which matters only where threads share a connection.
  @_lifetime(immortal)
  init(_ value: OpaquePointer?) {
    switch unsafe sqlite3_value_type(value) {
    case SQLITE_INTEGER: self = .integer(unsafe sqlite3_value_int64(value))
    case SQLITE_FLOAT: self = .real(unsafe sqlite3_value_double(value))
    case SQLITE_TEXT: self = .text(unsafe span(sqlite3_value_text(value), count: sqlite3_value_bytes(value)))
    case SQLITE_BLOB: self = .blob(unsafe span(sqlite3_value_blob(value), count: sqlite3_value_bytes(value)))
    default: self = .null
    }
  }

  /// For error messages, which hold no value.
  var typeName: String {
    switch self {
    case .null: "NULL"
    case .integer: "an integer"
    case .real: "a real"
    case .text: "a text"
    case .blob: "a blob"
    }
  }
}

/// - Parameter bytes: nil only for an empty blob, or where no memory was left.
@_lifetime(immortal)
private func span(_ bytes: UnsafeRawPointer?, count: Int32) -> Span<UInt8> {
  guard let bytes = unsafe bytes else { return Span() }
  let start = unsafe bytes.assumingMemoryBound(to: UInt8.self)
  return unsafe _overrideLifetime(Span(_unsafeStart: start, count: Int(count)), copying: ())
}

extension String {
  /// Bytes that are not UTF-8 become U+FFFD.
  package init(copying bytes: Span<UInt8>) {
    self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
