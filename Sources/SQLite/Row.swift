import CSQLite

/// The row at which a query stands, inside the closure that reads it. Kept longer, it has only NULLs, or shows the
/// statement's next run.
package struct Row {
  let statement: CachedStatement

  /// A column by its name: the one after AS, where there is one.
  /// - Throws: where no column or more than one is called so, and where the cell isn't a `Value`. NULL is one only of
  ///   an Optional.
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

/// The same for what most columns are. A caller in another module reaches the generic one through tables of types, which
/// takes longer than the reading itself.
extension Row {
  package subscript(_ name: String) -> Int64 { get throws { try read(index(of: name), as: Int64.self) } }
  package subscript(_ name: String) -> Int64? { get throws { try read(index(of: name), as: Int64?.self) } }
  package subscript(_ name: String) -> Int { get throws { try read(index(of: name), as: Int.self) } }
  package subscript(_ name: String) -> Bool { get throws { try read(index(of: name), as: Bool.self) } }
  package subscript(_ name: String) -> String { get throws { try read(index(of: name), as: String.self) } }
  package subscript(_ name: String) -> String? { get throws { try read(index(of: name), as: String?.self) } }
}

extension Row {
  /// All cells as they are, to know the row again: for who keeps what was made of it. Takes a fraction of the time in
  /// which the cells are read one by one.
  package var image: RowImage { statement.image }
}

@available(*, unavailable)
extension Row: Sendable {}
