import SQLite
import Secrets

extension Accounts {
  enum SignInOutcome {
    /// For the browser's cookies.
    case done(SignInTokens)
    /// The password was right, and a code is to follow. The token is that of the sign-in that waits for it.
    case needsCode(token: String)
    /// The address or the password was wrong; the answer does not say which.
    case wrong
    case throttled(wait: Duration)
    /// Too many others are signing in, or there is no memory to hash the password. It counts nothing.
    case busy
  }

  /// Checks address and password, and opens a session, or waits for a code where the user has two-step
  /// sign-in. An unknown address takes as long as a wrong password, and is answered alike.
  ///
  /// - Parameter former: the browser's session, which the new one replaces.
  func signIn(
    email: String, password: String, from browser: Browser, replacing former: Session? = nil
  ) throws -> SignInOutcome {
    let now = clock.now()
    let email = EmailAddress.sought(email)
    let (user, hash, known) = try database.read { connection in
      guard let user = try connection.users.find(signingInWith: email) else {
        return (User?.none, String?.none, KnownBrowser?.none)
      }
      let known = try connection.browsers.find(browser, of: user, at: now)
      return (user, try connection.users.passwordHash(of: user), known)
    }
    switch try begin(.signIn(email, from: browser, known: known, at: now), at: now) {
    case .throttled(let wait): return .throttled(wait: wait)
    case .begun(let attempt):
      let party = HashingParty(
        network: Network(browser.address).customer,
        account: known == nil ? Buckets.account(email) : attempt.buckets.failures[0].name)
      let verification = verify(password, hash, party)
      let rehashed = verification == .rightNeedsRehash ? try? passwords.hash(password, for: party) : nil
      return try end(attempt) { connection in
        switch verification {
        case .busy, .unavailable:
          if verification == .unavailable { logLackOfMemory() }
          try connection.attempts.cancel(attempt)
          return .busy
        case .right, .rightNeedsRehash:
          guard let user, let hash, let user = try connection.users.active(user, withPassword: hash) else {
            return try fail(attempt, email, browser, user, now, connection)
          }
          if let wait = try connection.attempts.succeed(attempt, at: now) {
            try recordFailure(.signInThrottled, email, browser, user, now, connection)
            return .throttled(wait: wait)
          }
          if let rehashed { try connection.users.setPasswordHash(rehashed, of: user) }
          if user.hasTwoStep {
            return .needsCode(token: try beginSecondStep(of: user, from: browser, at: now, in: connection))
          }
          return .done(
            try completeSignIn(of: user, from: browser, replacing: former, at: now, in: connection))
        case .wrong: return try fail(attempt, email, browser, user, now, connection)
        }
      }
    }
  }

  /// Opens a session for a user who has given every proof that is asked for. This is the one way in: in the
  /// transaction that checked the proofs against what is stored now.
  ///
  /// A browser in which the user has not signed in before is told by mail, but for the very first sign-in.
  ///
  /// - Parameter former: the browser's session, which the new one replaces, even if it is another user's.
  func completeSignIn(
    of user: User, from browser: Browser, replacing former: Session?, at now: UnixTime,
    in connection: Connection
  ) throws -> SignInTokens {
    let token = randomness.token()
    let isFirst = try connection.users.lastSeen(user) == nil
    try connection.sessions.removeEnded(at: now)
    if let former { try connection.sessions.remove(token: former.token) }
    try connection.sessions.add(token: token, for: user, from: browser, at: now)
    let (cookie, isNew) = try remember(browser, of: user, signsIn: true, at: now, in: connection)
    try connection.activity.record(
      Event(
        .signedIn, of: user.organisation, by: user.actor(from: browser.address),
        detail: isNew ? "in a browser not seen before" : "", at: now))
    if isNew, !isFirst, let recipient = user.recipient {
      try outbox.write(
        NewSignIn(to: recipient, device: device(browser.agent), from: browser.address),
        of: user.organisation, at: now, in: connection)
    }
    return SignInTokens(session: token, browser: cookie)
  }

  /// Ends this session.
  func signOut(_ session: Session, from address: String) throws {
    try database.write { connection in
      // The browser may have sent the form twice.
      guard try connection.sessions.remove(token: session.token) else { return }
      try connection.activity.record(
        Event(
          .signedOut, of: session.organisation.id, by: session.user.actor(from: address), at: clock.now()))
    }
  }

  /// Ends all sessions of the user.
  func signOutEverywhere(_ user: User, from address: String) throws {
    try database.write { connection in
      guard let user = try connection.users.active(user) else { return }
      try connection.sessions.removeAll(of: user)
      try connection.activity.record(
        Event(.signedOutEverywhere, of: user.organisation, by: user.actor(from: address), at: clock.now()))
    }
  }

  private func verify(
    _ password: String, _ hash: String?, _ party: HashingParty
  ) -> PasswordHasher.Verification {
    guard let hash else { return passwords.verifyNobody(password, for: party) }
    return passwords.verify(password, against: hash, for: party)
  }

  private func fail(
    _ attempt: Attempt, _ email: String, _ browser: Browser, _ user: User?, _ now: UnixTime,
    _ connection: Connection
  ) throws -> SignInOutcome {
    let wait = try connection.attempts.fail(attempt, at: now)
    try recordFailure(wait == nil ? .signInFailed : .signInThrottled, email, browser, user, now, connection)
    return wait.map { .throttled(wait: $0) } ?? .wrong
  }

  private func recordFailure(
    _ kind: Event.Kind, _ email: String, _ browser: Browser, _ user: User?, _ now: UnixTime,
    _ connection: Connection
  ) throws {
    guard let user else {
      // No organisation's trail has it. The address is hashed, as people type passwords there.
      return log.info(
        kind.rawValue, ["account": Buckets.shortHash(email.lowercased()), "from": browser.address])
    }
    try connection.activity.record(
      Event(kind, of: user.organisation, by: .visitor(email: email, address: browser.address), at: now))
  }
}

/// What a browser keeps as cookies once its user has proved who they are.
struct SignInTokens: Sendable {
  /// Nil after a reset: people sign in then, which shows them that the new password works.
  let session: String?
  /// By which the browser is known from now on.
  let browser: String
}
