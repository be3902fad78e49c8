import SQLite
import Secrets

// What an owner does to link an account: to the provider, and back.

extension LinkedStorage {
  enum BeginOutcome: Sendable, Equatable {
    /// The provider's page, to which the browser has to go.
    case done(String)
    /// The user no longer owns the organisation.
    case notOwner
    /// The operator has registered no app at that provider.
    case noApp
    /// Something is linked already, and has to be unlinked first.
    case taken(StorageLink)
  }

  /// Sends an owner to a provider. Whoever was away for the organisation before can't come back any more.
  func beginLink(_ provider: StorageProvider, by session: Session) throws -> BeginOutcome {
    guard let app = apps[provider] else { return .noApp }
    let key = try keys.current().newest
    // With the key's id the verifier can be made again, also when there is a newer key by then.
    let state = "\(key.id).\(randomness.token())"
    let outcome = try database.write { connection -> BeginOutcome? in
      let now = clock.now()
      guard try connection.users.owns(session.user) else { return .notOwner }
      if let current = try connection.storageLinks.current(of: session.user.organisation),
        current.status == .linked || current.provider != provider
      {
        return .taken(current)
      }
      try connection.storageStates.endAll(of: session.user.organisation, at: now)
      try connection.storageStates.add(state, provider, for: session, at: now)
      return nil
    }
    if let outcome { return outcome }
    return .done(
      OAuth(provider: provider, app: app, curl: curl)
        .address(state: state, verifier: verifier(of: state, key), callback: callback(provider)))
  }

  /// What the exchange of the code shows, so that a code is of no use to anybody else. Nothing of it is stored.
  private func verifier(of state: String, _ key: SigningKey) -> String {
    key.sign("handover storage link\nversion 1\nstate \(state)")
  }

  enum FinishOutcome: Sendable, Equatable {
    /// - Parameter isBack: it was signed out or unlinked before, and goes on where it stopped.
    case done(StorageLink, isBack: Bool)
    /// The state is no good: nothing is linked.
    case wrong(WrongState)
    /// Whoever sat there has said no.
    case denied
    /// Another account is linked, or signed out: accounts are never mixed.
    ///
    /// - Parameter account: that was chosen now.
    case another(StorageLink, account: String)
    case failed(StorageProblem)
  }

  /// Why a browser that comes back is turned away.
  enum WrongState: Sendable, CaseIterable {
    case unknown
    case used
    case late
    /// Of somebody else, another session or another provider.
    case foreign
    case notOwner
  }

  /// Takes a browser back from a provider.
  ///
  /// - Parameters:
  ///   - state: as it stands in the address.
  ///   - code: nil where the provider brings none.
  ///   - session: of the browser; nil where it is not signed in.
  func finishLink(
    _ provider: StorageProvider, state: String, code: String?, in session: Session?, from address: String
  ) throws -> FinishOutcome {
    // An address that somebody has made up costs no write.
    guard try database.read({ try $0.storageStates.find(state) }) != nil else { return .wrong(.unknown) }
    if let wrong = try take(state, provider, session) { return .wrong(wrong) }
    guard let session else { return .wrong(.foreign) }
    guard let code, !code.isEmpty else { return .denied }
    guard let app = apps[provider], let key = try keys.current().key(String(state.prefix { $0 != "." }))
    else {
      return .wrong(.unknown)
    }
    let oauth = OAuth(provider: provider, app: app, curl: curl)
    do throws(StorageProblem) {
      let token = try oauth.exchange(
        code, verifier: verifier(of: state, key), callback: callback(provider), at: clock.now())
      let account = try oauth.account(token)
      return try keep(token, of: account, oauth, in: session, from: address)
    } catch {
      log.warning(
        "storage.link-failed",
        [
          "organisation": "\(session.user.organisation.rawValue)", "provider": provider.rawValue,
          "reason": error.reason, "error": error.detail,
        ])
      return .failed(error)
    }
  }

  /// Ends the state, whoever comes with it.
  private func take(_ text: String, _ provider: StorageProvider, _ session: Session?) throws -> WrongState? {
    try database.write { connection in
      let now = clock.now()
      guard let state = try connection.storageStates.take(text, at: now) else { return .unknown }
      guard let session, state.session == session.id, state.user == session.user.id,
        state.organisation == session.user.organisation, state.provider == provider
      else { return .foreign }
      guard try connection.users.owns(session.user) else { return .notOwner }
      if state.endedAt != nil { return .used }
      return now < state.expiresAt ? nil : .late
    }
  }

  private func keep(
    _ token: StorageToken, of account: OAuth.Account, _ oauth: OAuth, in session: Session,
    from address: String
  ) throws(StorageProblem) -> FinishOutcome {
    let organisation = session.user.organisation
    let outcome: FinishOutcome
    do {
      let former = try database.read {
        try $0.storageLinks.find(oauth.provider, account.id, of: organisation)
      }
      let id = former?.id ?? StorageLinkID(rawValue: hex(randomness.bytes(16)))
      // No thread that fetches the former link's next token writes over this one.
      outcome = try refreshing.withLock(id) {
        try database.write { connection in
          try keep(token, as: id, of: account, oauth.provider, in: session, from: address, connection)
        }
      }
    } catch {
      throw StorageProblem(.server, "The server couldn’t keep what it was given.", detail: "\(error)")
    }
    switch outcome {
    case .done(let link, _):
      log.info("storage.linked", ["id": link.id.rawValue, "provider": link.provider.rawValue])
      documents.changed.raise()
    default:
      // What was given is nobody's.
      if try !isUsed(account, at: oauth.provider) { try? oauth.revoke(token) }
    }
    return outcome
  }

  private func keep(
    _ token: StorageToken, as id: StorageLinkID, of account: OAuth.Account, _ provider: StorageProvider,
    in session: Session, from address: String, _ connection: Connection
  ) throws -> FinishOutcome {
    let now = clock.now()
    let organisation = session.user.organisation
    // Much can happen while a provider answers.
    guard let owner = try connection.users.active(session.user), try connection.users.owns(owner) else {
      return .wrong(.notOwner)
    }
    guard try connection.sessions.find(token: session.token, at: now) != nil else { return .wrong(.foreign) }
    if let current = try connection.storageLinks.current(of: organisation), current.id != id {
      return .another(current, account: account.name)
    }
    let isBack = try connection.storageLinks.find(id) != nil
    _ = try connection.storageLinks.link(
      id, provider, accountID: account.id, account: account.name, of: organisation, by: owner.id, at: now)
    guard let link = try connection.storageLinks.find(id) else { return .wrong(.unknown) }
    try connection.syncs.wantAll(of: organisation, at: now)
    try record(
      .storageLinked, link, by: owner.actor(from: address), isBack ? "again" : "", at: now, in: connection)
    try outbox.tellOwner(of: organisation, at: now, in: connection) {
      StorageLinked(to: $0, link: link, isBack: isBack, by: owner.displayName, from: address)
    }
    // Last, so that there are no secrets of what was not linked, but after a crash just now.
    try secrets.write(.token(token), of: id)
    return .done(link, isBack: isBack)
  }

  /// Whether anybody's link uses the account: what is taken back at Google is taken back for all of them.
  private func isUsed(_ account: OAuth.Account, at provider: StorageProvider) throws(StorageProblem) -> Bool {
    do { return try database.read { try $0.storageLinks.isUsed(provider, account.id) } } catch {
      throw StorageProblem(.server, "The server’s database couldn’t be read.", detail: "\(error)")
    }
  }

  /// Another owner, or none: who is away comes back in vain. Called in that transaction.
  func ownerChanged(of organisation: OrganisationID, by actor: Actor, in connection: Connection) throws {
    try connection.storageStates.endAll(of: organisation, at: clock.now())
  }
}
