import SQLite
import Secrets

/// What came of asking the owner.
package enum AskOutcome: Sendable, Equatable {
  case asked
  /// Nobody owns the organisation.
  case noOwner
  /// One has asked before, and can ask again at that time.
  case tooSoon(UnixTime)
}

extension Exports {
  /// Asks the owner for an export, by mail and on the owner's Export page; once a day at most.
  package func ask(_ message: String, by user: User, from address: String) throws -> AskOutcome {
    try database.write { connection in
      let now = clock.now()
      guard let owner = try connection.owner(of: user.organisation), let email = owner.email else {
        return .noOwner
      }
      if let next = try connection.nextAsk(of: user, at: now) { return .tooSoon(next) }
      let id = OwnerRequestID(rawValue: hex(randomness.bytes(16)))
      try connection.addRequest(id, of: user, message: message, at: now)
      try connection.record(
        Event(
          .exportAskedFor, of: user.organisation, by: user.actor(from: address), subject: id.rawValue, at: now
        ))
      try outbox.write(
        ExportAsked(
          to: Recipient(name: owner.displayName, email: email),
          user: Recipient(name: user.displayName, email: user.email ?? ""), role: user.role.word,
          message: message, asked: now),
        of: user.organisation, at: now, in: connection)
      return .asked
    }
  }

  /// Declines a request, and tells who asked.
  package func decline(_ id: OwnerRequestID, by owner: User, from address: String) throws -> ChangeOutcome {
    try database.write { connection in
      let now = clock.now()
      guard try connection.owns(owner) else { return .notOwner }
      guard let request = try connection.request(id, of: owner.organisation) else { return .notFound }
      guard request.outcome == .waiting else { return .done }
      try connection.answerRequest(id, .declined, at: now)
      try connection.record(
        Event(
          .exportDeclined, of: owner.organisation, by: owner.actor(from: address), subject: id.rawValue,
          detail: request.user.displayName, at: now))
      guard request.user.isActive, let email = request.user.email else { return .done }
      try outbox.write(
        ExportDeclined(
          to: Recipient(name: request.user.displayName, email: email),
          owner: Recipient(name: owner.displayName, email: owner.email ?? ""), asked: request.askedAt),
        of: owner.organisation, at: now, in: connection)
      return .done
    }
  }
}

extension Connection {
  /// When the user can ask again; nil for now.
  package func nextAsk(of user: User, at now: UnixTime) throws -> UnixTime? {
    guard let last = try requests(of: user, limit: 1).first else { return nil }
    let next = last.askedAt + OwnerRequest.pause
    return next > now ? next : nil
  }
}
