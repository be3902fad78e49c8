import SQLite

extension Connection {
  package func export(_ id: ExportID, of organisation: OrganisationID) throws -> Export? {
    try first(
      "SELECT * FROM export_with_names WHERE organisation_id = ? AND id = ?", organisation, id,
      read: Export.init(row:))
  }

  /// The organisation's exports that wait or run, the next to be done first: 'processing' comes before 'queued'.
  package func openExports(of organisation: OrganisationID) throws -> [Export] {
    try all(
      """
      SELECT * FROM export_with_names WHERE organisation_id = ? AND ended_at IS NULL ORDER BY status, number
      """, organisation, read: Export.init(row:))
  }

  /// So many of the others, newest first, from an offset on. Beside the export a row has its number of downloads.
  func endedExports<T>(
    of organisation: OrganisationID, offset: Int, limit: Int, read: (Row) throws -> T
  ) throws -> [T] {
    try all(
      """
      SELECT ended.*, (SELECT count(*) FROM activity
        WHERE activity.organisation_id = ?1 AND subject = ended.id AND subject <> '' AND what = ?2) AS downloads
      FROM export_with_names AS ended WHERE organisation_id = ?1 AND ended_at IS NOT NULL
      ORDER BY number DESC LIMIT ?3 OFFSET ?4
      """, organisation, Event.Kind.exportDownloaded.rawValue, limit, offset, read: read)
  }

  /// The one of that scope which waits or runs; the schema sees to it that there is one at most.
  package func openExport(of organisation: OrganisationID, _ scope: Scope) throws -> ExportID? {
    // With the scope as a parameter SQLite would prepare the statement for each value anew: indexes depend on it.
    switch scope {
    case .organisation:
      try value(
        "SELECT id FROM export WHERE organisation_id = ? AND ended_at IS NULL AND scope = 'organisation'",
        organisation)
    case .user(let user):
      try value(
        """
        SELECT id FROM export
        WHERE organisation_id = ? AND ended_at IS NULL AND scope = 'user' AND subject_id = ?
        """, organisation, user)
    }
  }

  /// The CSV files of completed exports.
  package func files(
    of exports: [ExportID], in organisation: OrganisationID
  ) throws -> [ExportID: [ArchiveReport.File]] {
    var files: [ExportID: [ArchiveReport.File]] = [:]
    try each(
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
        ArchiveReport.File(name: name, rows: rows, bytes: bytes, crc32: UInt32(truncatingIfNeeded: crc32)))
    }
    return files
  }

  /// When the oldest of the organisation's last so many exports was asked for, if that was after the time.
  func requestTime(
    ofExport place: Int, of organisation: OrganisationID, after time: UnixTime
  ) throws -> UnixTime? {
    try value(
      """
      SELECT requested_at FROM export WHERE organisation_id = ? AND requested_at > ?
      ORDER BY requested_at DESC LIMIT 1 OFFSET ?
      """, organisation, time, place - 1)
  }
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

extension Scope {
  /// As the database says it.
  var word: String { self == .organisation ? "organisation" : "user" }

  var subject: UserID? {
    if case .user(let id) = self { id } else { nil }
  }
}

extension Export {
  /// In the order of the view's columns, in which a row finds them fastest.
  init(row: Row) throws {
    let id: ExportID = try row["id"]
    let organisation: OrganisationID = try row["organisation_id"]
    let subjectID: UserID? = try row["subject_id"]
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
    let archive = try Archive(row: row)
    let requester = Person(
      id: requesterID, name: try row["requested_by_name"], isActive: try row["requested_by_active"])
    let subject = try subjectID.map {
      Person(id: $0, name: try row["subject_name"], isActive: try row["subject_active"])
    }
    self.init(
      id: id, organisation: organisation, scope: subjectID.map { .user($0) } ?? .organisation,
      subject: subject, requestedBy: requester, requestedAt: requestedAt, status: status, attempt: attempt,
      failures: failures, notBefore: notBefore, startedAt: startedAt, endedAt: endedAt, reason: reason,
      archive: archive)
  }
}

extension Export.Archive {
  /// Nil where the export has never been completed.
  fileprivate init?(row: Row) throws {
    guard let completedAt: UnixTime = try row["completed_at"] else { return nil }
    self.init(
      snapshotAt: try row["snapshot_at"], rows: try row["rows"], size: try row["size"],
      sha256: try row["sha256"], keyID: try row["key_id"], completedAt: completedAt,
      expiresAt: try row["expires_at"])
  }
}
