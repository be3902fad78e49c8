import SQLite

extension Connection {
  package func setPasswordHash(_ hash: String?, of user: User) throws {
    try run(
      "UPDATE user SET password_hash = ? WHERE organisation_id = ? AND id = ?",
      hash, user.organisation, user.id)
  }

  package func setName(_ name: String, of user: User) throws {
    try run(
      "UPDATE user SET name = ? WHERE organisation_id = ? AND id = ?", name, user.organisation, user.id)
  }

  package func setRole(_ role: Role, of user: User) throws {
    try run(
      "UPDATE user SET role = ? WHERE organisation_id = ? AND id = ?",
      role.rawValue, user.organisation, user.id)
  }

  /// Stores role and state at once, so that an owner can be demoted and disabled together. A disabled user is
  /// signed out, and no link leads back in.
  package func update(_ user: User, at now: UnixTime) throws {
    try run(
      "UPDATE user SET role = ?, active = ? WHERE organisation_id = ? AND id = ?",
      user.role.rawValue, user.isActive, user.organisation, user.id)
    if !user.isActive {
      try removeSessions(of: user)
      try endPasswordLinks(of: user, at: now)
    }
  }

  /// Sets the password, for all sessions and links of before to end.
  package func replacePassword(of user: User, with hash: String, at now: UnixTime) throws {
    try setPasswordHash(hash, of: user)
    try removeSessions(of: user)
    try endPasswordLinks(of: user, at: now)
  }

  func setLastSeen(_ user: User, at now: UnixTime) throws {
    try run(
      "UPDATE user SET last_seen_at = ? WHERE organisation_id = ? AND id = ?", now, user.organisation, user.id
    )
  }
}
