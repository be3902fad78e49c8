import SQLite
import Secrets

/// What came of asking the owner.
enum AskOutcome: Sendable, Equatable {
  case asked
  /// Nobody owns the organisation.
  case noOwner
  /// One has asked before, and can ask again at that time.
  case tooSoon(UnixTime)
}

extension Exports {
  /// Asks the owner for an export, by mail and on the owner's Export page; once a day at most.
  func ask(_ message: String, by user: User, from address: String) throws -> AskOutcome {
    try database.write { connection in
      let now = clock.now()
      guard let owner = try connection.users.owner(of: user.organisation)?.recipient else { return .noOwner }
      if let next = try connection.ownerRequests.nextAsk(of: user, at: now) { return .tooSoon(next) }
      let id = OwnerRequestID(rawValue: hex(randomness.bytes(16)))
      try connection.ownerRequests.add(id, of: user, message: message, at: now)
      try connection.activity.record(
        Event(
          .exportAskedFor, of: user.organisation, by: user.actor(from: address), subject: id.rawValue, at: now
        ))
      try outbox.write(
        ExportAsked(to: owner, user: user, message: message), of: user.organisation, at: now, in: connection)
      return .asked
    }
  }

  /// Declines a request, and tells who asked.
  func decline(_ id: OwnerRequestID, by owner: User, from address: String) throws -> ChangeOutcome {
    try database.write { connection in
      let now = clock.now()
      guard try connection.users.owns(owner) else { return .notOwner }
      guard let request = try connection.ownerRequests.find(id, of: owner.organisation) else {
        return .notFound
      }
      guard request.outcome == .waiting else { return .done }
      try connection.ownerRequests.answer(id, .declined, at: now)
      try connection.activity.record(
        Event(
          .exportDeclined, of: owner.organisation, by: owner.actor(from: address), subject: id.rawValue,
          detail: request.user.displayName, at: now))
      guard request.user.isActive, let recipient = request.user.recipient else { return .done }
      try outbox.write(
        ExportDeclined(to: recipient, request: request, owner: owner), of: owner.organisation, at: now,
        in: connection)
      return .done
    }
  }
}
