import SQLite
import Secrets

/// Who beside the owner is told of exports, and the links by which addresses agree to it.
struct ToldTable {
  let connection: Connection

  func current(of organisation: OrganisationID) throws -> Told {
    let told = try connection.first("SELECT email FROM told WHERE organisation_id = ?", organisation) { row in
      (try row["email"] as String?).map(Told.address) ?? .admins
    }
    return told ?? .nobody
  }

  func set(_ told: Told, of organisation: OrganisationID, at now: UnixTime) throws {
    if told == .nobody {
      try connection.run("DELETE FROM told WHERE organisation_id = ?", organisation)
      return
    }
    try connection.run(
      """
      INSERT INTO told (organisation_id, email, since) VALUES (?1, ?2, ?3)
      ON CONFLICT DO UPDATE SET email = excluded.email, since = excluded.since
      """, organisation, told.email, now)
  }

  /// Whom a letter reaches that tells of an export.
  func recipients(of organisation: OrganisationID) throws -> [Recipient] {
    switch try current(of: organisation) {
    case .nobody: []
    case .admins: try admins(of: organisation)
    case .address(let email): [Recipient(name: email, email: email)]
    }
  }

  /// The admins who can be told; the owner, who is told anyway, is none of them.
  func admins(of organisation: OrganisationID) throws -> [Recipient] {
    try connection.all(
      "SELECT * FROM user_account WHERE organisation_id = ? AND role = 'admin' AND active ORDER BY id",
      organisation, read: User.init(row:)
    ).compactMap(\.recipient)
  }

  /// The change with that token, valid or not.
  func change(token: String) throws -> ToldChange? {
    try connection.first(
      """
      SELECT told_change.*, name FROM told_change JOIN organisation ON organisation.id = organisation_id
      WHERE token_hash = ?
      """, TokenHash(of: token).bytes, read: ToldChange.init(row:))
  }

  /// The change whose link is on its way; nil where there is none that is still good.
  func waiting(of organisation: OrganisationID, at now: UnixTime) throws -> ToldChange? {
    try connection.first(
      """
      SELECT told_change.*, name FROM told_change JOIN organisation ON organisation.id = organisation_id
      WHERE organisation_id = ? AND ended_at IS NULL AND expires_at > ? AND asked_by =
        (SELECT id FROM user WHERE user.organisation_id = told_change.organisation_id AND role = 'owner')
      """, organisation, now, read: ToldChange.init(row:))
  }

  /// The owner who wants the change; nil where its link is no longer good.
  func owner(behind change: ToldChange, at now: UnixTime) throws -> User? {
    guard change.isGood(at: now), let owner = try connection.users.owner(of: change.organisation),
      owner.id == change.askedBy
    else { return nil }
    return owner
  }

  func addChange(token: String, to email: String, by owner: User, at now: UnixTime) throws {
    try connection.run("DELETE FROM told_change WHERE expires_at <= ?", now - PasswordLink.kept)
    try connection.run(
      """
      INSERT INTO told_change (token_hash, organisation_id, email, asked_by, created_at, expires_at)
      VALUES (?, ?, ?, ?, ?, ?)
      """, TokenHash(of: token).bytes, owner.organisation, email, owner.id, now, now + ToldChange.lifetime)
  }

  /// Ends whatever the organisation has open.
  func endChanges(of organisation: OrganisationID, at now: UnixTime) throws {
    try connection.run(
      "UPDATE told_change SET ended_at = ? WHERE organisation_id = ? AND ended_at IS NULL", now, organisation)
  }

  /// Lets links that are dated ahead of now count from now on: they end the earlier for it.
  ///
  /// - Returns: how many there were.
  func countFromNow(_ now: UnixTime) throws -> Int {
    try connection.run(
      "UPDATE told_change SET created_at = ?1, expires_at = expires_at - (created_at - ?1) WHERE created_at > ?1",
      now)
  }

  /// How long until the organisation may send another of these mails, and the address may get one; nil where both may
  /// now.
  func wait(for organisation: OrganisationID, _ email: String, at now: UnixTime) throws -> Duration? {
    let (sent, received) = (
      try connection.all(
        """
        SELECT created_at FROM told_change
        WHERE organisation_id = ? AND created_at > ? ORDER BY created_at DESC LIMIT ?
        """, organisation, now - ToldChange.period, ToldChange.most
      ) { try $0["created_at"] as UnixTime },
      try connection.all(
        """
        SELECT created_at FROM told_change
        WHERE email = ? COLLATE NOCASE AND created_at > ? ORDER BY created_at DESC LIMIT ?
        """, email, now - ToldChange.period, ToldChange.most
      ) { try $0["created_at"] as UnixTime }
    )
    return [sent, received].filter { $0.count == ToldChange.most }.compactMap(\.last).max()
      .map { min($0, now) + ToldChange.period - now }
  }
}

extension Connection {
  var told: ToldTable { ToldTable(connection: self) }
}

extension ToldChange {
  fileprivate init(row: Row) throws {
    self.init(
      organisation: try row["organisation_id"], organisationName: Name.stored(try row["name"]),
      email: try row["email"], askedBy: try row["asked_by"], expiresAt: try row["expires_at"],
      endedAt: try row["ended_at"])
  }
}
