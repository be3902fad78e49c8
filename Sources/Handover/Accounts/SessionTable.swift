import SQLite
import Secrets

/// The sessions of browsers that are signed in.
struct SessionTable {
  let connection: Connection

  /// The session of a cookie's token, unless it has ended or its user is disabled.
  func find(token: String, at now: UnixTime) throws -> Session? {
    try connection.first(
      """
      SELECT user_account.*, session.id AS session_id, session.created_at, session.used_at,
        session.proved_at, organisation.name AS organisation_name, organisation.time_zone, organisation.two_step
      FROM session
      JOIN user_account
        ON user_account.organisation_id = session.organisation_id AND user_account.id = session.user_id
      JOIN organisation ON organisation.id = session.organisation_id
      WHERE token_hash = ? AND NOT awaits_code AND active = 1 AND session.used_at > ? AND session.created_at > ?
      """, TokenHash(of: token).bytes, now - Session.idleLimit, now - Session.totalLimit
    ) { row in
      let user = try User(row: row)
      return Session(
        token: token, id: SessionID(rawValue: try row["session_id"]), user: user,
        organisation: Organisation(
          id: user.organisation, name: Name.stored(try row["organisation_name"]),
          timeZone: try row["time_zone"],
          twoStep: try TwoStepPolicy(row: row)),
        createdAt: try row["created_at"], usedAt: try row["used_at"],
        provedAt: try row["proved_at"])
    }
  }

  /// Adds a session. Beyond `Session.most` the user's oldest one ends.
  func add(token: String, for user: User, from browser: Browser, at now: UnixTime) throws {
    try connection.run(
      """
      INSERT INTO session (token_hash, id, organisation_id, user_id, created_at, used_at, proved_at, address, agent)
      VALUES (?1, lower(hex(randomblob(16))), ?2, ?3, ?4, ?4, ?4, ?5, ?6)
      """, TokenHash(of: token).bytes, user.organisation, user.id, now, browser.address, browser.agent)
    try connection.run(
      """
      DELETE FROM session WHERE organisation_id = ?1 AND user_id = ?2 AND token_hash IN (
        SELECT token_hash FROM session
        WHERE organisation_id = ?1 AND user_id = ?2 AND token_hash <> ?3 AND NOT awaits_code
        ORDER BY created_at DESC, used_at DESC LIMIT -1 OFFSET ?4)
      """, user.organisation, user.id, TokenHash(of: token).bytes, Session.most - 1)
    try connection.users.setLastSeen(user, at: now)
  }

  /// Adds a sign-in that waits for a code. It is no session, but ends with the user's sessions.
  func addAwaitingCode(token: String, for user: User, from browser: Browser, at now: UnixTime) throws {
    try connection.run(
      """
      INSERT INTO session (token_hash, id, organisation_id, user_id, created_at, used_at, proved_at, address, agent,
        awaits_code)
      VALUES (?1, lower(hex(randomblob(16))), ?2, ?3, ?4, ?4, ?4, ?5, ?6, 1)
      """, TokenHash(of: token).bytes, user.organisation, user.id, now, browser.address, browser.agent)
  }

  /// The user whose sign-in waits for a code under that token; nil where none does, or no longer.
  func userAwaitingCode(token: String, at now: UnixTime) throws -> User? {
    try connection.first(
      """
      SELECT user_account.* FROM session
      JOIN user_account
        ON user_account.organisation_id = session.organisation_id AND user_account.id = session.user_id
      WHERE token_hash = ? AND awaits_code AND active = 1 AND has_two_step AND session.created_at > ?
      """, TokenHash(of: token).bytes, now - TwoStep.codeLimit, read: User.init(row:))
  }

  /// Ends the user's sign-ins that wait for a code.
  func removeAwaitingCode(of user: User) throws {
    try connection.run(
      "DELETE FROM session WHERE organisation_id = ? AND user_id = ? AND awaits_code", user.organisation,
      user.id)
  }

  /// Records that the session is in use.
  func touch(_ session: Session, at now: UnixTime) throws {
    try connection.run(
      "UPDATE session SET used_at = ? WHERE token_hash = ?", now, TokenHash(of: session.token).bytes)
    try connection.users.setLastSeen(session.user, at: now)
  }

  /// Records that the user has proved the session anew, and gives it another token.
  ///
  /// - Returns: whether there was such a session, and none did so since it was read.
  func prove(_ session: Session, token: String, at now: UnixTime) throws -> Bool {
    try connection.run(
      "UPDATE session SET proved_at = ?, token_hash = ? WHERE token_hash = ? AND proved_at = ?", now,
      TokenHash(of: token).bytes, TokenHash(of: session.token).bytes, session.provedAt) > 0
  }

  /// - Returns: whether there was such a session.
  @discardableResult
  func remove(token: String) throws -> Bool {
    try connection.run("DELETE FROM session WHERE token_hash = ?", TokenHash(of: token).bytes) > 0
  }

  /// Signs the user out everywhere.
  func removeAll(of user: User) throws {
    try connection.run(
      "DELETE FROM session WHERE organisation_id = ? AND user_id = ?", user.organisation, user.id)
  }

  /// Signs the user out everywhere but here.
  func removeAll(of user: User, but session: Session) throws {
    try connection.run(
      "DELETE FROM session WHERE organisation_id = ? AND user_id = ? AND token_hash <> ?",
      user.organisation, user.id, TokenHash(of: session.token).bytes)
  }

  /// Ends one session of the user.
  ///
  /// - Returns: what it was; nil where the user has no such session.
  func remove(_ id: SessionID, of user: User, at now: UnixTime) throws -> SessionListing? {
    guard let session = try all(of: user, at: now).first(where: { $0.id == id }) else { return nil }
    try connection.run("DELETE FROM session WHERE id = ?", id)
    return session
  }

  func removeEnded(at now: UnixTime) throws {
    try connection.run(
      """
      DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session WHERE used_at <= ?
        UNION ALL SELECT token_hash FROM session WHERE created_at <= ?
        UNION ALL SELECT token_hash FROM session WHERE awaits_code AND created_at <= ?)
      """, now - Session.idleLimit, now - Session.totalLimit, now - TwoStep.codeLimit)
  }

  /// Lets sessions that are dated ahead of now count from now on, or they would outlive their hours.
  ///
  /// - Returns: how many there were.
  func countFromNow(_ now: UnixTime) throws -> Int {
    try connection.run(
      """
      UPDATE session SET created_at = min(created_at, ?1), used_at = min(used_at, ?1), proved_at = min(proved_at, ?1)
      WHERE token_hash IN (SELECT token_hash FROM session WHERE created_at > ?1
        UNION ALL SELECT token_hash FROM session WHERE used_at > ?1
        UNION ALL SELECT token_hash FROM session WHERE proved_at > ?1)
      """, now)
  }

  /// The sessions of the user that have not ended, last used first.
  func all(of user: User, at now: UnixTime) throws -> [SessionListing] {
    try connection.all(
      """
      SELECT id, created_at, used_at, address, agent FROM session
      WHERE organisation_id = ? AND user_id = ? AND used_at > ? AND created_at > ? AND NOT awaits_code
      ORDER BY used_at DESC
      """, user.organisation, user.id, now - Session.idleLimit, now - Session.totalLimit
    ) {
      SessionListing(
        id: SessionID(rawValue: try $0["id"]), createdAt: try $0["created_at"], usedAt: try $0["used_at"],
        address: try $0["address"], agent: try $0["agent"])
    }
  }
}

extension Connection {
  var sessions: SessionTable { SessionTable(connection: self) }
}

/// A session in its user's list.
struct SessionListing: Sendable {
  let id: SessionID
  let createdAt: UnixTime
  let usedAt: UnixTime
  let address: String
  let agent: String
}
