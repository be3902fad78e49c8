import SQLite

extension Accounts {
  enum TransferOutcome {
    case done(User)
    /// There is no such user in the organisation.
    case notFound
    /// The user can't own it, see `User.obstacleToOwning`.
    case notEligible(User)
    /// The caller is no longer the owner.
    case notOwner
  }

  /// Transfers the ownership to another user of the organisation. The former owner becomes an admin.
  func transferOwnership(to id: UserID, by owner: User, from address: String) throws -> TransferOutcome {
    try database.writeReplicated { connection in
      guard try connection.users.owns(owner) else { return .notOwner }
      guard let user = try connection.users.find(id, of: owner.organisation) else { return .notFound }
      guard user.obstacleToOwning == nil else { return .notEligible(user) }
      try makeOwner(user, by: owner.actor(from: address), at: clock.now(), in: connection)
      return .done(user)
    }
  }

  /// Makes the user the owner in place of the current one, and tells both. Takes effect at once, for every
  /// session and every link.
  func makeOwner(_ user: User, by actor: Actor, at now: UnixTime, in connection: Connection) throws {
    let former = try connection.users.owner(of: user.organisation)
    if let former { try connection.users.setRole(.admin, of: former) }
    var user = user
    user.role = .owner
    try connection.users.update(user, at: now)
    try connection.activity.record(
      Event(.ownershipHandedOver, about: user, by: actor, detail: "to \(user.nameAndEmail)", at: now))
    try ownerChanged(user.organisation, actor, connection)
    try tell(user, former, at: now, in: connection)
  }

  private func tell(_ user: User, _ former: User?, at now: UnixTime, in connection: Connection) throws {
    guard let recipient = user.recipient else { return }
    try outbox.write(
      OwnershipReceived(to: recipient, former: former?.recipient), of: user.organisation, at: now,
      in: connection)
    if let former = former?.recipient {
      try outbox.write(
        OwnershipGiven(to: former, owner: recipient), of: user.organisation, at: now, in: connection)
    }
  }
}

extension User {
  /// Why the ownership can't be transferred to the user: only to one who can sign in. Nil where it can. As it stands
  /// after the name and a dash.
  var obstacleToOwning: String? {
    if role == .owner { return "owns it already" }
    if !isActive { return "is disabled; enable them first" }
    if email == nil { return "has no e-mail address" }
    return hasPassword ? nil : "has no password yet; invite them first"
  }
}
