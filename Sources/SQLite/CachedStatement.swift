import CSQLite

/// A statement that is kept for its next run, with the names of its columns: they change only when SQLite
/// prepares the statement again.
final class CachedStatement {
  private var statement: Statement
  private let cells: Cells
  private(set) var isRunning = false
  private(set) var columns: [String] = []
  /// Names that more than one column has.
  private var ambiguous: Set<String> = []
  private var preparations: Int32 = -1
  /// Most callers read a row in the order of its columns, so the search for a name begins after the last one
  /// found.
  private var expected = 0

  var preparedAnew: Int32 { statement.preparations }

  init(_ statement: consuming Statement) {
    cells = statement.cells
    self.statement = statement
  }

  func start(_ values: [(any Bindable)?]) throws(SQLiteError) {
    isRunning = true
    guard statement.parameterCount == values.count else {
      throw error(SQLITE_RANGE, "\(statement.parameterCount) parameters, but \(values.count) values")
    }
    for (index, value) in values.enumerated() { try statement.bind(value, at: index + 1) }
  }

  func step() throws(SQLiteError) -> Bool {
    guard try statement.step() else { return false }
    if preparations != statement.preparations { resolveColumns() }
    expected = 0
    return true
  }

  /// A statement with RETURNING writes everything in its first step, but commits in its last.
  func finishWriting() throws(SQLiteError) {
    guard !statement.isReadOnly else { return }
    while try step() {}
  }

  /// Makes it ready for the next run, with no value left in it.
  func end() {
    statement.reset()
    statement.clearBindings()
    isRunning = false
  }

  /// - Returns: nil where no column or more than one has the name.
  func index(of name: String) -> Int? {
    let columns = columns
    let next = expected
    let isExpected = next < columns.count && columns[next] == name
    guard
      let found = isExpected
        ? next : columns[next...].firstIndex(of: name) ?? columns[..<next].firstIndex(of: name),
      ambiguous.isEmpty || !ambiguous.contains(name)
    else { return nil }
    expected = found + 1
    return found
  }

  func decode<Value: ColumnValue>(_ column: Int, as type: Value.Type) throws(WrongType) -> Value {
    try Value.decode(cells[column])
  }

  var contents: RowContents {
    var contents = RowContents()
    for column in columns.indices { contents.append(cells[column]) }
    return contents
  }

  func typeName(at column: Int) -> String { cells[column].typeName }

  func error(_ code: Int32, _ message: String) -> SQLiteError {
    SQLiteError(code: code, message: message, sql: statement.sql)
  }

  private func resolveColumns() {
    preparations = statement.preparations
    columns = (0..<statement.columnCount).map { statement.columnName(at: $0) }
    ambiguous = Set(columns.indices.filter { columns[..<$0].contains(columns[$0]) }.map { columns[$0] })
  }
}

/// Prepared statements by their SQL. A running statement is not handed out again: a query inside another
/// one's closure may have the same SQL, and gets a statement of its own.
struct StatementCache {
  /// SQL is written in the source, so there is far less of it. This bounds the memory if somebody composes
  /// SQL.
  private static let capacity = 500
  private var statements: [SQL: CachedStatement] = [:]

  /// Hashed by its length only, which tells most statements apart in less time than their text.
  private struct SQL: Hashable {
    let text: String

    func hash(into hasher: inout Hasher) { hasher.combine(text.utf8.count) }
  }

  var count: Int { statements.count }

  /// How often SQLite has prepared them again by itself: for a new schema, or for values on which a plan
  /// depends.
  var preparedAnew: Int { statements.values.reduce(0) { $0 + Int($1.preparedAnew) } }

  /// A statement that is free; nil where there is none.
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
