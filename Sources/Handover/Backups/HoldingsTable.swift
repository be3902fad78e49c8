import SQLite

/// What an organisation has, as a restore tells of it.
struct Holdings: Sendable {
  let id: OrganisationID
  let name: String
  /// By name, in an order of their own: `("deals", 12)`.
  let counts: [(name: String, count: Int)]
  /// Of the newest line of its activity.
  let newest: UnixTime?
}

struct HoldingsTable {
  let connection: Connection

  private static let names = ["deals", "contacts", "notes", "tasks", "documents", "users", "exports"]

  /// Of every organisation, by its id.
  func all() throws -> [Holdings] {
    try connection.all(
      """
      SELECT id, name,
        (SELECT count(*) FROM deal WHERE edition_id = organisation.edition_id) AS deals,
        (SELECT count(*) FROM contact WHERE edition_id = organisation.edition_id) AS contacts,
        (SELECT count(*) FROM note WHERE edition_id = organisation.edition_id) AS notes,
        (SELECT count(*) FROM task WHERE edition_id = organisation.edition_id) AS tasks,
        (SELECT count(*) FROM document WHERE organisation_id = organisation.id AND removed_at IS NULL) AS documents,
        (SELECT count(*) FROM user WHERE organisation_id = organisation.id) AS users,
        (SELECT count(*) FROM export WHERE organisation_id = organisation.id) AS exports,
        (SELECT max(at) FROM activity WHERE organisation_id = organisation.id) AS newest
      FROM organisation ORDER BY id
      """
    ) { row in
      Holdings(
        id: try row["id"], name: try row["name"],
        counts: try Self.names.map { (name: $0, count: try row[$0]) },
        newest: try row["newest"])
    }
  }
}

extension Connection {
  var holdings: HoldingsTable { HoldingsTable(connection: self) }
}
