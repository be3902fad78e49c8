import CSQLite

/// A prepared statement for hot loops: concrete types, no allocation in a step, cells as spans over SQLite's
/// own memory. Everything else reads better with `Connection.all` and its kin.
///
/// Parameters count from 1, columns from 0, as in SQLite's C interface.
@safe package struct Statement: ~Copyable {
  private let handle: OpaquePointer
  private let database: Database

  /// - Parameter handle: a prepared statement of `database`, finalized by this value.
  init(_ handle: OpaquePointer, of database: Database) {
    unsafe self.handle = unsafe handle
    self.database = database
  }

  deinit { unsafe sqlite3_finalize(handle) }

  /// Goes to the next row. After false or an error, call `reset()` before the next step: without it SQLite
  /// starts again.
  /// - Returns: false where there is no row left.
  /// - Throws: what SQLite says.
  package mutating func step() throws(SQLiteError) -> Bool {
    switch unsafe sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw error
    }
  }

  /// A cell of the current row, valid until the next step or reset; NULL where there is no row or no such
  /// column.
  @_lifetime(borrow self)
  package func cell(at column: Int) -> Cell {
    unsafe _overrideLifetime(cells[column], borrowing: self)
  }

  var cells: Cells { unsafe Cells(handle) }

  package var columnCount: Int { Int(unsafe sqlite3_column_count(handle)) }

  /// The name after AS, or what the column is called in its table.
  /// - Precondition: there is such a column.
  package func columnName(at column: Int) -> String {
    unsafe String(cString: sqlite3_column_name(handle, Int32(truncatingIfNeeded: column)))
  }

  /// Ends the run, so that the statement can be bound and stepped again. Keeps what is bound.
  package mutating func reset() {
    // The code repeats the error of the last step, which was thrown there.
    _ = unsafe sqlite3_reset(handle)
  }

  /// Makes every parameter NULL.
  package mutating func clearBindings() { _ = unsafe sqlite3_clear_bindings(handle) }

  package var parameterCount: Int { Int(unsafe sqlite3_bind_parameter_count(handle)) }

  /// True for statements that don't change the file: a SELECT, but also BEGIN and COMMIT.
  package var isReadOnly: Bool { unsafe sqlite3_stmt_readonly(handle) != 0 }

  package var sql: String { unsafe String(cString: sqlite3_sql(handle)) }

  /// How often SQLite has prepared it again, because the schema had changed.
  var preparations: Int32 { unsafe sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_REPREPARE, 0) }

  private var error: SQLiteError { unsafe SQLiteError(database.handle, sql: sql) }
}

@available(*, unavailable)
extension Statement: Sendable {}

/// The cells of a statement's current row, for callers that hold the statement in a class: Swift checks each
/// access to a class's property for exclusivity, which takes longer than reading a cell. Valid until the next
/// step or reset.
@safe struct Cells {
  private let statement: OpaquePointer

  fileprivate init(_ statement: OpaquePointer) { unsafe self.statement = unsafe statement }

  subscript(column: Int) -> Cell {
    @_lifetime(immortal)
    get { unsafe Cell(sqlite3_column_value(statement, Int32(truncatingIfNeeded: column))) }
  }
}

/// Values for the parameters, which count from 1. All are copied, and stay through `reset()`. Each method
/// throws for a parameter that doesn't exist, for a statement that was stepped and not reset, and for a value
/// beyond SQLite's limit.
extension Statement {
  package mutating func bindNull(at parameter: Int) throws(SQLiteError) {
    try check(unsafe sqlite3_bind_null(handle, Int32(clamping: parameter)))
  }

  package mutating func bind(_ value: Int64, at parameter: Int) throws(SQLiteError) {
    try check(unsafe sqlite3_bind_int64(handle, Int32(clamping: parameter), value))
  }

  package mutating func bind(_ value: Int, at parameter: Int) throws(SQLiteError) {
    try bind(Int64(value), at: parameter)
  }

  /// NaN becomes NULL: SQLite has none.
  package mutating func bind(_ value: Double, at parameter: Int) throws(SQLiteError) {
    try check(unsafe sqlite3_bind_double(handle, Int32(clamping: parameter), value))
  }

  package mutating func bind(_ value: String, at parameter: Int) throws(SQLiteError) {
    try bind(text: value.utf8.span, at: parameter)
  }

  /// - Parameter text: UTF-8; NULs are kept.
  package mutating func bind(text: Span<UInt8>, at parameter: Int) throws(SQLiteError) {
    let code = unsafe text.withUnsafeBufferPointer { bytes in
      unsafe csqlite_bind_text(handle, Int32(clamping: parameter), bytes.baseAddress, UInt64(bytes.count))
    }
    try check(code)
  }

  package mutating func bind(blob: Span<UInt8>, at parameter: Int) throws(SQLiteError) {
    let code = unsafe blob.withUnsafeBufferPointer { bytes in
      unsafe csqlite_bind_blob(handle, Int32(clamping: parameter), bytes.baseAddress, UInt64(bytes.count))
    }
    try check(code)
  }

  package mutating func bind(_ value: (any Bindable)?, at parameter: Int) throws(SQLiteError) {
    switch value?.boundValue {
    case nil: try bindNull(at: parameter)
    case .integer(let value): try bind(value, at: parameter)
    case .real(let value): try bind(value, at: parameter)
    case .text(let value): try bind(value, at: parameter)
    case .blob(let value): try bind(blob: value.span, at: parameter)
    }
  }

  private func check(_ code: Int32) throws(SQLiteError) {
    guard code == SQLITE_OK else { throw error }
  }
}
