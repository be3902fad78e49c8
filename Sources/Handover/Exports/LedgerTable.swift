import SQLite

/// The ledgers of organisations: rows are added, and never changed.
struct LedgerTable {
  let connection: Connection

  /// What the next entry follows. Where somebody has removed rows, it goes on behind what was counted.
  func end(of organisation: OrganisationID) throws -> LedgerEnd {
    let counted = try count(of: organisation)
    let end = try connection.first(
      "SELECT number, head, seal FROM ledger WHERE organisation_id = ? ORDER BY number DESC LIMIT 1",
      organisation
    ) { row in
      LedgerEnd(
        organisation: organisation, number: max(counted, try row["number"]), head: try row["head"],
        seal: try row["seal"])
    }
    return end ?? LedgerEnd(organisation: organisation, number: counted)
  }

  /// Enters a completed export.
  ///
  /// - Throws: `LedgerMoved` where the entry is not the next one any more.
  func enter(_ entry: LedgerEntry, _ export: Export, _ report: ArchiveReport, at now: UnixTime) throws {
    guard entry.follows(try end(of: export.organisation)) else { throw LedgerMoved() }
    let head = entry.head
    let sha256 = report.digest
    let seal = LedgerEntry.seal(head: head, sha256: sha256, size: report.size, page: report.pageSHA256)
    try connection.run(
      """
      INSERT INTO ledger (organisation_id, number, export_id, entry, head, sha256, seal, entered_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """, export.organisation, entry.number, export.id, entry.text, head, sha256,
      seal, now)
    try connection.run(
      "UPDATE export SET ledger_number = ? WHERE organisation_id = ? AND id = ?", entry.number,
      export.organisation, export.id)
  }

  /// All rows, by their number.
  func rows(of organisation: OrganisationID) throws -> [LedgerRow] {
    try connection.all("SELECT * FROM ledger WHERE organisation_id = ? ORDER BY number", organisation) {
      row in
      LedgerRow(
        number: try row["number"], export: try row["export_id"], text: try row["entry"],
        head: try row["head"],
        sha256: try row["sha256"], seal: try row["seal"], enteredAt: try row["entered_at"])
    }
  }

  /// How many entries there must be.
  func count(of organisation: OrganisationID) throws -> Int {
    try connection.value("SELECT ledger_number FROM organisation WHERE id = ?", organisation) ?? 0
  }

  /// How many exports had been completed when the ledger began.
  func countBefore(of organisation: OrganisationID) throws -> Int {
    try connection.value("SELECT exports_before_ledger FROM organisation WHERE id = ?", organisation) ?? 0
  }

  /// The exports that have a ZIP's facts and no entry; and whether they say that they were completed before the ledger
  /// began. The time is nil where they say that they are not completed.
  func unentered(of organisation: OrganisationID) throws -> [(
    id: String, completedAt: UnixTime?, isBefore: Bool
  )] {
    try connection.all(
      """
      SELECT id, completed_at, coalesce(ledger_number, -1) = 0 AS is_before FROM export
      WHERE organisation_id = ? AND (completed_at IS NOT NULL OR sha256 IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM ledger WHERE export_id = export.id)
      ORDER BY number
      """, organisation
    ) { (try $0["id"], try $0["completed_at"], try $0["is_before"]) }
  }

  /// The completions in the audit trail of which the exports know nothing, or another time. It is written in the
  /// transaction that completes an export, and kept for years.
  func unknownCompletions(of organisation: OrganisationID) throws -> [(
    id: String, at: UnixTime, completedAt: UnixTime?
  )] {
    try connection.all(
      """
      SELECT subject, at, completed_at FROM activity
      LEFT JOIN export ON export.organisation_id = activity.organisation_id AND export.id = subject
      WHERE activity.organisation_id = ? AND subject <> '' AND what = ? AND completed_at IS NOT at
      ORDER BY activity.id
      """, organisation, Event.Kind.exportCompleted.rawValue
    ) { (try $0["subject"], try $0["at"], try $0["completed_at"]) }
  }

  /// The numbers of the entries of whose completion the audit trail knows nothing, though it goes back further.
  func unwitnessed(of organisation: OrganisationID) throws -> [Int] {
    try connection.all(
      """
      SELECT number FROM ledger
      WHERE organisation_id = ?1 AND entered_at > (SELECT min(at) FROM activity)
        AND NOT EXISTS (SELECT 1 FROM activity
          WHERE organisation_id = ?1 AND subject = export_id AND subject <> '' AND what = ?2)
      ORDER BY number
      """, organisation, Event.Kind.exportCompleted.rawValue
    ) { try $0["number"] }
  }

  /// Whose ledgers there are, though they themselves are not there.
  func strangers() throws -> [Int64] {
    try connection.all(
      """
      SELECT DISTINCT organisation_id FROM ledger
      WHERE organisation_id NOT IN (SELECT id FROM organisation) ORDER BY 1
      """
    ) { try $0["organisation_id"] }
  }
}

/// As it stands in the database, whoever has written it.
struct LedgerRow {
  let number: Int
  let export: ExportID
  let text: String
  let head: String
  let sha256: String
  let seal: String
  let enteredAt: UnixTime
}

/// The place that a run had in the ledger is another's by now; it is made again.
struct LedgerMoved: Error {}

extension Connection {
  var ledger: LedgerTable { LedgerTable(connection: self) }
}
