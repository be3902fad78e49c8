import SQLite

/// Who beside the owner is told when an export is requested, handed over, and downloaded for the first time.
enum Told: Sendable, Equatable {
  case nobody
  case admins
  /// An address whose holder has agreed.
  case address(String)

  /// What an owner chooses from.
  enum Choice: String, Sendable, CaseIterable {
    case nobody
    case admins
    case address
  }

  var choice: Choice {
    switch self {
    case .nobody: .nobody
    case .admins: .admins
    case .address: .address
    }
  }

  /// The address, where there is one.
  var email: String? {
    if case .address(let email) = self { email } else { nil }
  }

  /// Within a sentence.
  var words: String {
    switch self {
    case .nobody: "nobody else"
    case .admins: "all admins"
    case .address(let email): email
    }
  }

  /// What a form was made from, so that of two tabs the second overwrites nothing that it has not shown.
  var version: String { "\(choice.rawValue) \(email ?? "")" }
}

/// An address that the owner wants to be told of exports, found by the token in the link that was mailed there.
struct ToldChange: Sendable {
  let organisation: OrganisationID
  let organisationName: String
  let email: String
  /// The owner who asked. Nobody else's wish is fulfilled by the link.
  let askedBy: UserID
  let expiresAt: UnixTime
  /// When it was confirmed or withdrawn.
  let endedAt: UnixTime?

  /// How long the link is valid.
  static let lifetime = Duration.days(7)
  /// How many of these mails an organisation can send, and an address can get, within `period`.
  static let most = 5
  static let period = Duration.hours(1)

  func isGood(at now: UnixTime) -> Bool { endedAt == nil && now < expiresAt }
}

extension Accounts {
  enum ToldOutcome: Equatable {
    case done(Told)
    /// A mail is on its way to that address. Until its link is followed, all is as before.
    case sent(String)
    /// What is wrong with the address: a sentence for the owner.
    case invalid(String)
    /// It is not as it was when the form was made; as it is now.
    case changed(Told)
    case throttled(wait: Duration)
    /// The user no longer owns the organisation.
    case notOwner
  }

  /// Lets nobody, all admins or one more address be told of exports, and writes to whoever was told before. An address
  /// gets a link first; a link that is on its way stops working, whatever is chosen.
  ///
  /// - Parameters:
  ///   - text: the address, as it was typed.
  ///   - was: the version that is to be replaced; nil for whichever it is.
  func setTold(
    _ choice: Told.Choice, _ text: String = "", was: String? = nil, by owner: User, from address: String,
    with agent: String = ""
  ) throws -> ToldOutcome {
    let email = EmailAddress.sought(text)
    if choice == .address, EmailAddress.valid(text) == nil { return .invalid(EmailAddress.problem) }
    let now = clock.now()
    return try database.write { connection in
      guard try connection.users.owns(owner), let owner = try connection.users.active(owner) else {
        return .notOwner
      }
      let former = try connection.told.current(of: owner.organisation)
      if let was, !was.isSame(as: former.version) { return .changed(former) }
      let told: Told
      switch choice {
      case .nobody: told = .nobody
      case .admins: told = .admins
      case .address where former.email?.lowercased() == email.lowercased(): told = former
      case .address:
        return try ask(email, by: owner, from: address, with: agent, at: now, in: connection)
      }
      try connection.told.endChanges(of: owner.organisation, at: now)
      if told != former {
        try change(
          former, to: told, of: owner.organisation, in: owner.displayName, by: owner.actor(from: address),
          at: now, in: connection)
      }
      return .done(told)
    }
  }

  private func ask(
    _ email: String, by owner: User, from address: String, with agent: String, at now: UnixTime,
    in connection: Connection
  ) throws -> ToldOutcome {
    if owner.email?.lowercased() == email.lowercased() {
      return .invalid("This is your own address: you are told of every export already.")
    }
    if let wait = try connection.told.wait(for: owner.organisation, email, at: now) {
      return .throttled(wait: wait)
    }
    let token = randomness.token()
    try connection.told.endChanges(of: owner.organisation, at: now)
    try connection.told.addChange(token: token, to: email, by: owner, at: now)
    try connection.activity.record(
      Event(
        .toldAsked, of: owner.organisation, by: owner.actor(from: address), detail: email, at: now))
    try outbox.write(
      ToldConfirmation(
        to: Recipient(name: email, email: email), owner: owner, token: token,
        expires: now + ToldChange.lifetime, from: place(address, agent)),
      of: owner.organisation, at: now, in: connection)
    return .sent(email)
  }

  enum ToldLinkOutcome {
    case done(ToldChange)
    /// There is no such link.
    case notFound
    /// The link was used, has expired, or was ended; or who asked for it is no longer the owner.
    case gone
  }

  /// Lets the address to which the link was mailed be told of exports from now on. Whoever was told before, and the
  /// owner, get a mail. The link alone proves that its holder agrees; a session is not asked for.
  func confirmTold(token: String, from address: String) throws -> ToldLinkOutcome {
    let now = clock.now()
    return try database.write { connection in
      guard let change = try connection.told.change(token: token) else { return .notFound }
      guard let owner = try connection.told.owner(behind: change, at: now) else { return .gone }
      try connection.told.endChanges(of: change.organisation, at: now)
      try self.change(
        connection.told.current(of: change.organisation), to: .address(change.email),
        of: change.organisation, in: owner.displayName, by: .visitor(email: change.email, address: address),
        at: now, in: connection)
      return .done(change)
    }
  }

  /// - Parameter name: of the owner who wants it.
  private func change(
    _ former: Told, to told: Told, of organisation: OrganisationID, in name: String, by actor: Actor,
    at now: UnixTime, in connection: Connection
  ) throws {
    let before = try connection.told.recipients(of: organisation)
    try connection.told.set(told, of: organisation, at: now)
    let after = try connection.told.recipients(of: organisation)
    try connection.activity.record(
      Event(
        .toldChanged, of: organisation, by: actor, detail: "\(former.words) to \(told.words)", at: now))
    func write(_ recipient: Recipient, _ standing: ToldChanged.Standing) throws {
      try outbox.write(
        ToldChanged(to: recipient, news: .setting(by: name, from: former, to: told), standing: standing),
        of: organisation, at: now, in: connection)
    }
    func isIn(_ list: [Recipient], _ recipient: Recipient) -> Bool {
      list.contains { $0.email.lowercased() == recipient.email.lowercased() }
    }
    for recipient in before where !isIn(after, recipient) { try write(recipient, .untold) }
    // Who has just agreed on the page behind the link knows.
    for recipient in after where actor.user != nil || isIn(before, recipient) { try write(recipient, .told) }
    if actor.user == nil, let owner = try connection.users.owner(of: organisation)?.recipient {
      try write(owner, .owner)
    }
  }

  /// Writes to an admin who was told of exports, and no longer is by another role or by being disabled. Otherwise an owner
  /// could take all of them out of the way and export unseen.
  func tellNoLonger(
    _ before: User, now user: User, by actor: Actor, at now: UnixTime, in connection: Connection
  ) throws {
    guard before.role == .admin, before.isActive, user.role == .user || !user.isActive,
      try connection.told.current(of: user.organisation) == .admins, let recipient = before.recipient
    else { return }
    try outbox.write(
      ToldChanged(
        to: recipient, news: user.isActive ? .noAdmin(by: "\(actor)") : .disabled(by: "\(actor)"),
        standing: .untold),
      of: user.organisation, at: now, in: connection)
  }
}
