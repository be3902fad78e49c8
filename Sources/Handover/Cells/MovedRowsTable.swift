import SQLite

/// The rows of an organisation, as they go from the database of one cell, attached as `source`, into that of another.
///
/// The schema says which they are: what has the organisation's id, what belongs to such a row, and the edition of its
/// records, which is copied first and in pieces.
struct MovedRowsTable {
  let connection: Connection
  let organisation: OrganisationID
  /// E-mails that are due at this moment stay where they are, and are sent from there.
  let now: UnixTime

  private static let source = Database.sourceName

  /// Rows without the organisation's id: of which table they are, and by which column.
  static let owned: [String: (owner: String, column: String, key: String)] = [
    "export_file": ("export", "export_id", "id"), "export_left_out": ("export", "export_id", "id"),
    "session_download": ("session", "session_id", "id"), "storage_folder": ("storage_link", "link_id", "id"),
  ]

  /// Columns that count the rows of all organisations: a row gets the next number, in the order of before.
  private static let numbers = [
    "activity": "id", "export": "number", "import": "number", "letter": "id", "storage_link": "number",
    "sync": "number",
  ]

  /// What is not copied with the others: made by itself, of the cell and of nobody, or counted here alone.
  static let apart: Set = [
    "organisation", "edition", "attempt", "installation", "job_turn", "move", "forwarding",
  ]

  /// The records, each with the key by which it is read in pieces.
  static let records: [(table: String, key: String)] = [
    ("task", "task_id"), ("note", "note_id"), ("deal_contact", "deal_id"),
    ("deal_search", "deal_id"), ("contact_search", "contact_id"), ("deal", "deal_id"),
    ("contact", "contact_id"),
  ]

  /// A table of which rows are copied in the one transaction.
  private struct Part {
    let table: String
    let columns: String
    let order: String
    /// Of the rows in the tables of a schema: `main`, or `source`.
    let condition: (_ schema: String) -> String
  }

  private func columns(of table: String) throws -> [String] {
    try connection.all("SELECT name FROM pragma_table_info(?)", table) { try $0["name"] }
  }

  /// Every table of the database but those of SQLite and of Litestream.
  func tables() throws -> [String] {
    try connection.all(
      """
      SELECT name FROM main.sqlite_schema
        WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_litestream_*' ORDER BY name
      """
    ) { try $0["name"] }
  }

  /// - Throws: `HandoverError` for a table of which nobody has said whose its rows are.
  private func parts() throws -> [Part] {
    let id = organisation.rawValue
    return try tables().compactMap { table in
      if Self.apart.contains(table) || Self.records.contains(where: { $0.table == table }) { return nil }
      let columns = try columns(of: table)
      let copied = columns.filter { $0 != Self.numbers[table] }.joined(separator: ", ")
      let order = Self.numbers[table] ?? (table == "ledger" ? "number" : "1")
      if let owned = Self.owned[table] {
        return Part(table: table, columns: copied, order: order) { schema in
          "\(owned.column) IN (SELECT \(owned.key) FROM \(schema).\(owned.owner) WHERE organisation_id = \(id))"
        }
      }
      guard columns.contains("organisation_id") else {
        throw HandoverError("nobody has said whose the rows of \(table) are")
      }
      let isLetter = table == "letter"
      return Part(table: table, columns: copied, order: order) { _ in
        "organisation_id = \(id)" + (isLetter ? " AND NOT (\(isDue))" : "")
      }
    }
  }

  private var isDue: String {
    "sent_at IS NULL AND given_up_at IS NULL AND (failures > 0 OR next_attempt_at <= \(now.rawValue))"
  }

  /// Makes the organisation, with an empty edition.
  ///
  /// - Throws: `HandoverError` where there is none, and for a table of which nobody has said whose its rows are.
  func begin() throws {
    _ = try parts()
    let columns = "id, name, time_zone, created_at, two_step, exports_before_ledger"
    let made = try connection.run(
      "INSERT INTO main.organisation (\(columns)) SELECT \(columns) FROM \(Self.source).organisation WHERE id = ?",
      organisation)
    guard made == 1 else { throw HandoverError("there is no organisation \(organisation.rawValue)") }
  }

  /// Copies some records of a table into the edition, and compares them.
  ///
  /// - Parameter key: of the last record that was copied before.
  /// - Returns: how many rows, and the last key; nil where there are no more.
  func copyRecords(
    of table: String, by key: String, from former: EditionID, into edition: EditionID, after last: Int64,
    limit: Int
  ) throws -> (rows: Int, last: Int64)? {
    let end: Int64? = try connection.value(
      """
      SELECT max(\(key)) FROM (SELECT \(key) FROM \(Self.source).\(table)
        WHERE edition_id = ? AND \(key) > ? ORDER BY \(key) LIMIT ?)
      """, former, last, limit)
    guard let end else { return nil }
    let columns = try columns(of: table).filter { $0 != "edition_id" }.joined(separator: ", ")
    func rows(_ schema: String, _ edition: EditionID) -> String {
      "FROM \(schema).\(table) WHERE edition_id = \(edition.rawValue) AND \(key) > \(last) AND \(key) <= \(end)"
    }
    let copied = try connection.run(
      """
      INSERT INTO main.\(table) (edition_id, \(columns))
        SELECT \(edition.rawValue), \(columns) \(rows(Self.source, former))
      """)
    try requireSame(
      table, columns, rows(Self.source, former), rows("main", edition))
    return (copied, end)
  }

  /// Copies all other rows, and compares them.
  ///
  /// - Returns: how many there were.
  func copy(records edition: EditionID, from former: EditionID) throws -> Int {
    var sum = 0
    try connection.run(
      """
      UPDATE main.organisation SET (name, time_zone, two_step, edition_id) = (
        SELECT name, time_zone, two_step, ?2 FROM \(Self.source).organisation WHERE id = ?1) WHERE id = ?1
      """, organisation, edition)
    try connection.run(
      """
      UPDATE main.edition SET (version, counted_version) = (
        SELECT version, counted_version FROM \(Self.source).edition WHERE id = ?) WHERE id = ?
      """, former, edition)
    for part in try parts() {
      sum += try connection.run(
        """
        INSERT INTO main.\(part.table) (\(part.columns)) SELECT \(part.columns) FROM \(Self.source).\(part.table)
          WHERE \(part.condition(Self.source)) ORDER BY \(part.order)
        """)
      try requireSame(
        part.table, part.columns, "FROM \(Self.source).\(part.table) WHERE \(part.condition(Self.source))",
        "FROM main.\(part.table) WHERE \(part.condition("main"))")
    }
    try requireSame(
      "organisation", "name, time_zone, created_at, two_step, ledger_number, exports_before_ledger",
      "FROM \(Self.source).organisation WHERE id = \(organisation.rawValue)",
      "FROM main.organisation WHERE id = \(organisation.rawValue)")
    return sum
  }

  /// Compares their number, and each row with all of its columns.
  private func requireSame(_ table: String, _ columns: String, _ one: String, _ other: String) throws {
    let isSame = try connection.exists(
      """
      SELECT 1 WHERE (SELECT count(*) \(one)) = (SELECT count(*) \(other))
        AND NOT EXISTS (SELECT \(columns) \(one) EXCEPT SELECT \(columns) \(other))
      """)
    if !isSame { throw HandoverError("the copy of the rows of \(table) is not what they are") }
  }

  /// Removes what `copy` copies; the organisation and the edition of its records stay.
  ///
  /// - Parameter isAll: removes e-mails that wait here, too.
  func remove(all isAll: Bool = false) throws {
    // What belongs to another row first.
    for part in try parts().sorted(by: { Self.owned[$0.table] != nil && Self.owned[$1.table] == nil }) {
      try connection.run("DELETE FROM main.\(part.table) WHERE \(part.condition("main"))")
    }
    if isAll { try connection.run("DELETE FROM letter WHERE organisation_id = ?", organisation) }
  }

  /// Removes the organisation, of which there is nothing else.
  func removeOrganisation() throws {
    try connection.run("DELETE FROM job_turn WHERE organisation_id = ?", organisation)
    try connection.run("DELETE FROM organisation WHERE id = ?", organisation)
    try connection.run("DELETE FROM edition WHERE organisation_id = ?", organisation)
  }

  /// Every edition of its records.
  func editions() throws -> [EditionID] {
    try connection.all("SELECT id FROM edition WHERE organisation_id = ?", organisation) { try $0["id"] }
  }

  /// What of its files is there by the id of a row.
  func ids(of table: String) throws -> [String] {
    try connection.all("SELECT id FROM \(table) WHERE organisation_id = ?", organisation) { try $0["id"] }
  }
}

extension Connection {
  func movedRows(of organisation: OrganisationID, at now: UnixTime) -> MovedRowsTable {
    MovedRowsTable(connection: self, organisation: organisation, now: now)
  }
}
