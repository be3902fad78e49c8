import CSQLite

package enum TransactionKind: String, Sendable {
  /// Takes its snapshot with the first read; all reads see that one moment.
  case deferred = "BEGIN DEFERRED"
  /// Takes the write lock at once, so that it fails with `isBusy` at its start and not in its middle.
  case immediate = "BEGIN IMMEDIATE"
}

extension Connection {
  /// Commits what `body` did, all of it; or nothing, where it or the commit throws.
  /// - Throws: also where a transaction is under way: SQLite has no second one inside.
  @discardableResult
  package func transaction<T>(_ kind: TransactionKind, _ body: () throws -> T) throws -> T {
    guard !isInTransaction else {
      throw SQLiteError(
        code: SQLITE_MISUSE, message: "a transaction inside a transaction", sql: kind.rawValue)
    }
    try run(kind.rawValue)
    do {
      let result = try body()
      try run("COMMIT")
      return result
    } catch {
      // Some errors (a full disk, an interrupt) have rolled back already. A ROLLBACK cannot fail otherwise, and the error
      // to tell is the first one.
      if isInTransaction { try? execute("ROLLBACK") }
      throw error
    }
  }
}
