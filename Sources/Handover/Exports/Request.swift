import SQLite
import Secrets

/// What came of asking for an export.
enum RequestOutcome: Sendable, Equatable {
  case requested(ExportID)
  /// The one of the same scope that waits or runs.
  case alreadyRunning(ExportID)
  /// There is no such user in the organisation.
  case unknownUser
  /// So many exports were asked for in the last 24 hours; the next one is possible after so many seconds.
  case tooMany(limit: Int, retryAfter: Int64)
  /// The user does not own the organisation any more.
  case notOwner
}

extension Exports {
  /// Queues an export, and tells the owner.
  ///
  /// - Parameter address: the network address that it was asked for from.
  func request(_ scope: Scope, by user: User, from address: String) throws -> RequestOutcome {
    let id = ExportID(rawValue: hex(randomness.bytes(16)))
    let outcome = try database.write { connection in
      let now = clock.now()
      if let refusal = try refusal(of: scope, by: user, at: now, in: connection) {
        if case .tooMany = refusal {
          try connection.activity.record(
            Event(
              .exportRefused, of: user.organisation, by: user.actor(from: address),
              detail: "more than \(perDay) in 24 hours", at: now))
        }
        return refusal
      }
      try connection.exports.add(id, of: user.organisation, scope, by: user.id, at: now)
      if let subject = scope.subject {
        try connection.ownerRequests.answerAll(of: subject, in: user.organisation, at: now)
      }
      guard let export = try connection.exports.find(id, of: user.organisation) else { return .unknownUser }
      try record(.exportRequested, export, by: user.actor(from: address), at: now, in: connection)
      try tellOwner(of: export, at: now, in: connection) { ExportRequested(to: $0, export: export) }
      return .requested(id)
    }
    if outcome == .requested(id) {
      queued.raise()
      log.info("export.requested", ["id": id.rawValue, "organisation": "\(user.organisation.rawValue)"])
    }
    return outcome
  }

  /// In one write transaction with the row that is added, so that of twenty clicks at once one gets through;
  /// the schema would refuse the others as well.
  private func refusal(
    of scope: Scope, by user: User, at now: UnixTime, in connection: Connection
  ) throws -> RequestOutcome? {
    guard try connection.users.owns(user) else { return .notOwner }
    if let running = try connection.exports.open(of: user.organisation, scope) {
      return .alreadyRunning(running)
    }
    if let subject = scope.subject, try connection.users.find(subject, of: user.organisation) == nil {
      return .unknownUser
    }
    guard perDay > 0,
      let oldest = try connection.exports.requestTime(
        ofExport: perDay, of: user.organisation, after: now + -.day)
    else { return nil }
    // A request that a clock set back since has dated into the future holds nobody up for longer than a day.
    return .tooMany(limit: perDay, retryAfter: min(max(1, oldest + .day - now), .day))
  }
}
