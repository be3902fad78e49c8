import CSQLite

/// A statement with the names of its columns, which are resolved when SQLite prepares, not in every run.
final class CachedStatement {
  private var statement: Statement
  private let cells: Cells
  private(set) var isRunning = false
  private(set) var columns: [String] = []
  /// Names that more than one column has.
  private var ambiguous: Set<String> = []
  private var preparations: Int32 = -1
  /// Rows are mostly read in the order of their columns, so a name is first looked for after the last one.
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

  /// Ready for the next run, with no value left behind.
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

  var image: RowImage {
    var image = RowImage()
    for column in columns.indices { image.append(cells[column]) }
    return image
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
