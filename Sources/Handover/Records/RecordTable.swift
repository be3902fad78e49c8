import SQLite

/// The records, as the demo writes them.
struct RecordTable {
  let connection: Connection

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
}

extension RecordTable {
  /// Writes again what searches look into, in the transaction that has written the records.
  func updateSearches(of organisation: OrganisationID) throws {
    let edition = try connection.editions.current(of: organisation)
    for table in Table.Name.allCases {
      if let search = table.search { try update(search, of: table, edition) }
    }
  }

  private func update(_ search: RecordSearch, of table: Table.Name, _ edition: EditionID) throws {
    try connection.run("DELETE FROM \(search.table) WHERE edition_id = ?", edition)
    let key = search.columns[0]
    try connection.run(
      """
      INSERT INTO \(search.table) (edition_id, \(search.columns.joined(separator: ", ")), folded)
      SELECT edition_id, \(search.columns.joined(separator: ", ")), '' FROM \(table.sql) WHERE edition_id = ?
      """, edition)
    var change = try connection.prepare(
      "UPDATE \(search.table) SET folded = ?1 WHERE edition_id = ?2 AND \(key) = ?3")
    try change.bind(edition.rawValue, at: 2)
    try connection.each(
      "SELECT \(key), \(search.sources.joined(separator: ", ")) FROM \(table.sql) WHERE edition_id = ?",
      edition
    ) { row in
      try change.bind(search.fold(search.sources.map { try row[$0] }), at: 1)
      try change.bind(row[key] as Int64, at: 3)
      _ = try change.step()
      change.reset()
    }
  }
}

extension Connection {
  var records: RecordTable { RecordTable(connection: self) }
}
