import SQLite

/// Which organisations go from this cell to another one, or come from there, and have.
///
/// An organisation that goes is `leaving` until nothing of it runs any more, and has `left` from the commit on that takes
/// its rows away: that commit decides. At the other cell it is `arriving` until then, though all of its rows are there. Once
/// the directory says where it is, it has `arrived` there, and is `gone` from here.
struct Move: Sendable, Equatable {
  enum State: String, Sendable {
    case leaving, left, gone, arriving, arrived
  }

  let organisation: OrganisationID
  let state: State
  /// The other cell.
  let cell: String
  let since: UnixTime

  /// How long its records are kept where it has been.
  static let kept = Duration.days(1)

  /// How long what leads to it is kept there: an invitation is good for a week.
  static let led = Duration.days(8)
}

struct MoveTable {
  let connection: Connection

  func find(_ id: OrganisationID) throws -> Move? {
    try connection.first("SELECT * FROM move WHERE organisation_id = ?", id, read: Move.init(row:))
  }

  /// What is not at its end.
  func open() throws -> [Move] {
    try connection.all(
      "SELECT * FROM move WHERE state IN ('leaving', 'left', 'arriving') ORDER BY organisation_id",
      read: Move.init(row:))
  }

  func set(_ id: OrganisationID, _ state: Move.State, cell: String, at now: UnixTime) throws {
    try connection.run(
      """
      INSERT INTO move (organisation_id, state, cell, since) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT (organisation_id) DO UPDATE SET state = ?2, cell = ?3, since = ?4
      """, id, state.rawValue, cell, now)
  }

  /// Forgets that it was to go, or to come, where that is what is known of it.
  ///
  /// - Returns: whether it was.
  func remove(_ id: OrganisationID, in state: Move.State) throws -> Bool {
    guard try find(id)?.state == state else { return false }
    try connection.run("DELETE FROM forwarding WHERE organisation_id = ?", id)
    return try connection.run("DELETE FROM move WHERE organisation_id = ?", id) > 0
  }

  /// To which organisations have gone, the last one first.
  func cells() throws -> [String] {
    try connection.all(
      "SELECT cell FROM move WHERE state IN ('left', 'gone') GROUP BY cell ORDER BY max(since) DESC"
    ) { try $0["cell"] }
  }

  /// Whether its rows are at another cell.
  func hasLeft(_ id: OrganisationID) throws -> Bool {
    try connection.exists("SELECT 1 FROM move WHERE organisation_id = ? AND state IN ('left', 'gone')", id)
  }

  /// How many exports, imports and documents on their way to a storage are being worked on.
  func running(of id: OrganisationID) throws -> Int {
    try connection.value(
      """
      SELECT (SELECT count(*) FROM export WHERE organisation_id = ?1 AND status = 'processing')
        + (SELECT count(*) FROM import WHERE organisation_id = ?1 AND status = 'processing')
        + (SELECT count(*) FROM sync WHERE organisation_id = ?1 AND status = 'processing')
      """, id) ?? 0
  }

  /// Notes the sessions and mailed links of an organisation that leaves, and the addresses that it is known by.
  func forward(_ id: OrganisationID, addresses marks: [[UInt8]]) throws {
    for table in ["session", "password_link", "email_change", "told_change"] {
      try connection.run(
        """
        INSERT OR REPLACE INTO forwarding (mark, organisation_id)
          SELECT token_hash, organisation_id FROM \(table) WHERE organisation_id = ?
        """, id)
    }
    for mark in marks {
      try connection.run("INSERT OR REPLACE INTO forwarding (mark, organisation_id) VALUES (?, ?)", mark, id)
    }
  }

  /// The cell at which the organisation is that the session, the link or the address was of: it has gone there, or comes
  /// from there and is not here yet.
  ///
  /// - Parameter isHandedOn: whether that cell may have said that it is here now.
  func cell(of mark: [UInt8], isHandedOn: Bool) throws -> String? {
    try connection.value(
      """
      SELECT cell FROM forwarding JOIN move USING (organisation_id)
      WHERE mark = ?1 AND (state IN ('left', 'gone') OR state = 'arriving' AND NOT (?2 AND EXISTS
        (SELECT 1 FROM user WHERE user.organisation_id = move.organisation_id)))
      """, mark, isHandedOn)
  }

  /// Forgets what leads to those that have gone when every session and link of then has ended.
  func forgetWays(at now: UnixTime) throws {
    try connection.run(
      """
      DELETE FROM forwarding WHERE organisation_id IN (
        SELECT organisation_id FROM move WHERE state IN ('leaving', 'arrived') OR since <= ?)
      """, now - Move.led)
  }

  /// Those that have gone long enough ago, of which there are still records here, and no e-mail that waits.
  func overdue(at now: UnixTime) throws -> [OrganisationID] {
    try connection.all(
      """
      SELECT organisation_id FROM move JOIN organisation ON organisation.id = organisation_id
      WHERE state = 'gone' AND since <= ? AND NOT EXISTS (SELECT 1 FROM letter
        WHERE letter.organisation_id = move.organisation_id AND sent_at IS NULL AND given_up_at IS NULL)
      """, now - Move.kept
    ) { try $0["organisation_id"] }
  }
}

extension Move {
  fileprivate init(row: Row) throws {
    let state: String = try row["state"]
    self.init(
      organisation: try row["organisation_id"], state: State(rawValue: state) ?? .leaving,
      cell: try row["cell"], since: try row["since"])
  }
}

extension Connection {
  var moves: MoveTable { MoveTable(connection: self) }
}
