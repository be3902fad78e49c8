import SQLite

extension Connection {
  package func user(_ id: UserID, of organisation: OrganisationID) throws -> User? {
    try first(
      """
      SELECT organisation_id, id, name, email, role, active, password_hash IS NOT NULL AS has_password
      FROM user WHERE organisation_id = ? AND id = ?
      """, organisation, id, read: User.init(row:))
  }

  /// The user with this address; capitals of ASCII make no difference.
  package func user(withEmail email: String, of organisation: OrganisationID) throws -> User? {
    try first(
      """
      SELECT organisation_id, id, name, email, role, active, password_hash IS NOT NULL AS has_password
      FROM user WHERE organisation_id = ? AND email = ? COLLATE NOCASE
      """, organisation, email, read: User.init(row:))
  }

  package func owner(of organisation: OrganisationID) throws -> User? {
    try first(
      """
      SELECT organisation_id, id, name, email, role, active, password_hash IS NOT NULL AS has_password
      FROM user WHERE organisation_id = ? AND role = 'owner'
      """, organisation, read: User.init(row:))
  }

  /// All users of the organisation, by id.
  package func users(of organisation: OrganisationID) throws -> [User] {
    try all(
      """
      SELECT organisation_id, id, name, email, role, active, password_hash IS NOT NULL AS has_password
      FROM user WHERE organisation_id = ? ORDER BY id
      """, organisation, read: User.init(row:))
  }

  /// Who on the whole server signs in with this address, and the hash of the password.
  package func userWhoSignsIn(withEmail email: String) throws -> (user: User, passwordHash: String)? {
    try first(
      """
      SELECT organisation_id, id, name, email, role, active, 1 AS has_password, password_hash
      FROM user WHERE email = ? COLLATE NOCASE AND active = 1 AND password_hash IS NOT NULL
      """, email
    ) { (try User(row: $0), try $0["password_hash"]) }
  }

  /// Whether somebody else on the server signs in with the user's address.
  func isTakenElsewhere(_ user: User) throws -> Bool {
    guard let email = user.email, let (other, _) = try userWhoSignsIn(withEmail: email) else { return false }
    return other.organisation != user.organisation || other.id != user.id
  }

  func passwordHash(of user: User) throws -> String? {
    try value(
      "SELECT password_hash FROM user WHERE organisation_id = ? AND id = ?", user.organisation, user.id)
  }

  /// Adds a user under the next id of the organisation. The schema refuses a second owner and an address
  /// that is taken.
  package func addUser(
    of organisation: OrganisationID, name: String?, email: String?, role: Role, isActive: Bool = true,
    passwordHash: String? = nil, at now: UnixTime
  ) throws -> User {
    let id: UserID =
      try value(
        "SELECT coalesce(max(id), 0) + 1 FROM user WHERE organisation_id = ?", organisation)
      ?? UserID(rawValue: 1)
    try run(
      """
      INSERT INTO user (organisation_id, id, name, email, role, active, password_hash, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """, organisation, id, name, email, role.rawValue, isActive, passwordHash, now)
    return User(
      organisation: organisation, id: id, name: name, email: email, role: role, isActive: isActive,
      hasPassword: passwordHash != nil)
  }
}

extension User {
  init(row: Row) throws {
    let role: String = try row["role"]
    self.init(
      organisation: try row["organisation_id"], id: try row["id"], name: try row["name"],
      email: try row["email"], role: Role(rawValue: role) ?? .user, isActive: try row["active"],
      hasPassword: try row["has_password"])
  }
}
