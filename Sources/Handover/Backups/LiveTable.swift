import SQLite

/// A restored backup, or the restored copy elsewhere, beside the database in use, which is attached to it as `live`.
struct LiveTable {
  let connection: Connection

  /// What the two can't differ in, though the one in use has changed since. Rows that are never removed (organisations,
  /// users, exports, the ledger) are told by their ids: none of the backup is gone, and none of before it lacks. Records
  /// come and go; they are counted where their edition says that nothing has changed them.
  ///
  /// - Parameters:
  ///   - taken: when the backup was taken.
  ///   - name: of the backup, in a sentence.
  func differences(since taken: UnixTime, from name: String) throws -> [String] {
    // A row of the very moment may be on either side, and a clock may step.
    let before = taken - .minutes(10)
    let found: [(String, Int?)] = [
      (
        "organisations of \(name) are gone",
        try connection.value(
          "SELECT count(*) FROM main.organisation WHERE id NOT IN (SELECT id FROM live.organisation) AND \(here("id"))"
        )
      ),
      (
        "organisations of before \(name) are not in it",
        try connection.value(
          """
          SELECT count(*) FROM live.organisation
          WHERE created_at < ? AND id NOT IN (SELECT id FROM main.organisation) AND \(here("id"))
          """, before)
      ),
      (
        "users of \(name) are gone",
        try connection.value(
          """
          SELECT count(*) FROM main.user AS mine WHERE NOT EXISTS
            (SELECT 1 FROM live.user WHERE organisation_id = mine.organisation_id AND id = mine.id)
            AND \(here("organisation_id"))
          """)
      ),
      (
        "users of before \(name) are not in it",
        try connection.value(
          """
          SELECT count(*) FROM live.user AS theirs WHERE created_at < ? AND NOT EXISTS
            (SELECT 1 FROM main.user WHERE organisation_id = theirs.organisation_id AND id = theirs.id)
            AND \(here("organisation_id"))
          """, before)
      ),
      (
        "exports of \(name) are gone",
        try connection.value(
          """
          SELECT count(*) FROM main.export
          WHERE id NOT IN (SELECT id FROM live.export) AND \(here("organisation_id"))
          """)
      ),
      (
        "exports of before \(name) are not in it",
        try connection.value(
          """
          SELECT count(*) FROM live.export
          WHERE requested_at < ? AND id NOT IN (SELECT id FROM main.export) AND \(here("organisation_id"))
          """, before)
      ),
      (
        "entries of the ledger are others than in \(name)",
        try connection.value(
          """
          SELECT count(*) FROM main.ledger AS mine WHERE NOT EXISTS (SELECT 1 FROM live.ledger
            WHERE organisation_id = mine.organisation_id AND number = mine.number AND head = mine.head)
            AND \(here("organisation_id"))
          """)
      ),
    ]
    return found.compactMap { what, count in count.flatMap { $0 > 0 ? "\($0) \(what)" : nil } }
      + (try recordDifferences(name))
  }

  /// Whether the organisation has been in this cell all the time.
  private func here(_ column: String) -> String {
    "\(column) NOT IN (SELECT organisation_id FROM live.move)"
  }

  private func recordDifferences(_ name: String) throws -> [String] {
    let unchanged: [(organisation: OrganisationID, edition: EditionID)] = try connection.all(
      """
      SELECT mine.id, mine.edition_id FROM main.organisation AS mine
      JOIN live.organisation AS theirs ON theirs.id = mine.id AND theirs.edition_id = mine.edition_id
      JOIN main.edition AS before ON before.id = mine.edition_id
      JOIN live.edition AS now ON now.id = before.id AND now.version = before.version
      WHERE \(here("mine.id"))
      """
    ) { (try $0["id"], try $0["edition_id"]) }
    return try unchanged.flatMap { organisation, edition in
      try Difference.tables.compactMap { table in
        let (mine, theirs): (Int?, Int?) = (
          try connection.value("SELECT count(*) FROM main.\(table.name.sql) WHERE edition_id = ?", edition),
          try connection.value("SELECT count(*) FROM live.\(table.name.sql) WHERE edition_id = ?", edition)
        )
        return mine == theirs
          ? nil
          : "organisation \(organisation.rawValue) has \(mine ?? 0) rows of \(table.name.sql) in \(name) and "
            + "\(theirs ?? 0) in the database in use, though nothing has changed them"
      }
    }
  }
}

extension Connection {
  var live: LiveTable { LiveTable(connection: self) }
}
