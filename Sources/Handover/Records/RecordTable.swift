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

extension Connection {
  var records: RecordTable { RecordTable(connection: self) }
}
