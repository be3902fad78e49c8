import SQLite

/// What single users' completed exports have left out.
struct LeftOutTable {
  let connection: Connection

  /// Nil for any other export, and for one that an earlier release made.
  func of(_ export: ExportID, in organisation: OrganisationID) throws -> LeftOut? {
    try connection.first(
      """
      SELECT left_out.* FROM export_left_out AS left_out JOIN export ON export.id = left_out.export_id
      WHERE organisation_id = ? AND export_id = ?
      """, organisation, export, read: LeftOut.init(row:))
  }

  func add(_ counts: LeftOut, of export: ExportID) throws {
    try connection.run(
      """
      INSERT INTO export_left_out (export_id, deals, notes, tasks, other_notes, other_tasks, unowned_deals,
        unowned_contacts)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """, export, counts.deals, counts.notes, counts.tasks, counts.otherNotes, counts.otherTasks,
      counts.unownedDeals, counts.unownedContacts)
  }
}

extension Connection {
  var leftOut: LeftOutTable { LeftOutTable(connection: self) }
}
