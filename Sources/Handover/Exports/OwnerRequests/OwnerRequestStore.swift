import SQLite

extension Connection {
  /// The requests that wait for the owner, oldest first.
  package func waitingRequests(of organisation: OrganisationID) throws -> [OwnerRequest] {
    try all(
      """
      SELECT owner_request.id AS request_id, message, asked_at, outcome, answered_at, user.organisation_id,
        user.id, name, email, role, active, password_hash IS NOT NULL AS has_password
      FROM owner_request
      JOIN user ON user.organisation_id = owner_request.organisation_id AND user.id = user_id
      WHERE owner_request.organisation_id = ? AND outcome = 'waiting' ORDER BY asked_at
      """, organisation, read: OwnerRequest.init(row:))
  }

  /// The last requests of one user, newest first.
  package func requests(of user: User, limit: Int) throws -> [OwnerRequest] {
    try all(
      """
      SELECT owner_request.id AS request_id, message, asked_at, outcome, answered_at, user.organisation_id,
        user.id, name, email, role, active, password_hash IS NOT NULL AS has_password
      FROM owner_request
      JOIN user ON user.organisation_id = owner_request.organisation_id AND user.id = user_id
      WHERE owner_request.organisation_id = ? AND user_id = ? ORDER BY asked_at DESC LIMIT ?
      """, user.organisation, user.id, limit, read: OwnerRequest.init(row:))
  }

  package func request(_ id: OwnerRequestID, of organisation: OrganisationID) throws -> OwnerRequest? {
    try first(
      """
      SELECT owner_request.id AS request_id, message, asked_at, outcome, answered_at, user.organisation_id,
        user.id, name, email, role, active, password_hash IS NOT NULL AS has_password
      FROM owner_request
      JOIN user ON user.organisation_id = owner_request.organisation_id AND user.id = user_id
      WHERE owner_request.organisation_id = ? AND owner_request.id = ?
      """, organisation, id, read: OwnerRequest.init(row:))
  }

  func addRequest(_ id: OwnerRequestID, of user: User, message: String, at now: UnixTime) throws {
    try run(
      """
      INSERT INTO owner_request (id, organisation_id, user_id, message, asked_at, outcome)
      VALUES (?, ?, ?, ?, ?, 'waiting')
      """, id, user.organisation, user.id, message, now)
  }

  func answerRequest(_ id: OwnerRequestID, _ outcome: OwnerRequest.Outcome, at now: UnixTime) throws {
    try run(
      "UPDATE owner_request SET outcome = ?, answered_at = ? WHERE id = ? AND outcome = 'waiting'",
      outcome.rawValue, now, id)
  }

  /// Ends the requests of one user, whose data the owner exports.
  func answerRequests(of user: UserID, in organisation: OrganisationID, at now: UnixTime) throws {
    try run(
      """
      UPDATE owner_request SET outcome = 'exported', answered_at = ?
      WHERE organisation_id = ? AND user_id = ? AND outcome = 'waiting'
      """, now, organisation, user)
  }
}

extension OwnerRequest {
  fileprivate init(row: Row) throws {
    let outcome: String = try row["outcome"]
    self.init(
      id: try row["request_id"], user: try User(row: row), message: try row["message"],
      askedAt: try row["asked_at"], outcome: Outcome(rawValue: outcome) ?? .waiting,
      answeredAt: try row["answered_at"])
  }
}
