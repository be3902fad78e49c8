import SQLite

/// How many records an organisation has.
package struct RecordCounts: Sendable, Equatable {
  package let deals: Int
  package let contacts: Int
  package let notes: Int
  package let tasks: Int
  package let users: Int
}

extension Connection {
  package func recordCounts(of organisation: OrganisationID) throws -> RecordCounts {
    func count(_ sql: String) throws -> Int { try value(sql, organisation) ?? 0 }
    return RecordCounts(
      deals: try count("SELECT count(*) FROM deal WHERE organisation_id = ?"),
      contacts: try count("SELECT count(*) FROM contact WHERE organisation_id = ?"),
      notes: try count("SELECT count(*) FROM note WHERE organisation_id = ?"),
      tasks: try count("SELECT count(*) FROM task WHERE organisation_id = ?"),
      users: try count("SELECT count(*) FROM user WHERE organisation_id = ?"))
  }
}
