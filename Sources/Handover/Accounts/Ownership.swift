import SQLite

/// Who owns an organisation, and how that changes.
struct Ownership: Sendable {
  let confirmation: Confirmation
  let outbox: Outbox
  /// What else ends with an ownership, in the same transaction: the exports of before.
  let succession: Succession

  typealias Succession = @Sendable (OrganisationID, Actor, Connection) throws -> Void

  init(confirmation: Confirmation, outbox: Outbox, succession: @escaping Succession) {
    self.confirmation = confirmation
    self.outbox = outbox
    self.succession = succession
  }

  enum HandOver {
    case done(User)
    /// There is no such user in the organisation.
    case unknown
    /// Disabled, never signed in, or the owner: can't take it.
    case unfit
    case wrongPassword
    case throttled(wait: Int64)
    case busy
    /// The one who asks is not the owner any more.
    case notOwner
  }

  /// Hands the ownership over to another user of the organisation. The former owner becomes an admin.
  func handOver(
    from owner: User, to id: UserID, password: String, from address: String, at now: UnixTime
  ) throws -> HandOver {
    guard let user = try confirmation.database.read({ try $0.users.find(id, of: owner.organisation) }) else {
      return .unknown
    }
    guard user.canOwn else { return .unfit }
    switch try confirmation.ask(owner, for: password, from: address, at: now) {
    case .wrong: return .wrongPassword
    case .throttled(let wait): return .throttled(wait: wait)
    case .busy: return .busy
    case .right:
      return try confirmation.database.write { connection in
        guard try connection.users.owner(of: owner.organisation)?.id == owner.id else { return .notOwner }
        guard let user = try connection.users.find(id, of: owner.organisation), user.canOwn else {
          return .unfit
        }
        try pass(to: user, by: owner.actor(from: address), at: now, in: connection)
        return .done(user)
      }
    }
  }

  /// Makes the user the owner, in the place of whoever is, and tells both. Takes effect at once, for every session and
  /// every link.
  func pass(to user: User, by actor: Actor, at now: UnixTime, in connection: Connection) throws {
    let former = try connection.users.owner(of: user.organisation)
    if let former { try connection.users.setRole(.admin, of: former) }
    var user = user
    user.role = .owner
    try connection.users.update(user, at: now)
    try connection.activity.record(
      Event(.ownershipHandedOver, about: user, by: actor, detail: "to \(user.called)", at: now))
    try succession(user.organisation, actor, connection)
    try tell(user, former, at: now, in: connection)
  }

  private func tell(_ user: User, _ former: User?, at now: UnixTime, in connection: Connection) throws {
    guard let recipient = user.recipient else { return }
    try outbox.write(
      OwnershipReceived(to: recipient, former: former?.recipient), of: user.organisation, at: now,
      in: connection)
    if let former = former?.recipient {
      try outbox.write(
        OwnershipGiven(to: former, owner: recipient), of: user.organisation, at: now,
        in: connection)
    }
  }
}

extension User {
  /// Whether the ownership may be handed over to this user, who must be able to sign in.
  var canOwn: Bool { isActive && hasPassword && email != nil && role != .owner }
}
