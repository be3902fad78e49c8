import SQLite
import System

/// The exports and the files of their archives.
struct ExportTable {
  let connection: Connection

  func find(_ id: ExportID, of organisation: OrganisationID) throws -> Export? {
    try connection.first(
      "SELECT * FROM export_with_names WHERE organisation_id = ? AND id = ?", organisation, id,
      read: Export.init(row:))
  }

  /// The organisation's exports that wait or run, the next to be done first: 'processing' comes before
  /// 'queued'.
  func open(of organisation: OrganisationID, offset: Int = 0, limit: Int = .max) throws -> [Export] {
    try connection.all(
      """
      SELECT * FROM export_with_names WHERE organisation_id = ? AND ended_at IS NULL ORDER BY status, number
      LIMIT ? OFFSET ?
      """, organisation, limit, offset, read: Export.init(row:))
  }

  /// A page of the others, newest first. Each row also has its number of downloads.
  ///
  /// - Parameter ids: those among which to look; nil for all.
  func ended(
    of organisation: OrganisationID, among ids: [ExportID]? = nil, offset: Int, limit: Int,
    known: EndedExport.Known
  ) throws -> [EndedExport] {
    try connection.all(
      """
      SELECT ended.*, (SELECT sum(times) FROM activity
        WHERE activity.organisation_id = ?1 AND subject = ended.id AND subject <> '' AND what = ?2) AS downloads
      FROM export_with_names AS ended WHERE organisation_id = ?1 AND ended_at IS NOT NULL
        AND (?5 IS NULL OR ended.id IN (SELECT value FROM json_each(?5)))
      ORDER BY number DESC LIMIT ?3 OFFSET ?4
      """, organisation, Event.Kind.exportDownloaded.rawValue, limit, offset, ids?.json
    ) { row in
      try known.value(for: row.contents) {
        let export = try Export(row: row)
        return EndedExport(export, lastDownload: try connection.downloads.last(of: export))
      }
    }
  }

  /// The one of that scope which waits or runs; the schema allows one at most.
  func open(of organisation: OrganisationID, _ scope: Scope) throws -> ExportID? {
    // With the scope as a parameter, SQLite would prepare the statement again for each value, since the index
    // depends on it.
    switch scope {
    case .organisation:
      try connection.value(
        "SELECT id FROM export WHERE organisation_id = ? AND ended_at IS NULL AND scope = 'organisation'",
        organisation)
    case .user(let user):
      try connection.value(
        """
        SELECT id FROM export
        WHERE organisation_id = ? AND ended_at IS NULL AND scope = 'user' AND subject_id = ?
        """, organisation, user)
    case .contact(let contact):
      try connection.value(
        """
        SELECT id FROM export
        WHERE organisation_id = ? AND ended_at IS NULL AND scope = 'contact' AND contact_id = ?
        """, organisation, contact)
    }
  }

  /// The last one of that scope that was requested after the other; nil where none was.
  func newest(of organisation: OrganisationID, after other: ExportID, _ scope: Scope) throws -> ExportID? {
    try connection.value(
      """
      SELECT id FROM export
      WHERE organisation_id = ?1 AND scope = ?3 AND subject_id IS ?4 AND contact_id IS ?5
        AND number > (SELECT number FROM export WHERE organisation_id = ?1 AND id = ?2)
      ORDER BY number DESC LIMIT 1
      """, organisation, other, scope.word, scope.user, scope.contact)
  }

  /// The CSV files of completed exports.
  func files(
    of exports: [ExportID], in organisation: OrganisationID
  ) throws -> [ExportID: [ArchivedFile]] {
    var files: [ExportID: [ArchivedFile]] = [:]
    try connection.each(
      """
      SELECT export_id, name, rows, bytes, crc32 FROM export_file WHERE export_id IN (
        SELECT export.id FROM json_each(?) CROSS JOIN export ON export.id = value WHERE organisation_id = ?)
      ORDER BY export_id, position
      """, exports.json, organisation
    ) { row in
      let export: ExportID = try row["export_id"]
      let name: String = try row["name"]
      let rows: Int = try row["rows"]
      let bytes: Int = try row["bytes"]
      let crc32: Int64 = try row["crc32"]
      files[export, default: []].append(
        ArchivedFile(name: name, rows: rows, bytes: bytes, crc32: UInt32(truncatingIfNeeded: crc32)))
    }
    return files
  }

  /// Lets exports that are dated ahead of now count from now on: for the daily limit, and for how long link and
  /// file live. What was signed stays as it is, and so does what people read of when it was asked for.
  ///
  /// - Returns: how many there were.
  func countFromNow(_ now: UnixTime) throws -> Int {
    try connection.run(
      "UPDATE export SET counted_at = ?1 WHERE coalesce(counted_at, requested_at) > ?1", now)
      + connection.run(
        """
        UPDATE export SET ends_at = ?2
        WHERE status = 'completed' AND completed_at > ?1 AND coalesce(ends_at, expires_at) > ?2
        """, now, now + Export.lifetime)
  }

  /// When an export counted first for the daily limit, if that was after the time.
  ///
  /// - Parameter place: of the export among the organisation's, from 1 for the newest.
  func requestTime(
    ofExport place: Int, of organisation: OrganisationID, after time: UnixTime
  ) throws -> UnixTime? {
    try connection.value(
      """
      SELECT coalesce(counted_at, requested_at) FROM export
      WHERE organisation_id = ? AND coalesce(counted_at, requested_at) > ?
      ORDER BY coalesce(counted_at, requested_at) DESC LIMIT 1 OFFSET ?
      """, organisation, time, place - 1)
  }

  /// How many of the organisation's exports run.
  func running(of organisation: OrganisationID) throws -> Int {
    try connection.value(
      """
      SELECT count(*) FROM export WHERE organisation_id = ? AND ended_at IS NULL AND status = 'processing'
      """, organisation) ?? 0
  }

  func processing() throws -> [Export] {
    try connection.all(
      "SELECT * FROM export_with_names WHERE status = 'processing' ORDER BY number", read: Export.init(row:))
  }

  func completed() throws -> [Export] {
    try connection.all(
      "SELECT * FROM export_with_names WHERE status = 'completed' ORDER BY number", read: Export.init(row:))
  }

  func completed(expiringBy time: UnixTime) throws -> [Export] {
    try connection.all(
      """
      SELECT * FROM export_with_names
      WHERE status = 'completed' AND coalesce(ends_at, expires_at) <= ? ORDER BY number
      """, time, read: Export.init(row:))
  }

  func unwarned(expiringBy time: UnixTime) throws -> [Export] {
    try connection.all(
      """
      SELECT * FROM export_with_names
      WHERE status = 'completed' AND warned_at IS NULL AND coalesce(ends_at, expires_at) <= ? ORDER BY number
      """, time, read: Export.init(row:))
  }

  func completed(of organisation: OrganisationID) throws -> [Export] {
    try connection.all(
      "SELECT * FROM export_with_names WHERE organisation_id = ? AND status = 'completed' ORDER BY number",
      organisation, read: Export.init(row:))
  }

  /// How long a million rows took in the organisation's last five exports; nil where there are none with
  /// rows.
  func durationOfMillionRows(of organisation: OrganisationID) throws -> Duration? {
    let milliseconds: Int? = try connection.value(
      """
      SELECT sum(milliseconds) * 1000000 / sum(rows) FROM (SELECT milliseconds, rows FROM export
        WHERE organisation_id = ? AND rows > 0 AND documents = 0 ORDER BY number DESC LIMIT 5)
      """, organisation)
    return milliseconds.map { .milliseconds($0) }
  }

  /// How long the last export of the same scope took.
  func lastDuration(of export: Export) throws -> Duration? {
    let milliseconds: Int? = try connection.value(
      """
      SELECT milliseconds FROM export
      WHERE organisation_id = ? AND scope = ? AND subject_id IS ? AND contact_id IS ? AND documents = ?
        AND format = ? AND milliseconds IS NOT NULL
      ORDER BY number DESC LIMIT 1
      """, export.organisation, export.scope.word, export.scope.user, export.scope.contact,
      export.withDocuments, export.format)
    return milliseconds.map { .milliseconds($0) }
  }

  /// About how large an export's ZIP will be: half as much again as the last one of the same scope, or, where
  /// there was none, by the records of the organisation; and the documents, which don't compress.
  func expectedSize(of export: Export) throws -> Int {
    let last: Int? = try connection.value(
      """
      SELECT size FROM export
      WHERE organisation_id = ? AND scope = ? AND subject_id IS ? AND contact_id IS ? AND documents = 0
        AND format = ? AND milliseconds IS NOT NULL
      ORDER BY number DESC LIMIT 1
      """, export.organisation, export.scope.word, export.scope.user, export.scope.contact,
      export.format)
    let documents =
      export.withDocuments
      ? try Snapshot(of: export.organisation, in: export.scope, connection).documentCounts().bytes : 0
    // A workbook grows beside the archive before it is put into it.
    if let last {
      let size = last.adding(saturating: last / 2)
      return size.adding(saturating: export.format.hasWorkbook ? size : 0).adding(saturating: documents)
    }
    return
      (try connection.counts.cached(of: export.organisation).organisation.rows
      * ExportFolder.bytesPerRecord
      * ((export.format.hasTables ? 1 : 0) + (export.format.hasWorkbook ? 2 : 0)))
      .adding(saturating: documents)
  }

  /// A contact keeps the name that it has now; without one its address, or its id.
  func add(
    _ id: ExportID, of organisation: OrganisationID, _ scope: Scope, for purpose: String = "",
    withDocuments: Bool = false, format: ArchiveFormat = .csv, handTo: UserID? = nil, by user: UserID,
    at now: UnixTime
  ) throws {
    try connection.run(
      """
      INSERT INTO export (id, organisation_id, scope, subject_id, contact_id, contact_name, purpose, hand_to,
        requested_by, requested_at, status, not_before, documents,
        format)
      VALUES (?1, ?2, ?3, ?4, ?5,
        (SELECT substr(coalesce(nullif(trim(full_name), ''), nullif(trim(email), ''), 'C-' || contact_id), 1, 200)
          FROM contact
          WHERE edition_id = (SELECT edition_id FROM organisation WHERE id = ?2) AND contact_id = ?5), ?6, ?7, ?8, ?9, 'queued', ?9, ?10, ?11)
      """, id, organisation, scope.word, scope.user, scope.contact, purpose, handTo, user, now, withDocuments,
      format)
  }

  func complete(
    _ run: ExportJob, _ report: ArchiveReport, after duration: Duration, keyID: String, at now: UnixTime
  ) throws -> Bool {
    let rows = report.files.rows
    let isCurrent =
      try connection.run(
        """
        UPDATE export SET status = 'completed', ended_at = ?, completed_at = ?, expires_at = ?,
          snapshot_at = ?, rows = ?, size = ?, sha256 = ?, milliseconds = ?, key_id = ?, documents_text = ?,
          page_sha256 = ?, workbook_bytes = ?, cut_texts = ?
        WHERE id = ? AND attempt = ? AND status = 'processing'
        """, now, now, now + Export.lifetime, report.snapshotAt, rows, report.size, report.sha256,
        Int(duration.milliseconds), keyID, report.documents?.text, report.pageSHA256,
        report.workbook?.bytes, report.workbook?.cutCells, run.export.id, run.attempt)
      == 1
    guard isCurrent else { return false }
    for (position, file) in report.files.enumerated() {
      try connection.run(
        "INSERT INTO export_file (export_id, position, name, rows, bytes, crc32) VALUES (?, ?, ?, ?, ?, ?)",
        run.export.id, position, file.name, file.rows, file.bytes, Int64(file.crc32))
    }
    if let leftOut = report.leftOut { try connection.leftOut.add(leftOut, of: run.export.id) }
    return true
  }

  func retry(_ export: Export, at now: UnixTime) throws {
    try connection.run(
      """
      UPDATE export SET status = 'queued', failures = 0, not_before = ?, reason = NULL, started_at = NULL,
        ended_at = NULL
      WHERE id = ? AND status = 'failed'
      """, now, export.id)
  }

  func cancel(_ export: Export, at now: UnixTime) throws {
    try connection.run(
      "UPDATE export SET status = 'cancelled', ended_at = ? WHERE id = ? AND ended_at IS NULL", now, export.id
    )
  }

  /// What is not completed will be handed to nobody.
  func forgetRecipients(of organisation: OrganisationID) throws {
    try connection.run(
      """
      UPDATE export SET hand_to = NULL
      WHERE organisation_id = ? AND completed_at IS NULL AND hand_to IS NOT NULL
      """, organisation)
  }

  func revoke(_ export: Export, at now: UnixTime) throws {
    try connection.run(
      "UPDATE export SET status = 'revoked', ended_at = ? WHERE id = ? AND status = 'completed'", now,
      export.id)
  }

  /// - Parameter reason: why it expires early; nil if it does not.
  func expire(_ export: Export, because reason: String?, at now: UnixTime) throws {
    try connection.run(
      "UPDATE export SET status = 'expired', reason = ?, ended_at = ? WHERE id = ? AND status = 'completed'",
      reason, now, export.id)
  }

  func markWarned(_ export: Export, at now: UnixTime) throws {
    try connection.run("UPDATE export SET warned_at = ? WHERE id = ?", now, export.id)
  }
}

/// An export that has ended: one object for as long as its row in the database, with the number of its
/// downloads, stays the same. So comparing two objects compares the rows.
final class EndedExport: Sendable, Hashable {
  /// What earlier reads have decoded, found by the row's cells.
  typealias Known = Cache<RowContents, EndedExport>

  let export: Export
  /// The newest line of its downloads.
  let lastDownload: Event?

  fileprivate init(_ export: Export, lastDownload: Event?) {
    self.export = export
    self.lastDownload = lastDownload
  }

  static func == (left: EndedExport, right: EndedExport) -> Bool { left === right }

  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Connection {
  var exports: ExportTable { ExportTable(connection: self) }
}

extension [ExportID] {
  /// As SQLite's json_each takes a list.
  var json: String {
    var json = "["
    for id in self {
      json += json.utf8.count == 1 ? "\"" : ",\""
      json += id.rawValue
      json += "\""
    }
    return json + "]"
  }
}

extension Export {
  /// In the order of the view's columns, in which a row finds them fastest.
  init(row: Row) throws {
    let id: ExportID = try row["id"]
    let organisation: OrganisationID = try row["organisation_id"]
    let scope: String = try row["scope"]
    let subjectID: UserID? = try row["subject_id"]
    let contactID: ContactID? = try row["contact_id"]
    let contactName: String? = try row["contact_name"]
    let purpose: String = try row["purpose"]
    let recipientID: UserID? = try row["hand_to"]
    let requesterID: UserID = try row["requested_by"]
    let requestedAt: UnixTime = try row["requested_at"]
    let status: String = try row["status"]
    guard let status = Status(rawValue: status) else {
      throw HandoverError("an export has the status '\(status)', which this program does not know")
    }
    let attempt: Int = try row["attempt"]
    let failures: Int = try row["failures"]
    let notBefore: UnixTime = try row["not_before"]
    let startedAt: UnixTime? = try row["started_at"]
    let endedAt: UnixTime? = try row["ended_at"]
    let reason: String? = try row["reason"]
    var archive = try Archive(row: row)
    let requester = Person(
      id: requesterID, name: Name.stored(try row["requested_by_name"]),
      isActive: try row["requested_by_active"])
    let subject = try subjectID.map {
      Person(id: $0, name: Name.stored(try row["subject_name"]), isActive: try row["subject_active"])
    }
    let recipient = try recipientID.map {
      Person(id: $0, name: Name.stored(try row["hand_to_name"]), isActive: try row["hand_to_active"])
    }
    let withDocuments: Bool = try row["documents"]
    let format: ArchiveFormat = try row["format"]
    if let number: Int = try row["ledger_number"], let head: String = try row["ledger_head"] {
      archive?.entry = Archive.Entry(number: number, head: head)
    }
    if let bytes: Int = try row["workbook_bytes"], let cutTexts: Int = try row["cut_texts"] {
      archive?.workbook = .init(bytes: bytes, cutTexts: cutTexts)
    }
    self.init(
      id: id, organisation: organisation, scope: try Scope(scope, subjectID, contactID), subject: subject,
      contactName: contactName, purpose: purpose, withDocuments: withDocuments, format: format,
      handTo: recipient, requestedBy: requester,
      requestedAt: requestedAt, status: status, attempt: attempt,
      failures: failures, notBefore: notBefore, startedAt: startedAt, endedAt: endedAt, reason: reason,
      archive: archive)
  }
}

extension Scope {
  fileprivate init(_ word: String, _ user: UserID?, _ contact: ContactID?) throws {
    self = user.map { .user($0) } ?? contact.map { .contact($0) } ?? .organisation
    guard self.word == word else {
      throw HandoverError("an export has the scope '\(word)', which this program does not know")
    }
  }
}

extension Export.Archive {
  /// Nil where the export has never been completed.
  fileprivate init?(row: Row) throws {
    guard let completedAt: UnixTime = try row["completed_at"] else { return nil }
    let signedUntil: UnixTime = try row["expires_at"]
    self.init(
      snapshotAt: try row["snapshot_at"], rows: try row["rows"], size: try row["size"],
      sha256: try row["sha256"], keyID: try row["key_id"], completedAt: completedAt,
      signedUntil: signedUntil, expiresAt: try row["ends_at"] ?? signedUntil,
      documents: try row["documents_text"], pageSHA256: try row["page_sha256"])
  }
}
