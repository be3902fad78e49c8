import SQLite

/// The editions of the organisations' records.
struct EditionTable {
  let connection: Connection

  /// The one that everybody sees.
  func current(of organisation: OrganisationID) throws -> EditionID {
    guard
      let edition: EditionID = try connection.value(
        "SELECT edition_id FROM organisation WHERE id = ?", organisation)
    else { throw HandoverError("there is no organisation \(organisation.rawValue)") }
    return edition
  }

  /// Grows with each change of the edition's records.
  func version(of edition: EditionID) throws -> Int {
    try connection.value("SELECT version FROM edition WHERE id = ?", edition) ?? 0
  }
}

extension Connection {
  var editions: EditionTable { EditionTable(connection: self) }
}
