/// Queries with values: each `?` takes the value at its place. Statements are cached by their SQL, so it
/// should be a literal.
extension Connection {
  /// Runs a statement to its end; rows are dropped.
  /// - Returns: how many rows it inserted, changed or deleted.
  /// - Throws: `SQLiteError`.
  @discardableResult
  package func run(_ sql: String, _ values: (any Bindable)?...) throws -> Int {
    let before = totalChanges
    try withStatement(sql, values) { statement in
      while try statement.step() {}
    }
    // SQLite's count is that of the last statement that had one.
    return totalChanges == before ? 0 : changes
  }

  /// Calls `body` for each row.
  /// - Throws: `SQLiteError`; what the body throws.
  package func each(_ sql: String, _ values: (any Bindable)?..., body: (Row) throws -> Void) throws {
    try withStatement(sql, values) { statement in
      while try statement.step() { try body(Row(statement: statement)) }
    }
  }

  /// All rows, read one by one.
  /// - Throws: `SQLiteError`; what the closure throws.
  package func all<T>(_ sql: String, _ values: (any Bindable)?..., read: (Row) throws -> T) throws -> [T] {
    try withStatement(sql, values) { statement in
      var rows: [T] = []
      while try statement.step() { rows.append(try read(Row(statement: statement))) }
      return rows
    }
  }

  /// The first row; nil where there is none.
  /// - Throws: `SQLiteError`; what the closure throws.
  package func first<T>(_ sql: String, _ values: (any Bindable)?..., read: (Row) throws -> T) throws -> T? {
    try first(sql, values, read: read)
  }

  /// The first column of the first row; nil where there is no row, or where the cell is NULL.
  /// - Throws: `SQLiteError`, also where the cell isn't a `T`.
  package func value<T: ColumnValue>(_ sql: String, _ values: (any Bindable)?...) throws -> T? {
    try first(sql, values) { row in try row.read(0, as: T?.self) } ?? nil
  }

  /// Whether there is a row, whatever it holds.
  /// - Throws: `SQLiteError`.
  package func exists(_ sql: String, _ values: (any Bindable)?...) throws -> Bool {
    try first(sql, values) { _ in true } ?? false
  }

  private func first<T>(_ sql: String, _ values: [(any Bindable)?], read: (Row) throws -> T) throws -> T? {
    try withStatement(sql, values) { statement in
      guard try statement.step() else { return nil }
      let result = try read(Row(statement: statement))
      try statement.finishWriting()
      return result
    }
  }

  private func withStatement<T>(
    _ sql: String, _ values: [(any Bindable)?], _ body: (CachedStatement) throws -> T
  ) throws -> T {
    let statement = try cached(sql)
    defer { statement.end() }
    try statement.start(values)
    return try body(statement)
  }

  private func cached(_ sql: String) throws(SQLiteError) -> CachedStatement {
    if let statement = statements[sql] { return statement }
    let statement = CachedStatement(try prepare(sql))
    statements.insert(statement, for: sql)
    return statement
  }
}
