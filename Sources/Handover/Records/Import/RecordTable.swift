import SQLite

/// The records, as imports and the demo write them.
struct RecordTable {
  let connection: Connection

  /// Throws unless the organisation is there and has no deals, contacts, notes and tasks.
  func requireEmpty(_ organisation: OrganisationID) throws {
    try connection.organisations.require(organisation)
    let isEmpty = try !connection.exists(
      """
      SELECT 1 FROM deal WHERE edition_id = ?1 UNION ALL
      SELECT 1 FROM contact WHERE edition_id = ?1 UNION ALL
      SELECT 1 FROM note WHERE edition_id = ?1 UNION ALL
      SELECT 1 FROM task WHERE edition_id = ?1 LIMIT 1
      """, connection.editions.current(of: organisation))
    guard isEmpty else {
      throw HandoverError(
        "organisation \(organisation.rawValue) has records already; "
          + "import into one without (handover organisation add)")
    }
  }

  /// The INSERT of a record: the edition, then the table's stored columns in their order.
  func insertion(into table: Table) throws(SQLiteError) -> Statement {
    let columns = table.storedColumns
    let values = columns.indices.map { index in
      // A link without a position goes after the deal's other links. The schema refuses the position 0, which
      // stands for one that is too large.
      columns[index].name != "position"
        ? "?\(index + 2)"
        : """
        (SELECT iif(place > \(Identifier.largest), 0, place) FROM (SELECT coalesce(?\(index + 2),
          1 + (SELECT coalesce(max(position), 0) FROM deal_contact
            WHERE edition_id = ?1 AND deal_id = ?2)) AS place))
        """
    }
    return try connection.prepare(
      """
      INSERT INTO \(table.name.sql) (edition_id, \(columns.map(\.name).joined(separator: ", ")))
      VALUES (?1, \(values.joined(separator: ", ")))
      """)
  }

  /// Whether the edition has the deal, contact, note or task.
  func has(_ id: Int64, in table: Table.Name, of edition: EditionID) throws -> Bool {
    try connection.exists(
      "SELECT 1 FROM \(table.sql) WHERE edition_id = ? AND \(Table.named(table).primaryKey[0]) = ?",
      edition, id)
  }

  /// Whether the deal has the contact already.
  func isLinked(_ deal: Int64, _ contact: Int64, of edition: EditionID) throws -> Bool {
    try connection.exists(
      "SELECT 1 FROM deal_contact WHERE edition_id = ? AND deal_id = ? AND contact_id = ?",
      edition, deal, contact)
  }

  /// Whether the deal has a contact at the position already.
  func hasLink(at position: Int64, of deal: Int64, of edition: EditionID) throws -> Bool {
    try connection.exists(
      "SELECT 1 FROM deal_contact WHERE edition_id = ? AND deal_id = ? AND position = ?",
      edition, deal, position)
  }
}

extension Connection {
  var records: RecordTable { RecordTable(connection: self) }
}

extension Table {
  /// The parameter of `insertion(into:)` for a column.
  func parameter(of column: String) -> Int? {
    storedColumns.firstIndex { $0.name == column }.map { $0 + 2 }
  }
}
