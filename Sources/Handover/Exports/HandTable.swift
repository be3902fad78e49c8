import SQLite

/// The exports in the hands of users.
struct HandTable {
  let connection: Connection

  /// The hand in which the export is; nil where that user hasn't got it.
  func open(of export: Export, _ user: UserID) throws -> Hand? {
    try connection.first(
      """
      SELECT * FROM export_hand_with_names
      WHERE export_id = ? AND organisation_id = ? AND user_id = ? AND ended_at IS NULL
      """, export.id, export.organisation, user, read: Hand.init(row:))
  }

  /// The newest hand of that user in which the export is or was.
  func last(of export: Export, _ user: UserID) throws -> Hand? {
    try all(of: export).last { $0.user.id == user }
  }

  func find(_ id: HandID, of organisation: OrganisationID) throws -> Hand? {
    try connection.first(
      "SELECT * FROM export_hand_with_names WHERE id = ? AND organisation_id = ?", id, organisation,
      read: Hand.init(row:))
  }

  /// All hands in which an export is or was, in the order in which they began.
  func all(of export: Export) throws -> [Hand] {
    try of([export.id], in: export.organisation)[export.id] ?? []
  }

  /// The hands of several exports of an organisation, those of each in the order in which they began.
  func of(_ exports: [ExportID], in organisation: OrganisationID) throws -> [ExportID: [Hand]] {
    let hands = try connection.all(
      """
      SELECT hand.* FROM json_each(?) CROSS JOIN export_hand_with_names AS hand ON hand.export_id = value
      WHERE organisation_id = ? ORDER BY handed_at, user_id
      """, exports.json, organisation, read: Hand.init(row:))
    return Dictionary(grouping: hands, by: \.export)
  }

  /// What the user has or had in hand, newest first.
  func received(by user: User, limit: Int) throws -> [(hand: Hand, export: Export)] {
    let hands = try connection.all(
      """
      SELECT * FROM export_hand_with_names WHERE organisation_id = ? AND user_id = ?
      ORDER BY handed_at DESC, id LIMIT ?
      """, user.organisation, user.id, limit, read: Hand.init(row:))
    return try hands.compactMap { hand in
      try connection.exports.find(hand.export, of: user.organisation).map { (hand, $0) }
    }
  }

  func add(_ id: HandID, _ export: Export, to user: UserID, by owner: UserID, at now: UnixTime) throws {
    try connection.run(
      """
      INSERT INTO export_hand (id, organisation_id, export_id, user_id, handed_by, handed_at)
      VALUES (?, ?, ?, ?, ?, ?)
      """, id, export.organisation, export.id, user, owner, now)
  }

  /// - Parameter user: who took it back; nil where the recipient was disabled.
  func end(_ hand: Hand, by user: UserID?, at now: UnixTime) throws {
    try connection.run(
      "UPDATE export_hand SET ended_at = ?, ended_by = ? WHERE id = ? AND ended_at IS NULL", now, user,
      hand.id)
  }
}

extension Connection {
  var hands: HandTable { HandTable(connection: self) }
}

extension Hand {
  fileprivate init(row: Row) throws {
    self.init(
      id: try row["id"], export: try row["export_id"],
      user: .init(
        id: try row["user_id"], name: Name.stored(try row["user_name"]), isActive: try row["user_active"]),
      by: .init(
        id: try row["handed_by"], name: Name.stored(try row["handed_by_name"]),
        isActive: try row["handed_by_active"]),
      handedAt: try row["handed_at"], endedAt: try row["ended_at"], downloadedAt: try row["downloaded_at"])
  }
}
