import Foundation
import SQLite

/// The imports.
struct ImportTable {
  let connection: Connection

  func find(_ id: ImportID, of organisation: OrganisationID) throws -> Import? {
    try connection.first(
      "SELECT * FROM import_with_names WHERE organisation_id = ? AND id = ?", organisation, id,
      read: Import.init(row:))
  }

  /// The newest ones, newest first.
  func all(of organisation: OrganisationID, offset: Int = 0, limit: Int) throws -> [Import] {
    try connection.all(
      "SELECT * FROM import_with_names WHERE organisation_id = ? ORDER BY number DESC LIMIT ? OFFSET ?",
      organisation, limit, offset, read: Import.init(row:))
  }

  func count(of organisation: OrganisationID) throws -> Int {
    try connection.value("SELECT count(*) FROM import WHERE organisation_id = ?", organisation) ?? 0
  }

  /// How many of the organisation have files that wait for somebody.
  func waiting(of organisation: OrganisationID) throws -> Int {
    try connection.value(
      "SELECT count(*) FROM import WHERE organisation_id = ? AND status IN ('uploaded', 'ready')",
      organisation) ?? 0
  }

  /// The one of the organisation that waits for its turn or runs; the schema allows one at most.
  func running(of organisation: OrganisationID) throws -> ImportID? {
    try connection.value(
      "SELECT id FROM import WHERE organisation_id = ? AND status IN ('queued', 'processing')", organisation)
  }

  /// Those of the organisation that have not ended.
  func open(of organisation: OrganisationID) throws -> [Import] {
    try connection.all(
      "SELECT * FROM import_with_names WHERE organisation_id = ? AND ended_at IS NULL ORDER BY number",
      organisation, read: Import.init(row:))
  }

  /// Those of all organisations that run, in this process or in another one.
  func processing() throws -> [Import] {
    try connection.all(
      "SELECT * FROM import_with_names WHERE status = 'processing' ORDER BY number", read: Import.init(row:))
  }

  /// Those whose files have been kept for long enough, since nobody has gone on with them.
  func left(since time: UnixTime) throws -> [Import] {
    try connection.all(
      """
      SELECT * FROM import_with_names
      WHERE status IN ('uploaded', 'ready') AND since <= ? ORDER BY number
      """, time, read: Import.init(row:))
  }

  /// Every import that still needs files: those that it was brought, or its difference.
  func needingFolders(at now: UnixTime) throws -> [Import] {
    try connection.all(
      """
      SELECT * FROM import_with_names
      WHERE status IN ('uploaded', 'queued', 'processing', 'ready')
        OR status = 'failed' AND requested_by IS NOT NULL AND since > ? OR status = 'completed' AND can_undo
      """, now - Import.lifetime, read: Import.init(row:))
  }

  /// - Parameters:
  ///   - user: nil for the operator.
  ///   - status: `uploaded`; `processing` for one that its own process runs at once.
  func add(
    _ id: ImportID, of organisation: OrganisationID, files: String, size: Int,
    _ choice: ImportChoice = ImportChoice(), by user: UserID?, as status: Import.Status = .uploaded,
    at now: UnixTime
  ) throws {
    let isRunning = status == .processing
    try connection.run(
      """
      INSERT INTO import (id, organisation_id, requested_by, requested_at, files, size, mapping, keeps_missing,
        allowed_removals, status, step, since, attempt, not_before, started_at)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'compare', ?4, ?11, ?4, iif(?11, ?4, NULL))
      """, id, organisation, user, now, TextLimit.subject.cut(files), size, choice.mapping,
      choice.keepsMissing,
      choice.allowedRemovals, status.rawValue, isRunning ? 1 : 0)
  }

  /// Has it compared, or compared again by another choice.
  func queueComparison(_ id: ImportID, _ choice: ImportChoice, at now: UnixTime) throws {
    try connection.run(
      """
      UPDATE import SET status = 'queued', step = 'compare', since = ?2, not_before = ?2, failures = 0,
        mapping = ?3, keeps_missing = ?4, allowed_removals = ?5, started_at = NULL, ended_at = NULL,
        reason = NULL, problems = NULL, report = NULL,
        confirmed_at = NULL
      WHERE id = ?1 AND status IN ('uploaded', 'ready', 'failed')
      """, id, now, choice.mapping, choice.keepsMissing, choice.allowedRemovals)
  }

  /// Has it applied once the export of how it was before is completed.
  func confirm(_ id: ImportID, after before: ExportID, at now: UnixTime) throws {
    try connection.run(
      """
      UPDATE import SET status = 'queued', step = 'apply', since = ?2, not_before = ?2, failures = 0,
        started_at = NULL, ended_at = NULL, reason = NULL, confirmed_at = ?2, before_export = ?3
      WHERE id = ?1 AND (status = 'ready' OR status = 'failed' AND step = 'apply')
      """, id, now, before)
  }

  func queueUndo(_ id: ImportID, at now: UnixTime) throws {
    try connection.run(
      """
      UPDATE import SET status = 'queued', step = 'undo', since = ?2, not_before = ?2, failures = 0,
        started_at = NULL, ended_at = NULL, reason = NULL
      WHERE id = ?1 AND status = 'completed'
      """, id, now)
  }

  /// One whose undoing is cancelled or fails is completed as before.
  ///
  /// - Parameter reason: for the owner; nil where the owner has cancelled it.
  func cancel(_ id: ImportID, because reason: String?, at now: UnixTime) throws {
    try connection.run(
      """
      UPDATE import SET status = iif(step = 'undo', 'completed', 'cancelled'), since = ?2, ended_at = ?2,
        reason = ?3
      WHERE id = ?1 AND (ended_at IS NULL OR status = 'failed')
      """, id, now, reason)
  }

  /// Puts one off that can't be run for a moment, so that others of the queue get on.
  func wait(_ id: ImportID, until time: UnixTime) throws {
    try connection.run("UPDATE import SET not_before = ? WHERE id = ? AND status = 'queued'", time, id)
  }

  /// The operator's was compared, and is applied at once.
  func proceed(_ run: ImportJob, _ report: ImportReport, at now: UnixTime) throws -> Bool {
    try connection.run(
      """
      UPDATE import SET step = 'apply', confirmed_at = ?, report = ?
      WHERE id = ? AND attempt = ? AND status = 'processing' AND step IN ('compare', 'apply')
      """, now, try Self.encoded(report), run.key, run.attempt) == 1
  }

  /// It was compared: its preview waits for Confirm.
  ///
  /// - Parameter reason: what the owner is told of one that had been confirmed before.
  func ready(
    _ run: ImportJob, _ report: ImportReport, again reason: String, at now: UnixTime
  ) throws -> Bool {
    try connection.run(
      """
      UPDATE import SET status = 'ready', since = ?, report = ?, reason = iif(confirmed_at IS NULL, NULL, ?),
        confirmed_at = NULL
      WHERE id = ? AND attempt = ? AND status = 'processing' AND step = 'compare'
      """, now, try Self.encoded(report), reason, run.key, run.attempt) == 1
  }

  /// The change is visible from the commit on. The one that was applied before can't be undone any more.
  func complete(_ run: ImportJob, at now: UnixTime) throws -> Bool {
    try connection.run(
      "UPDATE import SET can_undo = 0 WHERE organisation_id = ? AND can_undo", run.found.organisation)
    return try connection.run(
      """
      UPDATE import SET status = 'completed', ended_at = ?1, applied_at = ?1, can_undo = 1
      WHERE id = ?2 AND attempt = ?3 AND status = 'processing' AND step = 'apply'
      """, now, run.key, run.attempt) == 1
  }

  func undo(_ run: ImportJob, at now: UnixTime) throws -> Bool {
    try connection.run(
      """
      UPDATE import SET status = 'undone', ended_at = ?1, undone_at = ?1, can_undo = 0
      WHERE id = ?2 AND attempt = ?3 AND status = 'processing' AND step = 'undo'
      """, now, run.key, run.attempt) == 1
  }

  /// The records are no longer those that were compared: it is compared again, and confirmed again.
  func compareAgain(_ run: ImportJob, at now: UnixTime) throws -> Bool {
    try connection.run(
      """
      UPDATE import SET status = 'queued', step = 'compare', not_before = ?1, started_at = NULL, failures = 0,
        before_export = NULL
      WHERE id = ?2 AND attempt = ?3 AND status = 'processing' AND step = 'apply'
      """, now, run.key, run.attempt) == 1
  }

  /// The undoing has failed for good: it is completed, as before.
  func keep(_ run: ImportJob, because reason: String, at now: UnixTime) throws -> Bool {
    try connection.run(
      """
      UPDATE import SET status = 'completed', ended_at = ?, reason = ?
      WHERE id = ? AND attempt = ? AND status = 'processing' AND step = 'undo'
      """, now, reason, run.key, run.attempt) == 1
  }

  /// What is wrong with the files of one that failed.
  func note(_ problems: [FileProblem], of run: ImportJob, at now: UnixTime) throws {
    try connection.run(
      "UPDATE import SET problems = ?, since = ? WHERE id = ?",
      problems.isEmpty ? nil : try Self.encoded(problems), now, run.key)
  }

  /// Lets imports that are dated ahead of now be kept from now on.
  ///
  /// - Returns: how many there were.
  func countFromNow(_ now: UnixTime) throws -> Int {
    try connection.run("UPDATE import SET since = ?1 WHERE since > ?1", now)
  }

  private static func encoded(_ part: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(part), as: UTF8.self)
  }
}

extension Connection {
  var imports: ImportTable { ImportTable(connection: self) }
}

extension Row {
  subscript(_ name: String) -> ImportID { get throws { ImportID(rawValue: try self[name]) } }

  fileprivate subscript(_ name: String) -> ExportID? {
    get throws {
      let value: String? = try self[name]
      return value.map(ExportID.init(rawValue:))
    }
  }
}

extension Import {
  fileprivate init(row: Row) throws {
    let status: String = try row["status"]
    let step: String = try row["step"]
    guard let status = Status(rawValue: status), let step = Step(rawValue: step) else {
      throw HandoverError("an import has the status '\(status) \(step)', which this program does not know")
    }
    let requesterID: UserID? = try row["requested_by"]
    let requester = try requesterID.map {
      Person(
        id: $0, name: Name.stored(try row["requested_by_name"]), isActive: try row["requested_by_active"])
    }
    self.init(
      id: try row["id"], number: try row["number"], organisation: try row["organisation_id"],
      requestedBy: requester, requestedAt: try row["requested_at"], files: try row["files"],
      size: try row["size"],
      choice: ImportChoice(
        mapping: try row["mapping"], keepsMissing: try row["keeps_missing"],
        allowedRemovals: try row["allowed_removals"]),
      status: status, step: step, since: try row["since"], attempt: try row["attempt"],
      failures: try row["failures"], notBefore: try row["not_before"], startedAt: try row["started_at"],
      endedAt: try row["ended_at"], reason: try row["reason"],
      problems: Self.decoded(try row["problems"]) ?? [], report: Self.decoded(try row["report"]),
      before: try row["before_export"], confirmedAt: try row["confirmed_at"],
      appliedAt: try row["applied_at"], undoneAt: try row["undone_at"], canUndo: try row["can_undo"])
  }

  /// What another version wrote, and this one can't read, is left out.
  private static func decoded<Part: Decodable>(_ json: String?) -> Part? {
    json.flatMap { try? JSONDecoder().decode(Part.self, from: Data($0.utf8)) }
  }
}
