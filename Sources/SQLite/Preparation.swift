import CSQLite

extension Connection {
  /// A statement for a hot loop, not cached. It may outlive the connection.
  /// - Throws: also where `sql` is empty, or goes on with a second statement, which would never run.
  package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    var offset = 0
    guard let statement = try prepareNext(in: sql, at: &offset) else {
      throw SQLiteError(code: SQLITE_MISUSE, message: "no statement", sql: sql)
    }
    guard try prepareNext(in: sql, at: &offset) == nil else {
      throw SQLiteError(code: SQLITE_MISUSE, message: "more than one statement", sql: sql)
    }
    return statement
  }

  /// Runs one statement after the other, as a migration has them; no parameters, and rows are dropped. What ran before
  /// one that fails stays, unless a transaction is around it.
  package func execute(_ sql: String) throws(SQLiteError) {
    var offset = 0
    while var statement = try prepareNext(in: sql, at: &offset) {
      while try statement.step() {}
    }
  }

  /// - Parameter offset: in bytes; moved behind the statement.
  /// - Returns: nil where only blanks and comments are left.
  private func prepareNext(in sql: String, at offset: inout Int) throws(SQLiteError) -> Statement? {
    let bytes = sql.utf8.span
    while offset < bytes.count {
      var handle: OpaquePointer?
      let rest = bytes.extracting(offset...)
      let code = unsafe rest.withUnsafeBytes { rest in
        let start = unsafe rest.baseAddress?.assumingMemoryBound(to: CChar.self)
        var tail = unsafe start
        let code = unsafe sqlite3_prepare_v2(
          database.handle, start, Int32(clamping: rest.count), &handle, &tail)
        if let start = unsafe start, let tail = unsafe tail { unsafe offset += tail - start }
        return code
      }
      guard code == SQLITE_OK else {
        throw unsafe SQLiteError(database.handle, sql: String(copying: rest))
      }
      if let handle = unsafe handle { return unsafe Statement(handle, of: database) }
    }
    return nil
  }
}
