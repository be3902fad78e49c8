import SQLite

extension Exports {
  /// To be called in the transaction in which an organisation gets another owner, or none: what the former
  /// one has waiting or running is cancelled, what is completed is revoked. Runs stop and files go right
  /// after the commit.
  func ownerChanged(
    of organisation: OrganisationID, by actor: Actor, in connection: Connection
  ) throws {
    let now = clock.now()
    for export in try connection.exports.open(of: organisation) {
      try connection.exports.cancel(export, at: now)
      try record(.exportCancelled, export, by: actor, "the owner changed", at: now, in: connection)
    }
    for export in try connection.exports.completed(of: organisation) {
      try connection.exports.revoke(export, at: now)
      try record(.exportRevoked, export, by: actor, "the owner changed", at: now, in: connection)
    }
    ended.raise()
  }
}
