import SQLite
import Secrets

/// The links that set a password.
struct PasswordLinkTable {
  let connection: Connection

  /// The link with that token, valid or not.
  func find(token: String) throws -> PasswordLink? {
    try connection.first(
      """
      SELECT user_account.*, purpose, expires_at, ended_at, organisation.name AS organisation_name
      FROM password_link
      JOIN user_account
        ON user_account.organisation_id = password_link.organisation_id AND user_account.id = password_link.user_id
      JOIN organisation ON organisation.id = password_link.organisation_id
      WHERE token_hash = ?
      """, TokenHash(of: token).bytes
    ) { row in
      let purpose: String = try row["purpose"]
      return PasswordLink(
        purpose: PasswordLink.Purpose(rawValue: purpose) ?? .reset, user: try User(row: row),
        organisationName: Name.stored(try row["organisation_name"]), expiresAt: try row["expires_at"],
        endedAt: try row["ended_at"])
    }
  }

  func add(
    token: String, for user: User, _ purpose: PasswordLink.Purpose, at now: UnixTime
  ) throws {
    try connection.run(
      """
      INSERT INTO password_link (token_hash, organisation_id, user_id, purpose, created_at, expires_at)
      VALUES (?, ?, ?, ?, ?, ?)
      """, TokenHash(of: token).bytes, user.organisation, user.id, purpose.rawValue, now,
      now + purpose.lifetime)
  }

  /// Deletes the links that have expired for long enough.
  func removeOld(at now: UnixTime) throws {
    try connection.run("DELETE FROM password_link WHERE expires_at <= ?", now - PasswordLink.kept)
  }

  /// How long the organisation has to wait before it invites so many others, at most `mostInvitations`; nil if it need
  /// not.
  func waitForInvitation(
    of organisation: OrganisationID, _ count: Int = 1, at now: UnixTime
  ) throws -> Duration? {
    let first: UnixTime? = try connection.value(
      """
      SELECT created_at FROM password_link
      WHERE organisation_id = ? AND purpose = 'invitation' AND created_at > ?
      ORDER BY created_at DESC LIMIT 1 OFFSET ?
      """, organisation, now - PasswordLink.invitationPeriod, PasswordLink.mostInvitations - count)
    // A clock that was set back keeps nobody waiting for longer than the period.
    return first.map { min(PasswordLink.invitationPeriod, $0 + PasswordLink.invitationPeriod - now) }
  }

  /// How many the organisation may invite now.
  func invitationsLeft(of organisation: OrganisationID, at now: UnixTime) throws -> Int {
    let sent: Int? = try connection.value(
      """
      SELECT count(*) FROM password_link
      WHERE organisation_id = ? AND purpose = 'invitation' AND created_at > ?
      """, organisation, now - PasswordLink.invitationPeriod)
    return max(0, PasswordLink.mostInvitations - (sent ?? 0))
  }

  /// Lets links that are dated ahead of now count from now on: they end the earlier for it.
  ///
  /// - Returns: how many there were.
  func countFromNow(_ now: UnixTime) throws -> Int {
    try connection.run(
      """
      UPDATE password_link SET created_at = ?1, expires_at = expires_at - (created_at - ?1) WHERE created_at > ?1
      """, now)
  }

  /// Ends every link of the user.
  func endAll(of user: User, at now: UnixTime) throws {
    try connection.run(
      "UPDATE password_link SET ended_at = ? WHERE organisation_id = ? AND user_id = ? AND ended_at IS NULL",
      now, user.organisation, user.id)
  }
}

extension Connection {
  var passwordLinks: PasswordLinkTable { PasswordLinkTable(connection: self) }
}
