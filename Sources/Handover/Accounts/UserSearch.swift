import SQLite

/// A user in a list of users.
package struct UserListing: Sendable {
  package let user: User
  /// When the user was last active; nil before the first sign-in.
  package let lastSeenAt: UnixTime?
  /// Whether the user has been sent a link to set a first password and has not used it; it may have run out.
  package let isInvited: Bool
}

extension Connection {
  /// One page of the organisation's users whose name or address holds the text, the owner first, then by name.
  ///
  /// - Parameter page: from 1.
  package func users(
    of organisation: OrganisationID, matching text: String, page: Int, of size: Int
  ) throws -> [UserListing] {
    try all(
      """
      SELECT organisation_id, id, name, email, role, active, password_hash IS NOT NULL AS has_password, last_seen_at,
        password_hash IS NULL AND EXISTS (
          SELECT 1 FROM password_link
          WHERE password_link.organisation_id = user.organisation_id AND user_id = user.id
            AND purpose = 'invitation') AS invited
      FROM user
      WHERE organisation_id = ?1 AND (?2 = '' OR instr(lower(coalesce(name, '')), lower(?2))
        OR instr(lower(coalesce(email, '')), lower(?2)))
      ORDER BY role <> 'owner', coalesce(name, email, '') COLLATE NOCASE, id
      LIMIT ?3 OFFSET ?4
      """, organisation, text, size, (page - 1) * size
    ) {
      UserListing(
        user: try User(row: $0), lastSeenAt: try $0["last_seen_at"], isInvited: try $0["invited"])
    }
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

  /// Those to whom the ownership can be handed over, by name.
  package func heirs(of organisation: OrganisationID) throws -> [User] {
    try all(
      """
      SELECT organisation_id, id, name, email, role, active, 1 AS has_password
      FROM user
      WHERE organisation_id = ? AND active = 1 AND password_hash IS NOT NULL AND email IS NOT NULL
        AND role <> 'owner'
      ORDER BY coalesce(name, email) COLLATE NOCASE, id
      """, organisation, read: User.init(row:))
  }
}
