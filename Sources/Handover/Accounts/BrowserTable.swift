import SQLite
import Secrets

/// The browsers in which users have proved who they are.
struct BrowserTable {
  let connection: Connection

  /// Nil for a browser that has no cookie, or is not known for this user.
  func find(_ browser: Browser, of user: User, at now: UnixTime) throws -> KnownBrowser? {
    try browser.cookie.flatMap { try find($0, of: user, at: now) }
  }

  /// Nil for a browser that is not known for this user.
  func find(_ cookie: String, of user: User, at now: UnixTime) throws -> KnownBrowser? {
    try connection.first(
      """
      SELECT known_since, has_signed_in FROM browser
      WHERE organisation_id = ? AND user_id = ? AND token_hash = ? AND used_at > ?
      """, user.organisation, user.id, TokenHash(of: cookie).bytes, now - KnownBrowser.lifetime
    ) { KnownBrowser(since: try $0["known_since"], hasSignedIn: try $0["has_signed_in"]) }
  }

  /// Adds one, beyond `KnownBrowser.most` in place of that which was used least lately. Those of all users
  /// that are no longer known are removed.
  func add(_ cookie: String, of user: User, signsIn: Bool, at now: UnixTime) throws {
    try connection.run("DELETE FROM browser WHERE used_at <= ?", now - KnownBrowser.lifetime)
    try connection.run(
      """
      DELETE FROM browser WHERE organisation_id = ?1 AND user_id = ?2 AND token_hash IN (
        SELECT token_hash FROM browser WHERE organisation_id = ?1 AND user_id = ?2
        ORDER BY used_at DESC, known_since DESC LIMIT -1 OFFSET ?3)
      """, user.organisation, user.id, KnownBrowser.most - 1)
    try connection.run(
      """
      INSERT INTO browser (organisation_id, user_id, token_hash, known_since, used_at, has_signed_in)
      VALUES (?1, ?2, ?3, ?4, ?4, ?5)
      """, user.organisation, user.id, TokenHash(of: cookie).bytes, now, signsIn)
  }

  func use(_ cookie: String, of user: User, signsIn: Bool, at now: UnixTime) throws {
    try connection.run(
      """
      UPDATE browser SET used_at = ?, has_signed_in = has_signed_in OR ?
      WHERE organisation_id = ? AND user_id = ? AND token_hash = ?
      """, now, signsIn, user.organisation, user.id, TokenHash(of: cookie).bytes)
  }

  /// Gives the browser another cookie, for all who are known there.
  func change(_ cookie: String, to fresh: String) throws {
    try connection.run(
      "UPDATE browser SET token_hash = ? WHERE token_hash = ?",
      TokenHash(of: fresh).bytes, TokenHash(of: cookie).bytes)
  }

  /// Lets browsers that are dated ahead of now count from now on.
  ///
  /// - Returns: how many there were.
  func countFromNow(_ now: UnixTime) throws -> Int {
    try connection.run(
      "UPDATE browser SET known_since = min(known_since, ?1), used_at = ?1 WHERE used_at > ?1", now)
  }

  /// - Parameter cookie: of a browser that stays known.
  func removeAll(of user: User, but cookie: String? = nil) throws {
    try connection.run(
      "DELETE FROM browser WHERE organisation_id = ? AND user_id = ? AND token_hash IS NOT ?",
      user.organisation, user.id, cookie.map { TokenHash(of: $0).bytes })
  }
}

extension Connection {
  var browsers: BrowserTable { BrowserTable(connection: self) }
}
