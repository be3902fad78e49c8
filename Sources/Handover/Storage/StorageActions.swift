import SQLite
import System

// What an owner can do with a linked storage. Each verb looks at the role and the link again in its transaction.

extension LinkedStorage {
  enum ChangeOutcome: Sendable, Equatable {
    case done(StorageLink)
    /// It was so before.
    case asBefore(StorageLink)
    case notOwner
    /// Nothing is linked.
    case notLinked
    /// It is the operator's place, which the operator unlinks.
    case operators(StorageLink)
    /// The organisation has no such deal.
    case notFound
  }

  /// Ends the link. What was copied stays there; syncs that wait are cancelled, and the permission is taken back at the
  /// provider, by and by where that can't be reached now.
  func unlink(by user: User, from address: String) throws -> ChangeOutcome {
    let outcome = try change(by: user) { link, user, now, connection in
      if !link.provider.isAccount { return .operators(link) }
      try unlink(link, by: user.actor(from: address), named: user.displayName, at: now, in: connection)
      return .done(link)
    }
    if case .done(let link) = outcome {
      documents.changed.raise()
      revoke(link)
    }
    return outcome
  }

  func unlink(
    _ link: StorageLink, by actor: Actor, named name: String, at now: UnixTime, in connection: Connection
  ) throws {
    guard try connection.storageLinks.unlink(link.id, at: now) else { return }
    try connection.syncs.cancelAll(of: link.id, at: now)
    try record(.storageUnlinked, link, by: actor, at: now, in: connection)
    try outbox.tellOwner(of: link.organisation, at: now, in: connection) {
      StorageUnlinked(to: $0, link: link, by: name, from: actor.address)
    }
  }

  /// Takes the permission back at the provider, and removes the secrets. Where the provider can't be reached, they stay
  /// until the sweeper has reached it, or `unreachable` has passed.
  ///
  /// - Returns: whether nothing is left to do.
  @discardableResult
  func revoke(_ link: StorageLink) -> Bool {
    do {
      return try refreshing.withLock(link.id) {
        let (now, current) = try database.read { (clock.now(), try $0.storageLinks.find(link.id)) }
        if let current, current.status != .unlinked { return true }
        if case .token(let token) = try? secrets.read(link.id) {
          do throws(StorageProblem) { try takeBack(token, of: link) } catch {
            log.warning(
              "storage.unrevoked", ["id": link.id.rawValue, "error": "\(error.reason) \(error.detail)"])
            if let unlinkedAt = current?.unlinkedAt, now - unlinkedAt < Self.unreachable { return false }
          }
        }
        try secrets.remove(link.id)
        return true
      }
    } catch {
      log.warning("storage.unrevoked", ["id": link.id.rawValue, "error": "\(error)"])
      return false
    }
  }

  /// How long the permission of what was unlinked is tried to be taken back.
  static let unreachable = Duration.days(7)

  private func takeBack(_ token: StorageToken, of link: StorageLink) throws(StorageProblem) {
    guard let app = apps[link.provider] else { return }
    // Google takes back what all organisations of this server were allowed with the account.
    let isShared = (try? database.read { try $0.storageLinks.isUsed(link.provider, link.accountID) }) ?? true
    if link.provider == .google, isShared { return }
    let oauth = OAuth(provider: link.provider, app: app, curl: curl)
    var token = token
    // Dropbox takes back by a token that is good.
    if link.provider == .dropbox, token.expiresAt <= clock.now().rawValue {
      do {
        token = try oauth.refresh(token, of: link.account, at: clock.now(), isStopping: { false })
      } catch  where error.kind == .signedOut { return }
    }
    try oauth.revoke(token)
  }

  /// Copies the documents of all deals, or of those alone that are switched on by themselves.
  func setAllDeals(_ isOn: Bool, by user: User, from address: String) throws -> ChangeOutcome {
    let outcome = try change(by: user) { link, user, now, connection in
      if link.copiesAllDeals == isOn { return .asBefore(link) }
      try connection.storageLinks.setAllDeals(isOn, link.id)
      if isOn {
        try connection.syncs.wantAll(of: link.organisation, at: now)
      } else {
        try connection.syncs.cancelUnwanted(of: link.id, at: now)
      }
      try record(
        .storageChanged, link, by: user.actor(from: address), isOn ? "all deals" : "deal by deal", at: now,
        in: connection)
      return .done(try connection.storageLinks.find(link.id) ?? link)
    }
    if case .done = outcome { documents.changed.raise() }
    return outcome
  }

  /// Switches one deal on or off. What was copied stays there.
  func setDeal(_ deal: DealID, on isOn: Bool, by user: User, from address: String) throws -> ChangeOutcome {
    let outcome = try change(by: user, of: deal) { link, user, now, connection in
      if try connection.storageFolders.find(deal, in: link.id)?.isOn ?? false == isOn {
        return .asBefore(link)
      }
      try connection.storageFolders.switchDeal(deal, on: isOn, in: link.id)
      if isOn {
        try connection.syncs.want(deal, of: link.organisation, at: now)
      } else if !link.copiesAllDeals {
        try connection.syncs.cancel(deal, of: link.organisation, at: now)
      }
      try record(
        .storageChanged, link, by: user.actor(from: address), "\(deal) \(isOn ? "on" : "off")", at: now,
        in: connection)
      return .done(link)
    }
    if case .done = outcome { documents.changed.raise() }
    return outcome
  }

  /// Tries all documents that failed again.
  func retryAll(by user: User, from address: String) throws -> ChangeOutcome {
    let outcome = try change(by: user) { link, _, now, connection in
      try connection.syncs.retryAll(of: link.organisation, at: now) > 0 ? .done(link) : .asBefore(link)
    }
    if case .done = outcome { documents.changed.raise() }
    return outcome
  }

  /// - Parameter deal: that the organisation has to have.
  private func change(
    by user: User, of deal: DealID? = nil,
    _ body: (StorageLink, User, UnixTime, Connection) throws -> ChangeOutcome
  ) throws -> ChangeOutcome {
    try database.write { connection in
      guard let user = try connection.users.active(user), try connection.users.owns(user) else {
        return .notOwner
      }
      if let deal, try !connection.documents.hasDeal(deal, of: user.organisation) { return .notFound }
      guard let link = try connection.storageLinks.current(of: user.organisation) else { return .notLinked }
      return try body(link, user, clock.now(), connection)
    }
  }
}

extension LinkedStorage {
  /// Takes back what an unlinking has left to do, and forgets who was away long ago. A step that fails does not keep the
  /// other from running.
  func sweep() {
    if isReplaced { return }
    do {
      let kept = secrets.all()
      if !kept.isEmpty { try removeSecrets(kept) }
      if try database.read({ try $0.storageStates.hasOld(at: clock.now()) }) {
        try database.write { try $0.storageStates.removeOld(at: clock.now()) }
      }
    } catch { log.error("storage.sweep", ["error": "\(error)"]) }
  }

  /// A link that isn't there was given away by a crash, before anything was linked.
  private func removeSecrets(_ kept: [StorageLinkID]) throws {
    for id in kept {
      guard let link = try database.read({ try $0.storageLinks.find(id) }) else {
        if secrets.isOld(id, at: clock.now()) { try secrets.remove(id) }
        continue
      }
      if link.status == .unlinked, sweeps.isDue(id) { revoke(link) }
    }
  }
}

/// When the sweeper tried last to take a permission back: a provider that is away is not asked every few seconds.
final class RevokingTries: Sendable {
  private let last = Locked<[StorageLinkID: ContinuousClock.Instant]>([:])

  private static let pause = Duration.minutes(15)

  func isDue(_ id: StorageLinkID) -> Bool {
    last.withLock { last in
      if let before = last[id], .now - before < Self.pause { return false }
      last[id] = .now
      return true
    }
  }
}
