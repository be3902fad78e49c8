import SQLite

/// How many rows an export will have: kept when records are written, since counting them takes too long for a page.
package struct KeptCounts: Sendable {
  /// Of the entire organisation, all files together.
  package let organisation: Int
  /// Of each user.
  package let users: [UserID: Int]
}

extension Connection {
  package func keptCounts(of organisation: OrganisationID) throws -> KeptCounts {
    var users: [UserID: Int] = [:]
    try each("SELECT user_id, rows FROM record_count WHERE organisation_id = ?", organisation) { row in
      users[try row["user_id"]] = try row["rows"]
    }
    return KeptCounts(organisation: users.removeValue(forKey: .nobody) ?? 0, users: users)
  }

  /// Counts anew, in the transaction that has written records.
  package func keepCounts(of organisation: OrganisationID) throws {
    try run("DELETE FROM record_count WHERE organisation_id = ?", organisation)
    try keepCount(of: organisation, in: .organisation, under: .nobody)
    for user in try users(of: organisation) {
      try keepCount(of: organisation, in: .user(user.id), under: user.id)
    }
  }

  private func keepCount(of organisation: OrganisationID, in scope: Scope, under user: UserID) throws {
    let snapshot = try Snapshot(of: organisation, in: scope, self)
    let rows = try Table.all.reduce(0) { try $0 + snapshot.count(of: $1) }
    try run(
      "INSERT INTO record_count (organisation_id, user_id, rows) VALUES (?, ?, ?)", organisation, user, rows)
  }
}

extension UserID {
  /// Stands for the entire organisation.
  fileprivate static let nobody = UserID(rawValue: 0)
}
