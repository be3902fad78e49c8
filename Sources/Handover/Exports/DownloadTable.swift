import SQLite

/// Which sessions have begun to download which exports.
struct DownloadTable {
  let connection: Connection

  /// Whether the session began to download the export that recently.
  func hasBegun(
    _ export: ExportID, by session: SessionID, within period: Duration, before now: UnixTime
  ) throws -> Bool {
    try connection.exists(
      """
      SELECT 1 FROM session_download
      WHERE session_id = ? AND export_id = ? AND began_at > ? AND began_at <= ?
      """, session, export, now - period, now)
  }

  /// Records that the session begins to download the export; nothing where the session has just ended.
  func begin(_ export: ExportID, by session: SessionID, at now: UnixTime) throws {
    try connection.run(
      """
      INSERT INTO session_download (session_id, export_id, began_at)
      SELECT id, ?2, ?3 FROM session WHERE id = ?1
      ON CONFLICT DO UPDATE SET began_at = excluded.began_at
      """, session, export, now)
  }
}

extension Connection {
  var downloads: DownloadTable { DownloadTable(connection: self) }
}
