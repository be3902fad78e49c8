import SQLite

/// The editions of the organisations' records.
struct EditionTable {
  let connection: Connection

  /// The one that everybody sees.
  func current(of organisation: OrganisationID) throws -> EditionID {
    let edition: EditionID? = try connection.value(
      "SELECT edition_id FROM organisation WHERE id = ?", organisation)
    guard let edition else { throw HandoverError("there is no organisation \(organisation.rawValue)") }
    return edition
  }

  /// Grows with each change of the edition's records.
  func version(of edition: EditionID) throws -> Int {
    try connection.value("SELECT version FROM edition WHERE id = ?", edition) ?? 0
  }

  /// One that nobody sees yet.
  func add(of organisation: OrganisationID) throws -> EditionID {
    try connection.run("INSERT INTO edition (organisation_id) VALUES (?)", organisation)
    return EditionID(rawValue: connection.lastInsertedRowID)
  }

  /// Counts a change of the records, which may be that another edition takes the place of the one that was seen.
  func change(of organisation: OrganisationID, to edition: EditionID?) throws {
    let former = try current(of: organisation)
    let version = try version(of: former) + 1
    try connection.run("UPDATE organisation SET edition_id = ? WHERE id = ?", edition ?? former, organisation)
    try connection.run(
      "UPDATE edition SET version = ?1, counted_version = -1 WHERE id = ?2", version, edition ?? former)
  }

  /// Keeps the largest ids of the records that are seen, so that none is another record's later.
  func keepLastNumbers(of organisation: OrganisationID) throws {
    let edition = try current(of: organisation)
    for table in Difference.tables {
      try connection.run(
        """
        INSERT INTO last_number (organisation_id, kind, number)
          SELECT ?1, ?2, coalesce(max(\(table.primaryKey[0])), 0) FROM \(table.name.sql) WHERE edition_id = ?3
        ON CONFLICT (organisation_id, kind) DO UPDATE SET number = max(number, excluded.number)
        """, organisation, table.name.sql, edition)
    }
  }

  func isSeen(_ edition: EditionID) throws -> Bool {
    try connection.exists("SELECT 1 FROM organisation WHERE edition_id = ?", edition)
  }

  /// Those that nobody sees: what a large import makes, has left, or was killed over. What arrives from another cell is
  /// not among them.
  func unseen() throws -> [(edition: EditionID, organisation: OrganisationID)] {
    try connection.all(
      """
      SELECT id, organisation_id FROM edition WHERE id NOT IN (SELECT edition_id FROM organisation)
        AND organisation_id NOT IN (SELECT organisation_id FROM move WHERE state = 'arriving')
      """
    ) { (try $0["id"], try $0["organisation_id"]) }
  }

  /// - Throws: where it has records.
  func remove(_ edition: EditionID) throws {
    try connection.run(
      "DELETE FROM edition WHERE id = ?1 AND id NOT IN (SELECT edition_id FROM organisation)", edition)
  }
}

extension Connection {
  var editions: EditionTable { EditionTable(connection: self) }
}
