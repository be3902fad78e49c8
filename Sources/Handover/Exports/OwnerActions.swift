import SQLite

// What an owner can do to an export. Each verb looks the export up through the owner's organisation and, in
// the same transaction, checks that the user still owns it and that the state allows the change.

extension Exports {
  enum ChangeOutcome: Sendable, Equatable {
    case done
    /// The organisation has no such export.
    case notFound
    /// The user no longer owns the organisation.
    case notOwner
    /// The export's state does not allow it.
    case refused(Export.Status)
    /// Another one of the same scope waits or runs.
    case busy(ExportID)
  }

  /// Stops an export that waits or runs. A run ends within two seconds and leaves no file.
  func cancel(_ id: ExportID, by user: User, from address: String) throws -> ChangeOutcome {
    let outcome = try change(id, by: user, in: [.queued, .processing]) { export, now, connection in
      try connection.exports.cancel(export, at: now)
      try connection.ownerRequests.waitAgain(for: id)
      try record(.exportCancelled, export, by: user.actor(from: address), at: now, in: connection)
      return .done
    }
    if outcome == .done {
      runs.cancel(id.rawValue)
      // The organisation's next one may be taken.
      queued.raise()
    }
    return outcome
  }

  /// Puts a failed export back into the queue, with all its tries.
  func retry(_ id: ExportID, by user: User, from address: String) throws -> ChangeOutcome {
    let outcome = try change(id, by: user, in: [.failed]) { export, now, connection in
      if let other = try connection.exports.open(of: user.organisation, export.scope) {
        return .busy(other)
      }
      try connection.exports.retry(export, at: now)
      try connection.ownerRequests.answer(by: id, export.scope, in: user.organisation, at: now)
      try record(.exportRetried, export, by: user.actor(from: address), at: now, in: connection)
      return .done
    }
    if outcome == .done { queued.raise() }
    return outcome
  }

  /// Ends a completed export before its time: its link stops working and its file is removed.
  func revoke(_ id: ExportID, by user: User, from address: String) throws -> ChangeOutcome {
    let outcome = try change(id, by: user, in: [.completed]) { export, now, connection in
      try connection.exports.revoke(export, at: now)
      try record(.exportRevoked, export, by: user.actor(from: address), at: now, in: connection)
      return .done
    }
    // If the process dies here, the next one's sweeper removes the file.
    if outcome == .done { folder.remove(id) }
    return outcome
  }

  /// Cancels the organisation's open exports and revokes its completed ones. Called in the transaction that
  /// gives the organisation another owner, or none; runs stop and files are removed right after the commit.
  func ownerChanged(
    of organisation: OrganisationID, by actor: Actor, in connection: Connection
  ) throws {
    let now = clock.now()
    for export in try connection.exports.open(of: organisation) {
      try connection.exports.cancel(export, at: now)
      try connection.ownerRequests.waitAgain(for: export.id)
      try record(.exportCancelled, export, by: actor, "the owner changed", at: now, in: connection)
    }
    for export in try connection.exports.completed(of: organisation) {
      try connection.exports.revoke(export, at: now)
      try record(.exportRevoked, export, by: actor, "the owner changed", at: now, in: connection)
    }
    // The new owner may try a failed one again, and hands it to nobody by that.
    try connection.exports.forgetRecipients(of: organisation)
    ended.raise()
  }

  private func change(
    _ id: ExportID, by user: User, in states: Set<Export.Status>,
    _ body: (Export, UnixTime, Connection) throws -> ChangeOutcome
  ) throws -> ChangeOutcome {
    try database.write { connection in
      guard try connection.users.owns(user) else { return .notOwner }
      guard let export = try connection.exports.find(id, of: user.organisation) else { return .notFound }
      guard states.contains(export.status) else { return .refused(export.status) }
      return try body(export, clock.now(), connection)
    }
  }
}
