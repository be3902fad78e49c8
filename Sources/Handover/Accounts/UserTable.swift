import SQLite

/// The users of all organisations.
struct UserTable {
  let connection: Connection

  func find(_ id: UserID, of organisation: OrganisationID) throws -> User? {
    try connection.first(
      "SELECT * FROM user_account WHERE organisation_id = ? AND id = ?",
      organisation, id, read: User.init(row:))
  }

  /// The user with this address, as it is stored or as people type it; ASCII case makes no difference. (Imports of
  /// before 1.1 stored some as they were typed.)
  func find(email: String, of organisation: OrganisationID) throws -> User? {
    try connection.first(
      "SELECT * FROM user_account WHERE organisation_id = ? AND email COLLATE NOCASE IN (?, ?)",
      organisation, email, EmailAddress.sought(email), read: User.init(row:))
  }

  func owner(of organisation: OrganisationID) throws -> User? {
    try connection.first(
      "SELECT * FROM user_account WHERE organisation_id = ? AND role = 'owner'",
      organisation, read: User.init(row:))
  }

  /// All users of the organisation, by id.
  func all(of organisation: OrganisationID) throws -> [User] {
    try connection.all(
      "SELECT * FROM user_account WHERE organisation_id = ? ORDER BY id",
      organisation, read: User.init(row:))
  }

  /// The users with these ids, in the order of their names.
  func named(_ ids: [UserID], of organisation: OrganisationID) throws -> [User] {
    try connection.all(
      """
      SELECT user_account.* FROM user_account JOIN user USING (organisation_id, id)
      WHERE organisation_id = ? AND id IN (SELECT value FROM json_each(?)) ORDER BY user.folded, id
      """, organisation, "\(ids.map(\.rawValue))", read: User.init(row:))
  }

  /// The one user on the whole server who signs in with this address.
  func find(signingInWith email: String) throws -> User? {
    try connection.first(
      "SELECT * FROM user_account WHERE email = ? COLLATE NOCASE AND active = 1 AND has_password", email,
      read: User.init(row:))
  }

  /// All addresses that somebody signs in with.
  func signingIn() throws -> [String] {
    try connection.all(
      "SELECT email FROM user WHERE active = 1 AND password_hash IS NOT NULL AND email IS NOT NULL"
    ) { try $0["email"] }
  }

  /// The same of one organisation.
  func signingIn(to organisation: OrganisationID) throws -> [String] {
    try connection.all(
      """
      SELECT email FROM user
      WHERE organisation_id = ? AND active = 1 AND password_hash IS NOT NULL AND email IS NOT NULL
      """, organisation
    ) { try $0["email"] }
  }

  /// Whether somebody else on the server signs in with the user's address.
  func isTakenElsewhere(_ user: User) throws -> Bool {
    guard let email = user.email, let other = try find(signingInWith: email) else { return false }
    return other.organisation != user.organisation || other.id != user.id
  }

  func passwordHash(of user: User) throws -> String? {
    try connection.value(
      "SELECT password_hash FROM user WHERE organisation_id = ? AND id = ?", user.organisation, user.id)
  }

  /// Adds a user under the next id of the organisation. The schema refuses a second owner and an address
  /// that is taken.
  func add(
    _ id: UserID? = nil, of organisation: OrganisationID, name: String?, email: String?, role: Role,
    isActive: Bool = true,
    passwordHash: String? = nil, at now: UnixTime
  ) throws -> User {
    let id = try id ?? nextID(of: organisation)
    try connection.run(
      """
      INSERT INTO user (organisation_id, id, name, email, role, active, password_hash, created_at, folded)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, organisation, id, name, email, role.rawValue, isActive, passwordHash, now,
      foldedName(name, email))
    return User(
      organisation: organisation, id: id, name: name, email: email, role: role, isActive: isActive,
      hasPassword: passwordHash != nil)
  }

  /// The id after the largest one that has a free successor: an import may have brought the largest of all,
  /// and before version 1.1 ids beyond it.
  private func nextID(of organisation: OrganisationID) throws -> UserID {
    try connection.value(
      """
      SELECT id + 1 FROM user WHERE organisation_id = ?1 AND id < ?2
        AND NOT EXISTS (SELECT 1 FROM user AS next WHERE next.organisation_id = ?1 AND next.id = user.id + 1)
      ORDER BY id DESC LIMIT 1
      """, organisation, Identifier.largest) ?? UserID(rawValue: 1)
  }

  /// One page of the organisation's users that the filter lets through and whose name and address hold all words of the
  /// text; and how many there are in all. They are found and ordered in an index; the owner comes before all others of a
  /// name or a role.
  ///
  /// - Parameter page: from 1.
  func page(
    _ page: Int, of size: Int, matching text: String, _ filter: UserFilter = UserFilter(),
    in organisation: OrganisationID
  ) throws -> (users: [UserListing], count: Int) {
    let offset = (page - 1) * size
    let words = SearchWords(text)
    let found: (ids: [Int64], count: Int)
    if words.isEmpty, filter == UserFilter() {
      let ids = try connection.all(
        """
        SELECT id FROM user WHERE organisation_id = ?
        ORDER BY role <> 'owner', folded, id LIMIT ? OFFSET ?
        """, organisation, size, offset
      ) { try $0["id"] as Int64 }
      let isAll = page == 1 && ids.count < size
      found = (
        ids,
        isAll
          ? ids.count
          : try connection.value("SELECT count(*) FROM user WHERE organisation_id = ?", organisation) ?? 0
      )
    } else {
      let all = try connection.all(
        """
        SELECT id FROM user
        WHERE organisation_id = ?1 AND (?2 = '' OR instr(folded, ?2)) AND (?3 = '[]' OR NOT EXISTS (
            SELECT 1 FROM json_each(?3) WHERE instr(folded, value) = 0))
          AND (?4 IS NULL OR role = ?4)
          AND (?5 IS NULL OR ?5 = CASE
            WHEN NOT active THEN 'disabled' WHEN password_hash IS NOT NULL THEN 'active'
            WHEN EXISTS (SELECT 1 FROM password_link
              WHERE password_link.organisation_id = user.organisation_id AND user_id = user.id
                AND purpose = 'invitation') THEN 'invited'
            ELSE 'uninvited' END)
        \(filter.order.sql)
        """, organisation, words.first, words.others, filter.role?.rawValue, filter.state?.rawValue
      ) { try $0["id"] as Int64 }
      found = (Array(all.dropFirst(offset).prefix(size)), all.count)
    }
    let users = try connection.all(
      """
      WITH invitation AS (
        SELECT user_id, max(iif(ended_at IS NULL, expires_at, NULL)) AS invited_until FROM password_link
        WHERE organisation_id = ?1 AND purpose = 'invitation' AND user_id IN (SELECT value FROM json_each(?2))
        GROUP BY user_id)
      SELECT user_account.*, NOT has_password AND user_id IS NOT NULL AS invited, invited_until
      FROM json_each(?2) AS place CROSS JOIN user_account
        ON user_account.organisation_id = ?1 AND user_account.id = place.value
      LEFT JOIN invitation ON user_id = user_account.id
      ORDER BY place.key
      """, organisation, "\(found.ids)"
    ) {
      UserListing(
        user: try User(row: $0), lastSeenAt: try $0["last_seen_at"], isInvited: try $0["invited"],
        invitedUntil: try $0["invited_until"])
    }
    return (users, found.count)
  }

  func setPasswordHash(_ hash: String?, of user: User) throws {
    try connection.run(
      "UPDATE user SET password_hash = ? WHERE organisation_id = ? AND id = ?",
      hash, user.organisation, user.id)
  }

  func setName(_ name: String, of user: User) throws {
    try connection.run(
      "UPDATE user SET name = ?, folded = ? WHERE organisation_id = ? AND id = ?", name,
      foldedName(name, user.email), user.organisation, user.id)
  }

  func setEmail(_ email: String, of user: User) throws {
    try connection.run(
      "UPDATE user SET email = ?, folded = ? WHERE organisation_id = ? AND id = ?", email,
      foldedName(user.name, email), user.organisation, user.id)
  }

  func setRole(_ role: Role, of user: User) throws {
    try connection.run(
      "UPDATE user SET role = ? WHERE organisation_id = ? AND id = ?",
      role.rawValue, user.organisation, user.id)
  }

  /// Stores role and state at once, so that an owner can be demoted and disabled together. Disabling ends all
  /// sessions and links of the user.
  func update(_ user: User, at now: UnixTime) throws {
    try connection.run(
      "UPDATE user SET role = ?, active = ? WHERE organisation_id = ? AND id = ?",
      user.role.rawValue, user.isActive, user.organisation, user.id)
    if !user.isActive {
      try connection.sessions.removeAll(of: user)
      try connection.passwordLinks.endAll(of: user, at: now)
      try connection.emailChanges.endAll(of: user, at: now)
    }
  }

  /// Sets the password, which ends all earlier sessions and links, and forgets the browsers.
  func replacePassword(of user: User, with hash: String, at now: UnixTime) throws {
    try setPasswordHash(hash, of: user)
    try connection.sessions.removeAll(of: user)
    try connection.passwordLinks.endAll(of: user, at: now)
    try connection.browsers.removeAll(of: user)
    try connection.emailChanges.endAll(of: user, at: now)
  }

  func setLastSeen(_ user: User, at now: UnixTime) throws {
    try connection.run(
      "UPDATE user SET last_seen_at = ? WHERE organisation_id = ? AND id = ?", now, user.organisation, user.id
    )
  }

  /// When the user was last active; nil before the first sign-in.
  func lastSeen(_ user: User) throws -> UnixTime? {
    try connection.value(
      "SELECT last_seen_at FROM user WHERE organisation_id = ? AND id = ?", user.organisation, user.id)
  }

  /// The user's current row; nil if the user is disabled.
  func active(_ user: User) throws -> User? {
    try find(user.id, of: user.organisation).flatMap { $0.isActive ? $0 : nil }
  }

  /// The user's current row; nil if the user is disabled or has another password by now than the one whose
  /// hash was verified.
  func active(_ user: User, withPassword verified: String) throws -> User? {
    try passwordHash(of: user) == verified ? active(user) : nil
  }

  /// The user's current row; nil if the user may no longer manage users.
  func manager(_ user: User) throws -> User? {
    try active(user).flatMap { $0.role.isAdmin ? $0 : nil }
  }

  /// Whether the user owns the organisation now, whatever was true when the page was opened.
  func owns(_ user: User) throws -> Bool {
    try owner(of: user.organisation)?.id == user.id
  }
}

extension Connection {
  var users: UserTable { UserTable(connection: self) }
}

extension User {
  init(row: Row) throws {
    let role: String = try row["role"]
    let name: String? = try row["name"]
    self.init(
      organisation: try row["organisation_id"], id: try row["id"], name: name.map(Name.stored),
      email: try row["email"], role: Role(rawValue: role) ?? .user, isActive: try row["active"],
      hasPassword: try row["has_password"], hasTwoStep: try row["has_two_step"])
  }
}

/// A user in a list of users.
struct UserListing: Sendable {
  let user: User
  /// When the user was last active; nil before the first sign-in.
  let lastSeenAt: UnixTime?
  /// Whether the user has been sent a link to set a first password and has not used it; it may have expired.
  let isInvited: Bool
  /// When the link expires, or has; nil where none was sent, or it was ended.
  let invitedUntil: UnixTime?
}

extension UserFilter.Order {
  fileprivate var sql: String {
    switch self {
    case .name: "ORDER BY role <> 'owner', folded, id"
    case .role: "ORDER BY role <> 'owner', role, folded, id"
    case .seen: "ORDER BY last_seen_at IS NULL, last_seen_at DESC, folded, id"
    }
  }
}
