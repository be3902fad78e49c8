import SQLite

/// The states of jobs, in the rows of exports, of imports and of documents on their way to a storage alike.
struct JobTable {
  let connection: Connection
  let kind: Kind

  /// The table of the rows.
  enum Kind: String, Sendable, CaseIterable {
    case export
    case `import`
    case sync

    /// The turns that the kind shares with others: what an organisation's documents take costs its exports none.
    fileprivate var lane: String { self == .sync ? "documents" : "records" }

    /// How many of an organisation run side by side.
    fileprivate var most: Int { self == .sync ? 2 : 1 }

    /// What a row that is queued may wait for, beside its turn: ?1 is now, and ?2 the end of the longest pause.
    fileprivate var isDue: String {
      switch self {
      case .export: ""
      case .import:
        "AND (step <> 'apply' OR before_export NOT IN (SELECT id FROM export WHERE ended_at IS NULL))"
      case .sync:
        """
        AND link_id IN (SELECT id FROM storage_link
          WHERE status = 'linked' AND (not_before <= ?1 OR not_before > ?2))
        """
      }
    }
  }

  /// The job to run next. One that would have to wait longer than the longest pause was postponed before the clock
  /// was set back, so it is due now. Nothing begins of an organisation that goes to another cell or comes from there.
  func next<ID: ColumnValue>(
    at now: UnixTime, longestPause: Duration, as _: ID.Type
  ) throws -> (ID, OrganisationID)? {
    try connection.first(
      """
      SELECT id, waiting.organisation_id FROM (
        SELECT organisation_id, min(number) AS first FROM \(kind.rawValue)
        WHERE status = 'queued' AND (not_before <= ?1 OR not_before > ?2) \(kind.isDue)
          AND organisation_id NOT IN (SELECT organisation_id FROM move WHERE state IN ('leaving', 'arriving'))
        GROUP BY organisation_id)
        AS waiting
      LEFT JOIN job_turn ON lane = ?3 AND job_turn.organisation_id = waiting.organisation_id
      JOIN \(kind.rawValue) ON number = first
      WHERE (SELECT count(*) FROM \(kind.rawValue) AS running
        WHERE running.status = 'processing' AND running.organisation_id = waiting.organisation_id) < ?4
      ORDER BY turn, first LIMIT 1
      """, now, now + longestPause, kind.lane, kind.most
    ) { (try $0["id"] as ID, try $0["organisation_id"]) }
  }

  /// Counts a turn of the organisation, and makes its job processing.
  func start(_ key: String, of organisation: OrganisationID, at now: UnixTime) throws {
    try connection.run(
      """
      UPDATE \(kind.rawValue) SET status = 'processing', attempt = attempt + 1, started_at = ?, reason = NULL
      WHERE id = ? AND status = 'queued'
      """, now, key)
    try connection.run(
      """
      INSERT INTO job_turn (lane, organisation_id, turn)
      VALUES (?1, ?2, (SELECT coalesce(max(turn), 0) + 1 FROM job_turn WHERE lane = ?1))
      ON CONFLICT (lane, organisation_id) DO UPDATE SET turn = excluded.turn
      """, kind.lane, organisation)
  }

  /// The organisations that have jobs waiting, the one whose turn is next first.
  func queue() throws -> Queue {
    Queue(
      try connection.all(
        """
        SELECT waiting.organisation_id, jobs FROM (
          SELECT organisation_id, count(*) AS jobs, min(number) AS first
          FROM \(kind.rawValue) WHERE status = 'queued' GROUP BY organisation_id) AS waiting
        LEFT JOIN job_turn ON lane = ? AND job_turn.organisation_id = waiting.organisation_id
        ORDER BY turn, first
        """, kind.lane
      ) { (try $0["organisation_id"], try $0["jobs"]) })
  }

  /// How many jobs are in each state.
  func states() throws -> [String: Int] {
    var counts: [String: Int] = [:]
    try connection.each("SELECT status, count(*) AS jobs FROM \(kind.rawValue) GROUP BY status") { row in
      let status: String = try row["status"]
      counts[status] = try row["jobs"]
    }
    return counts
  }

  /// How many wait, and since when the one could run that has waited longest.
  func waiting() throws -> (jobs: Int, since: UnixTime?) {
    try connection.first(
      "SELECT count(*) AS jobs, min(not_before) AS since FROM \(kind.rawValue) WHERE status = 'queued'"
    ) { (try $0["jobs"], try $0["since"]) } ?? (0, nil)
  }

  /// The current attempt of each job that is processing.
  func attempts() throws -> [String: Int] {
    var attempts: [String: Int] = [:]
    try connection.each("SELECT id, attempt FROM \(kind.rawValue) WHERE status = 'processing'") { row in
      let key: String = try row["id"]
      attempts[key] = try row["attempt"]
    }
    return attempts
  }

  /// Counts the failure and puts the job back into the queue.
  func postpone(_ job: some TakenJob, until notBefore: UnixTime, because reason: String) throws -> Bool {
    try connection.run(
      """
      UPDATE \(kind.rawValue) SET status = 'queued', failures = failures + 1, not_before = ?, reason = ?,
        started_at = NULL
      WHERE id = ? AND attempt = ? AND status = 'processing'
      """, notBefore, reason, job.key, job.attempt) == 1
  }

  /// Puts the job back into the queue as if it had not been taken.
  func requeue(_ job: some TakenJob, at now: UnixTime) throws -> Bool {
    try connection.run(
      """
      UPDATE \(kind.rawValue) SET status = 'queued', not_before = ?, started_at = NULL
      WHERE id = ? AND attempt = ? AND status = 'processing'
      """, now, job.key, job.attempt) == 1
  }

  func fail(_ job: some TakenJob, because reason: String, at now: UnixTime) throws -> Bool {
    try connection.run(
      """
      UPDATE \(kind.rawValue) SET status = 'failed', failures = failures + 1, reason = ?, ended_at = ?
      WHERE id = ? AND attempt = ? AND status = 'processing'
      """, reason, now, job.key, job.attempt) == 1
  }
}

extension Connection {
  func jobs(_ kind: JobTable.Kind) -> JobTable { JobTable(connection: self, kind: kind) }
}
