import SQLite

extension Exports {
  /// To be called in the transaction in which an organisation gets another owner, or none: what the former
  /// one has waiting or running is cancelled, what is completed is revoked. Runs stop and files go right
  /// after the commit.
  package func ownerChanged(
    of organisation: OrganisationID, by actor: Actor, in connection: Connection
  ) throws {
    let now = clock.now()
    for export in try connection.openExports(of: organisation) {
      try connection.cancelExport(export, at: now)
      try record(.exportCancelled, export, by: actor, "the owner changed", at: now, in: connection)
    }
    for export in try connection.completedExports(of: organisation) {
      try connection.revokeExport(export, at: now)
      try record(.exportRevoked, export, by: actor, "the owner changed", at: now, in: connection)
    }
    ended.raise()
  }
}

extension Connection {
  fileprivate func completedExports(of organisation: OrganisationID) throws -> [Export] {
    try all(
      "SELECT * FROM export_with_names WHERE organisation_id = ? AND status = 'completed' ORDER BY number",
      organisation, read: Export.init(row:))
  }
}
