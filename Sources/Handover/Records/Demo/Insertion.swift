import SQLite

/// An INSERT that is run for row after row of a table of records: all columns that are stored, in the order
/// of their declaration.
struct Insertion: ~Copyable {
  private var statement: Statement
  private var parameter = 1

  init(into table: Table, of organisation: OrganisationID, _ connection: Connection) throws(SQLiteError) {
    let columns = ["organisation_id"] + table.columns.filter { !$0.isDerived }.map(\.name)
    let places = columns.map { _ in "?" }.joined(separator: ", ")
    var statement = try connection.prepare(
      "INSERT INTO \(table.name.sql) (\(columns.joined(separator: ", "))) VALUES (\(places))")
    try statement.bind(organisation.rawValue, at: 1)
    self.statement = statement
  }

  mutating func add(_ value: Int?) throws(SQLiteError) {
    parameter += 1
    if let value { try statement.bind(value, at: parameter) } else { try statement.bindNull(at: parameter) }
  }

  mutating func add(_ value: Bool) throws(SQLiteError) {
    try add(value ? 1 : 0)
  }

  mutating func add(_ text: String?) throws(SQLiteError) {
    parameter += 1
    if let text { try statement.bind(text, at: parameter) } else { try statement.bindNull(at: parameter) }
  }

  mutating func add(utf8 text: [UInt8]) throws(SQLiteError) {
    parameter += 1
    try statement.bind(text: text.span, at: parameter)
  }

  /// Inserts the row whose values were added since the last one.
  /// - Precondition: there is one for each column, or the last would be those of the row before.
  mutating func insert() throws(SQLiteError) {
    precondition(parameter == statement.parameterCount)
    _ = try statement.step()
    statement.reset()
    parameter = 1
  }
}
