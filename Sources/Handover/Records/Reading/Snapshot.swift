import SQLite

/// An organisation's records at one moment, as far as they are in a scope. It lives inside one read
/// transaction and must not leave it.
struct Snapshot {
  let organisation: OrganisationID
  /// The records of the organisation that everybody sees at this moment.
  let edition: EditionID
  let scope: Scope
  let people: People
  let connection: Connection

  /// - Parameter connection: in a read transaction already.
  init(of organisation: OrganisationID, in scope: Scope, _ connection: Connection) throws {
    self.organisation = organisation
    self.scope = scope
    self.connection = connection
    edition = try connection.editions.current(of: organisation)
    people = try People(of: organisation, connection)
  }

  /// The files that it makes: that of the documents only where there are any.
  func tables() throws -> [Table] {
    try connection.value(
      "SELECT EXISTS (SELECT 1 FROM document WHERE organisation_id = ?)", organisation) == 1
      && count(of: .documents) > 0
      ? Table.all + [.documents] : Table.all
  }

  /// How many rows of a table are in it, by a statement of its own, independent of the one that reads them.
  func count(of table: Table) throws -> Int {
    var statement = try prepare(Selection(table: table, scope: scope).count)
    guard try statement.step(), case .integer(let count) = statement.cell(at: 0) else { return 0 }
    return Int(count)
  }

  /// What stays behind of a single user's records; nil for any other scope.
  func leftOut() throws -> LeftOut? {
    guard case .user(let user) = scope else { return nil }
    return try connection.first(LeftOut.sql, edition, user, read: LeftOut.init(row:))
  }

  /// The rows of a table, from the first.
  func rows(of table: Table) throws -> TableReader {
    try TableReader(table, self)
  }

  /// A statement with ?1 and ?2 bound as the scope's SQL has them.
  func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    var statement = try connection.prepare(sql)
    try statement.bind(edition.rawValue, at: 1)
    if let number = scope.number, statement.parameterCount > 1 { try statement.bind(number, at: 2) }
    return statement
  }
}
