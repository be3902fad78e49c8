import CSQLite

/// The current row of a query, valid inside the closure that reads it. Afterwards it has only NULLs, or shows
/// the statement's next run.
package struct Row {
  let statement: CachedStatement

  /// A column by its name: the one after AS, if any.
  /// - Throws: `SQLiteError` where no column or more than one has the name, and where the cell isn't a
  ///   `Value`. NULL is a value of an Optional only.
  package subscript<Value: ColumnValue>(_ name: String) -> Value {
    get throws { try read(index(of: name), as: Value.self) }
  }

  private func index(of name: String) throws(SQLiteError) -> Int {
    if let column = statement.index(of: name) { return column }
    let columns = statement.columns.joined(separator: ", ")
    throw statement.error(SQLITE_RANGE, "no single column is called \(name), but: \(columns)")
  }

  /// A column by its place, from 0.
  func read<Value: ColumnValue>(_ column: Int, as type: Value.Type) throws(SQLiteError) -> Value {
    do throws(WrongType) {
      return try statement.decode(column, as: type)
    } catch {
      let found = statement.typeName(at: column)
      throw statement.error(SQLITE_MISMATCH, "column \(statement.columns[column]) is \(found), not a \(type)")
    }
  }
}

/// The same for the most common types. A caller in another module reaches the generic subscript through
/// witness tables, which takes longer than the reading itself.
extension Row {
  package subscript(_ name: String) -> Int64 { get throws { try read(index(of: name), as: Int64.self) } }
  package subscript(_ name: String) -> Int64? { get throws { try read(index(of: name), as: Int64?.self) } }
  package subscript(_ name: String) -> Int { get throws { try read(index(of: name), as: Int.self) } }
  package subscript(_ name: String) -> Bool { get throws { try read(index(of: name), as: Bool.self) } }
  package subscript(_ name: String) -> String { get throws { try read(index(of: name), as: String.self) } }
  package subscript(_ name: String) -> String? { get throws { try read(index(of: name), as: String?.self) } }
}

extension Row {
  /// All cells, for callers that cache what they make of a row and look it up by the row. Takes a fraction of
  /// the time of reading the cells one by one.
  package var contents: RowContents { statement.contents }
}

@available(*, unavailable)
extension Row: Sendable {}

/// A row's cells. Two rows of one statement are equal where each cell has the same type and the same value.
package struct RowContents: Sendable {
  /// For each cell one word with its type and byte count, then its bytes, the last word padded with zeros.
  private var words: [UInt64] = []

  init() { words.reserveCapacity(64) }

  mutating func append(_ cell: borrowing Cell) {
    switch copy cell {
    case .null: words.append(0)
    case .integer(let value): append(type: 1, UInt64(bitPattern: value))
    case .real(let value): append(type: 2, value.bitPattern)
    case .text(let bytes): append(type: 3, bytes)
    case .blob(let bytes): append(type: 4, bytes)
    }
  }

  private mutating func append(type: UInt64, _ value: UInt64) {
    words.append(type)
    words.append(value)
  }

  private mutating func append(type: UInt64, _ bytes: Span<UInt8>) {
    words.append(type | UInt64(bytes.count) << 8)
    let whole = bytes.count & ~7
    for start in stride(from: 0, to: whole, by: 8) {
      words.append(unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
    }
    if whole < bytes.count {
      words.append((whole..<bytes.count).reduce(0) { $0 << 8 | UInt64(bytes[$1]) })
    }
  }
}

extension RowContents: Hashable {
  /// Hashes the first cells only, where a table has its key: the others cost more to hash than to compare.
  package func hash(into hasher: inout Hasher) {
    for word in words.prefix(4) { hasher.combine(word) }
  }
}
