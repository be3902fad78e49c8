import SQLite

/// The downloads of exports, and which sessions have begun one.
struct DownloadTable {
  let connection: Connection

  func receipts(of export: Export) throws -> Receipts {
    let (organisation, id) = (export.organisation, export.id.rawValue)
    return Receipts(
      newest: try connection.activity.events(
        of: organisation, about: id, .exportDownloaded, limit: Receipts.shown),
      count: try connection.activity.times(of: organisation, about: id, .exportDownloaded))
  }

  /// Whether the user has begun to download the export.
  func exists(of export: Export, by user: UserID) throws -> Bool {
    try connection.exists(
      """
      SELECT 1 FROM activity
      WHERE organisation_id = ? AND subject = ? AND subject <> '' AND what = ? AND user_id = ?
      """, export.organisation, export.id, Event.Kind.exportDownloaded.rawValue, user)
  }

  /// The newest line of the export's downloads; nil where there was none.
  func last(of export: Export) throws -> Event? {
    if export.archive == nil { return nil }
    return try connection.activity.events(
      of: export.organisation, about: export.id.rawValue, .exportDownloaded, limit: 1
    ).first
  }

  /// Whether the session began to download the export that recently.
  func hasBegun(
    _ export: ExportID, by session: SessionID, within period: Duration, before now: UnixTime
  ) throws -> Bool {
    try connection.exists(
      """
      SELECT 1 FROM session_download
      WHERE session_id = ? AND export_id = ? AND began_at > ?
      """, session, export, now - period)
  }

  /// Lets what was begun ahead of now count from now on.
  ///
  /// - Returns: how much there was.
  func countFromNow(_ now: UnixTime) throws -> Int {
    try connection.run("UPDATE session_download SET began_at = ?1 WHERE began_at > ?1", now)
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

/// What is left of the downloads of an export: a line for each hour in which a user began some, whole or in parts,
/// and for each of the network addresses.
struct Receipts: Sendable {
  /// The newest lines, newest first: who, when, from where, how often, and as `detail` how much.
  let newest: [Event]
  /// How many downloads there were in all.
  let count: Int

  /// How many lines a row shows; Activity has all.
  static let shown = 5

  static let none = Receipts(newest: [], count: 0)

  /// How many downloads there were beside those of the newest lines.
  var others: Int { count - newest.reduce(0) { $0 + $1.times } }
}

extension Connection {
  var downloads: DownloadTable { DownloadTable(connection: self) }
}
