import SQLite

// Every change of an export's row, each a statement that says from which states it may be made and tells
// whether it was. A run's changes are conditional on its attempt besides: a run that was given up changes
// nothing.

extension Connection {
  func addExport(
    _ id: ExportID, of organisation: OrganisationID, _ scope: Scope, by user: UserID, at now: UnixTime
  ) throws {
    try run(
      """
      INSERT INTO export
        (id, organisation_id, scope, subject_id, requested_by, requested_at, status, not_before)
      VALUES (?, ?, ?, ?, ?, ?, 'queued', ?)
      """, id, organisation, scope.word, scope.subject, user, now, now)
  }

  func startExport(_ id: ExportID, at now: UnixTime) throws {
    try run(
      """
      UPDATE export SET status = 'processing', attempt = attempt + 1, started_at = ?, reason = NULL
      WHERE id = ? AND status = 'queued'
      """, now, id)
  }

  /// Counts the failure and puts the export back into the queue.
  func queueAgain(
    _ run: ExportJob, notBefore: UnixTime, because reason: String
  ) throws -> Bool {
    try self.run(
      """
      UPDATE export SET status = 'queued', failures = failures + 1, not_before = ?, reason = ?,
        started_at = NULL
      WHERE id = ? AND attempt = ? AND status = 'processing'
      """, notBefore, reason, run.export.id, run.attempt) == 1
  }

  /// Puts the export back into the queue as if it had not been taken.
  func handBack(_ run: ExportJob, at now: UnixTime) throws -> Bool {
    try self.run(
      """
      UPDATE export SET status = 'queued', not_before = ?, started_at = NULL
      WHERE id = ? AND attempt = ? AND status = 'processing'
      """, now, run.export.id, run.attempt) == 1
  }

  func failExport(_ run: ExportJob, because reason: String, at now: UnixTime) throws -> Bool {
    try self.run(
      """
      UPDATE export SET status = 'failed', failures = failures + 1, reason = ?, ended_at = ?
      WHERE id = ? AND attempt = ? AND status = 'processing'
      """, reason, now, run.export.id, run.attempt) == 1
  }

  func completeExport(
    _ run: ExportJob, _ report: ArchiveReport, milliseconds: Int, keyID: String, at now: UnixTime
  ) throws -> Bool {
    let rows = report.files.reduce(0) { $0 + $1.rows }
    let isCurrent =
      try self.run(
        """
        UPDATE export SET status = 'completed', ended_at = ?, completed_at = ?, expires_at = ?,
          snapshot_at = ?, rows = ?, size = ?, sha256 = ?, milliseconds = ?, key_id = ?
        WHERE id = ? AND attempt = ? AND status = 'processing'
        """, now, now, now + Export.lifetime, report.snapshotAt, rows, report.size, report.sha256,
        milliseconds,
        keyID, run.export.id, run.attempt) == 1
    guard isCurrent else { return false }
    for (position, file) in report.files.enumerated() {
      try self.run(
        "INSERT INTO export_file (export_id, position, name, rows, bytes, crc32) VALUES (?, ?, ?, ?, ?, ?)",
        run.export.id, position, file.name, file.rows, file.bytes, Int64(file.crc32))
    }
    return true
  }

  func retryExport(_ export: Export, at now: UnixTime) throws {
    try run(
      """
      UPDATE export SET status = 'queued', failures = 0, not_before = ?, reason = NULL, started_at = NULL,
        ended_at = NULL
      WHERE id = ? AND status = 'failed'
      """, now, export.id)
  }

  func cancelExport(_ export: Export, at now: UnixTime) throws {
    try run(
      "UPDATE export SET status = 'cancelled', ended_at = ? WHERE id = ? AND ended_at IS NULL", now, export.id
    )
  }

  func revokeExport(_ export: Export, at now: UnixTime) throws {
    try run(
      "UPDATE export SET status = 'revoked', ended_at = ? WHERE id = ? AND status = 'completed'", now,
      export.id)
  }

  /// - Parameter reason: why before its time, if it is.
  func expireExport(_ export: Export, because reason: String?, at now: UnixTime) throws {
    try run(
      "UPDATE export SET status = 'expired', reason = ?, ended_at = ? WHERE id = ? AND status = 'completed'",
      reason, now, export.id)
  }

  func markWarned(_ export: Export, at now: UnixTime) throws {
    try run("UPDATE export SET warned_at = ? WHERE id = ?", now, export.id)
  }
}
