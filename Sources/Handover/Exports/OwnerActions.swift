import SQLite

// What an owner does to an export that is there. Each looks the export up through the owner's organisation,
// and in the same transaction checks that the user still owns it, that the state allows the change, and makes
// it.

extension Exports {
  /// Stops an export that waits or runs. A run ends within two seconds, and leaves no file.
  func cancel(_ id: ExportID, by user: User, from address: String) throws -> ChangeOutcome {
    let outcome = try change(id, by: user, in: [.queued, .processing]) { export, now, connection in
      try connection.exports.cancel(export, at: now)
      try record(.exportCancelled, export, by: user.actor(from: address), at: now, in: connection)
      return .done
    }
    if outcome == .done {
      runs.cancel(id)
      // The organisation's next one may be taken.
      queued.raise()
    }
    return outcome
  }

  /// Puts a failed export back into the queue, with all its tries.
  func retry(_ id: ExportID, by user: User, from address: String) throws -> ChangeOutcome {
    let outcome = try change(id, by: user, in: [.failed]) { export, now, connection in
      if let other = try connection.exports.open(of: user.organisation, export.scope) {
        return .alreadyRunning(other)
      }
      try connection.exports.retry(export, at: now)
      try record(.exportRetried, export, by: user.actor(from: address), at: now, in: connection)
      return .done
    }
    if outcome == .done { queued.raise() }
    return outcome
  }

  /// Takes the link and the file of a completed export away.
  func revoke(_ id: ExportID, by user: User, from address: String) throws -> ChangeOutcome {
    let outcome = try change(id, by: user, in: [.completed]) { export, now, connection in
      try connection.exports.revoke(export, at: now)
      try record(.exportRevoked, export, by: user.actor(from: address), at: now, in: connection)
      return .done
    }
    // Were the process to die here, the sweeper of the next one would remove it.
    if outcome == .done { folder.remove(id) }
    return outcome
  }

  private func change(
    _ id: ExportID, by user: User, in states: Set<Export.Status>,
    _ body: (Export, UnixTime, Connection) throws -> ChangeOutcome
  ) throws -> ChangeOutcome {
    try database.write { connection in
      guard try connection.users.owns(user) else { return .notOwner }
      guard let export = try connection.exports.find(id, of: user.organisation) else { return .notFound }
      guard states.contains(export.status) else { return .stateDoesNotAllow(export.status) }
      return try body(export, clock.now(), connection)
    }
  }
}
