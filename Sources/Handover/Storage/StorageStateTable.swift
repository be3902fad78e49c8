import SQLite
import Secrets

/// The owners who are away.
struct StorageStateTable {
  let connection: Connection

  /// - Parameter state: as the address has it; here is only its SHA-256.
  func add(_ state: String, _ provider: StorageProvider, for session: Session, at now: UnixTime) throws {
    try connection.run(
      """
      INSERT INTO storage_state (state_hash, organisation_id, user_id, session_id, provider, created_at, expires_at)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """, TokenHash(of: state).bytes, session.user.organisation, session.user.id, session.id,
      provider.rawValue,
      now, now + StorageState.lifetime)
  }

  /// Finds the one of a state and ends it: it is good once, for whoever comes with it.
  ///
  /// - Returns: as it was before; nil where there is none.
  func take(_ state: String, at now: UnixTime) throws -> StorageState? {
    let found = try find(state)
    try connection.run(
      "UPDATE storage_state SET ended_at = ? WHERE state_hash = ? AND ended_at IS NULL", now,
      TokenHash(of: state).bytes)
    return found
  }

  func find(_ state: String) throws -> StorageState? {
    try connection.first(
      """
      SELECT organisation_id, user_id, session_id, provider, expires_at, ended_at FROM storage_state
      WHERE state_hash = ?
      """, TokenHash(of: state).bytes
    ) { row in
      StorageState(
        organisation: try row["organisation_id"], user: try row["user_id"],
        session: SessionID(rawValue: try row["session_id"]),
        provider: StorageProvider(rawValue: try row["provider"]) ?? .dropbox,
        expiresAt: try row["expires_at"],
        endedAt: try row["ended_at"])
    }
  }

  /// Ends all of an organisation: somebody went again, or the owner changed.
  func endAll(of organisation: OrganisationID, at now: UnixTime) throws {
    try connection.run(
      "UPDATE storage_state SET ended_at = ? WHERE organisation_id = ? AND ended_at IS NULL", now,
      organisation)
  }

  func hasOld(at now: UnixTime) throws -> Bool {
    try connection.exists("SELECT 1 FROM storage_state WHERE created_at <= ?", now - StorageState.kept)
  }

  func removeOld(at now: UnixTime) throws {
    try connection.run("DELETE FROM storage_state WHERE created_at <= ?", now - StorageState.kept)
  }
}

extension Connection {
  var storageStates: StorageStateTable { StorageStateTable(connection: self) }
}
