/// Prepared statements by their SQL. A statement that runs is not handed out again: a query inside another one's
/// closure may have the same SQL, and gets one of its own.
struct StatementCache {
  /// SQL is written in the source, so this is far above what there is. It bounds the memory if somebody makes SQL up.
  private static let capacity = 500
  private var statements: [SQL: CachedStatement] = [:]

  /// Hashed by its length, which tells most statements apart, and not through all of its text.
  private struct SQL: Hashable {
    let text: String

    func hash(into hasher: inout Hasher) { hasher.combine(text.utf8.count) }
  }

  var count: Int { statements.count }

  /// How often SQLite has prepared them again, by itself: for a new schema, or for values on which a plan depends.
  var preparedAnew: Int { statements.values.reduce(0) { $0 + Int($1.preparedAnew) } }

  /// Nil where there is none that is free.
  subscript(_ sql: String) -> CachedStatement? {
    guard let statement = statements[SQL(text: sql)], !statement.isRunning else { return nil }
    return statement
  }

  mutating func insert(_ statement: CachedStatement, for sql: String) {
    if statements.count >= Self.capacity { statements.removeAll() }
    let sql = SQL(text: sql)
    if statements[sql] == nil { statements[sql] = statement }
  }
}
