import SQLite

extension Connection {
  /// One page of the organisation's users whose name or address holds the text, by name.
  ///
  /// - Parameter page: from 1.
  package func users(
    of organisation: OrganisationID, matching text: String, page: Int, of size: Int
  ) throws -> [User] {
    try all(
      """
      SELECT organisation_id, id, name, email, role, active, password_hash IS NOT NULL AS has_password
      FROM user
      WHERE organisation_id = ?1 AND (?2 = '' OR instr(lower(coalesce(name, '')), lower(?2))
        OR instr(lower(coalesce(email, '')), lower(?2)))
      ORDER BY role <> 'owner', coalesce(name, email, '') COLLATE NOCASE, id
      LIMIT ?3 OFFSET ?4
      """, organisation, text, size, (page - 1) * size, read: User.init(row:))
  }

  /// How many users the organisation has whose name or address holds the text.
  package func countUsers(of organisation: OrganisationID, matching text: String) throws -> Int {
    try value(
      """
      SELECT count(*) FROM user
      WHERE organisation_id = ?1 AND (?2 = '' OR instr(lower(coalesce(name, '')), lower(?2))
        OR instr(lower(coalesce(email, '')), lower(?2)))
      """, organisation, text) ?? 0
  }
}
