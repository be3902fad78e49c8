import SQLite

/// Users' requests to their owner.
struct OwnerRequestTable {
  let connection: Connection

  /// At most `limit` of the requests that wait for the owner, oldest first.
  func waiting(of organisation: OrganisationID, limit: Int) throws -> [OwnerRequest] {
    try connection.all(
      """
      SELECT * FROM owner_request_with_user WHERE organisation_id = ? AND outcome = 'waiting'
      ORDER BY asked_at LIMIT ?
      """, organisation, limit, read: OwnerRequest.init(row:))
  }

  /// The last requests of one user, newest first.
  func last(of user: User, limit: Int) throws -> [OwnerRequest] {
    try connection.all(
      """
      SELECT * FROM owner_request_with_user WHERE organisation_id = ? AND id = ?
      ORDER BY asked_at DESC LIMIT ?
      """, user.organisation, user.id, limit, read: OwnerRequest.init(row:))
  }

  /// Those that an export answers, oldest first.
  func answered(by export: ExportID, of organisation: OrganisationID) throws -> [OwnerRequest] {
    try connection.all(
      """
      SELECT * FROM owner_request_with_user WHERE organisation_id = ? AND export_id = ? ORDER BY asked_at
      """, organisation, export, read: OwnerRequest.init(row:))
  }

  func find(_ id: OwnerRequestID, of organisation: OrganisationID) throws -> OwnerRequest? {
    try connection.first(
      "SELECT * FROM owner_request_with_user WHERE organisation_id = ? AND request_id = ?",
      organisation, id, read: OwnerRequest.init(row:))
  }

  func add(_ id: OwnerRequestID, of user: User, _ wish: OwnerRequest.Wish, message: String, at now: UnixTime)
    throws
  {
    try connection.run(
      """
      INSERT INTO owner_request (id, organisation_id, user_id, scope, message, asked_at, outcome)
      VALUES (?, ?, ?, ?, ?, ?, 'waiting')
      """, id, user.organisation, user.id, wish.rawValue, message, now)
  }

  func decline(_ id: OwnerRequestID, reply: String, at now: UnixTime) throws {
    try connection.run(
      """
      UPDATE owner_request SET outcome = 'declined', answered_at = ?, reply = ?
      WHERE id = ? AND outcome = 'waiting'
      """, now, reply, id)
  }

  /// Answers whatever waits for an export of that scope.
  ///
  /// - Parameter asker: whose requests; nil for everybody's.
  func answer(
    by export: ExportID, _ scope: Scope, of asker: UserID? = nil, in organisation: OrganisationID,
    at now: UnixTime
  ) throws {
    try connection.run(
      """
      UPDATE owner_request SET outcome = 'exported', answered_at = ?1, export_id = ?2
      WHERE organisation_id = ?3 AND outcome = 'waiting' AND scope = ?4
        AND (scope = 'organisation' OR user_id = ?5) AND (?6 IS NULL OR user_id = ?6)
      """, now, export, organisation, scope.word, scope.user, asker)
  }

  /// The export that was to answer them ended without a file: they wait again.
  func waitAgain(for export: ExportID) throws {
    try connection.run(
      "UPDATE owner_request SET outcome = 'waiting', answered_at = NULL, export_id = NULL WHERE export_id = ?",
      export)
  }

  /// Lets requests that are dated ahead of now count from now on for the pause until the next one.
  ///
  /// - Returns: how many there were.
  func countFromNow(_ now: UnixTime) throws -> Int {
    try connection.run(
      "UPDATE owner_request SET counted_at = ?1 WHERE coalesce(counted_at, asked_at) > ?1", now)
  }

  func removeOld(at now: UnixTime) throws {
    try connection.run("DELETE FROM owner_request WHERE asked_at <= ?", now - OwnerRequest.kept)
  }

  /// When the user can ask again; nil for now.
  func nextAsk(of user: User, at now: UnixTime) throws -> UnixTime? {
    let last: UnixTime? = try connection.value(
      "SELECT max(coalesce(counted_at, asked_at)) FROM owner_request WHERE organisation_id = ? AND user_id = ?",
      user.organisation, user.id)
    guard let last else { return nil }
    let next = min(last, now) + OwnerRequest.pause
    return next > now ? next : nil
  }
}

extension Connection {
  var ownerRequests: OwnerRequestTable { OwnerRequestTable(connection: self) }
}

extension OwnerRequest {
  fileprivate init(row: Row) throws {
    let outcome: String = try row["outcome"]
    let wish: String = try row["scope"]
    let export: ExportID? = try row["export_id"]
    self.init(
      id: try row["request_id"], user: try User(row: row), wish: Wish(rawValue: wish) ?? .user,
      message: try row["message"], askedAt: try row["asked_at"],
      outcome: Outcome(rawValue: outcome) ?? .waiting, answeredAt: try row["answered_at"],
      reply: try row["reply"], answer: try export.map { try Answer(export: $0, row: row) })
  }
}

extension OwnerRequest.Answer {
  fileprivate init(export: ExportID, row: Row) throws {
    let status: String = try row["export_status"]
    guard let status = Export.Status(rawValue: status) else {
      throw HandoverError("an export has the state '\(status)', which this program does not know")
    }
    self.init(
      export: export, status: status, isForAsker: try row["is_for_asker"], isInHand: try row["is_in_hand"])
  }
}
