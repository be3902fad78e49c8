import CSQLite

/// The row at which a query stands, inside the closure that reads it. Kept longer, it has only NULLs, or shows the
/// statement's next run.
package struct Row {
  let statement: CachedStatement

  /// A column by its name: the one after AS, where there is one.
  /// - Throws: where no column or more than one is called so, and where the cell isn't a `Value`. NULL is one only of
  ///   an Optional.
  package subscript<Value: ColumnValue>(_ name: String) -> Value {
    get throws {
      guard let column = statement.index(of: name) else {
        let columns = statement.columns.joined(separator: ", ")
        throw statement.error(SQLITE_RANGE, "no single column is called \(name), but: \(columns)")
      }
      return try read(column, as: Value.self)
    }
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

@available(*, unavailable)
extension Row: Sendable {}
