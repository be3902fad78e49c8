import SQLite
import Secrets

/// The keys of users' authenticators, and their recovery codes.
struct TwoStepTable {
  let connection: Connection

  /// The key that the user's authenticator has; nil where two-step sign-in is off.
  func key(of user: User) throws -> [UInt8]? {
    try connection.value(
      """
      SELECT key FROM two_step WHERE organisation_id = ? AND user_id = ? AND confirmed_at IS NOT NULL
      """, user.organisation, user.id)
  }

  /// The key that the user is setting up; nil where there is none that is still good.
  func unconfirmedKey(of user: User, at now: UnixTime) throws -> [UInt8]? {
    try connection.value(
      """
      SELECT key FROM two_step
      WHERE organisation_id = ? AND user_id = ? AND confirmed_at IS NULL AND created_at > ? AND created_at <= ?
      """, user.organisation, user.id, now - TwoStep.setUpLimit, now)
  }

  /// Keeps a key to be set up, in place of an earlier one. One that is confirmed stays.
  func addUnconfirmed(_ key: [UInt8], for user: User, at now: UnixTime) throws {
    try connection.run(
      """
      INSERT INTO two_step (organisation_id, user_id, key, created_at) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET key = excluded.key, created_at = excluded.created_at WHERE confirmed_at IS NULL
      """, user.organisation, user.id, key, now)
  }

  /// Turns two-step sign-in on with the key that was set up.
  ///
  /// - Parameter step: that of the code that proved it, which is used up.
  func confirm(_ user: User, step: Int64, at now: UnixTime) throws {
    try connection.run(
      "UPDATE two_step SET confirmed_at = ?, last_step = ? WHERE organisation_id = ? AND user_id = ?",
      now, step, user.organisation, user.id)
  }

  /// Uses up the step and all before it. What was used up beyond the last step of now, before the clock was set
  /// back, counts no more.
  ///
  /// - Parameters:
  ///   - step: nil for a wrong code, which takes the same work.
  ///   - last: the last step whose code is taken now.
  /// - Returns: false where it was used up already.
  func use(step: Int64?, of user: User, before last: Int64) throws -> Bool {
    try connection.run(
      """
      UPDATE two_step SET last_step = ?1
      WHERE organisation_id = ?2 AND user_id = ?3 AND confirmed_at IS NOT NULL AND ?1 >= 0
        AND (last_step < ?1 OR last_step > ?4)
      """, step ?? -1, user.organisation, user.id, last) > 0
  }

  /// Turns two-step sign-in off. The recovery codes go with the key.
  ///
  /// - Returns: whether it was on.
  @discardableResult
  func remove(of user: User) throws -> Bool {
    let wasOn = try key(of: user) != nil
    try connection.run(
      "DELETE FROM two_step WHERE organisation_id = ? AND user_id = ?", user.organisation, user.id)
    return wasOn
  }

  /// Keeps these recovery codes, and ends those of before.
  func replaceRecoveryCodes(of user: User, with codes: [RecoveryCode]) throws {
    try connection.run(
      "DELETE FROM recovery_code WHERE organisation_id = ? AND user_id = ?", user.organisation, user.id)
    for code in codes {
      try connection.run(
        "INSERT INTO recovery_code (organisation_id, user_id, code_hash) VALUES (?, ?, ?)",
        user.organisation, user.id, code.hash)
    }
  }

  /// - Returns: false where the user has no such code, or has used it.
  func use(_ code: RecoveryCode, of user: User, at now: UnixTime) throws -> Bool {
    try connection.run(
      """
      UPDATE recovery_code SET used_at = ?
      WHERE organisation_id = ? AND user_id = ? AND code_hash = ? AND used_at IS NULL
      """, now, user.organisation, user.id, code.hash) > 0
  }

  /// How many recovery codes the user has left.
  func recoveryCodesLeft(of user: User) throws -> Int {
    try connection.value(
      "SELECT count(*) FROM recovery_code WHERE organisation_id = ? AND user_id = ? AND used_at IS NULL",
      user.organisation, user.id) ?? 0
  }
}

extension Connection {
  var twoSteps: TwoStepTable { TwoStepTable(connection: self) }
}
