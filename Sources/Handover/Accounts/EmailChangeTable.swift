import SQLite
import Secrets

/// The addresses that users want, and the links that confirm them.
struct EmailChangeTable {
  let connection: Connection

  /// The user's change with that token, valid or not.
  func find(token: String, of user: User) throws -> EmailChange? {
    try connection.first(
      """
      SELECT email, expires_at, ended_at FROM email_change
      WHERE token_hash = ? AND organisation_id = ? AND user_id = ?
      """, TokenHash(of: token).bytes, user.organisation, user.id
    ) {
      EmailChange(email: try $0["email"], expiresAt: try $0["expires_at"], endedAt: try $0["ended_at"])
    }
  }

  func add(token: String, for user: User, _ email: String, at now: UnixTime) throws {
    try connection.run("DELETE FROM email_change WHERE expires_at <= ?", now - PasswordLink.kept)
    try connection.run(
      """
      INSERT INTO email_change (token_hash, organisation_id, user_id, email, created_at, expires_at)
      VALUES (?, ?, ?, ?, ?, ?)
      """, TokenHash(of: token).bytes, user.organisation, user.id, email, now, now + EmailChange.lifetime)
  }

  /// Ends whatever the user has open.
  func endAll(of user: User, at now: UnixTime) throws {
    try connection.run(
      "UPDATE email_change SET ended_at = ? WHERE organisation_id = ? AND user_id = ? AND ended_at IS NULL",
      now, user.organisation, user.id)
  }

  /// Lets links that are dated ahead of now count from now on: they end the earlier for it.
  ///
  /// - Returns: how many there were.
  func countFromNow(_ now: UnixTime) throws -> Int {
    try connection.run(
      """
      UPDATE email_change SET created_at = ?1, expires_at = expires_at - (created_at - ?1) WHERE created_at > ?1
      """, now)
  }

  /// How long until the user may send another mail, and the address may get one; nil where both may now.
  func wait(for user: User, _ email: String, at now: UnixTime) throws -> Duration? {
    let (sent, received) = (
      try connection.all(
        """
        SELECT created_at FROM email_change
        WHERE organisation_id = ? AND user_id = ? AND created_at > ? ORDER BY created_at DESC LIMIT ?
        """, user.organisation, user.id, now - EmailChange.period, EmailChange.most
      ) { try $0["created_at"] as UnixTime },
      try connection.all(
        """
        SELECT created_at FROM email_change
        WHERE email = ? COLLATE NOCASE AND created_at > ? ORDER BY created_at DESC LIMIT ?
        """, email, now - EmailChange.period, EmailChange.most
      ) { try $0["created_at"] as UnixTime }
    )
    return [sent, received].filter { $0.count == EmailChange.most }.compactMap(\.last).max()
      .map { min($0, now) + EmailChange.period - now }
  }
}

extension Connection {
  var emailChanges: EmailChangeTable { EmailChangeTable(connection: self) }
}
