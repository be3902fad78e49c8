import Secrets

/// Signing in: address and password against a session's token.
struct SignIn: Sendable {
  let database: Database
  let passwords: PasswordHasher
  let randomness: Randomness
  let throttle: Throttle

  enum Outcome {
    /// The token of a new session, for the cookie.
    case signedIn(token: String)
    /// Address or password: which one is not said.
    case wrong
    /// Too often wrong: nothing is looked at for so many seconds.
    case throttled(wait: Int64)
    /// Too many others sign in at this moment.
    case busy
  }

  /// An unknown address takes as long as a wrong password, and is answered alike.
  ///
  /// - Parameter former: the session that the browser has by now, which the new one replaces.
  func attempt(
    email: String, password: String, from browser: Browser, replacing former: Session? = nil, at now: UnixTime
  ) throws -> Outcome {
    let email = trimmed(email)
    switch try throttle.begin(Bucket.signIn(email, from: browser.address), at: now) {
    case .throttled(let wait): return .throttled(wait: wait)
    case .admitted(let attempt):
      let found = try database.read { try $0.users.whoSignsIn(email: email) }
      switch check(password, found?.passwordHash) {
      case .busy:
        try database.write { try $0.attempts.cancel(attempt) }
        return .busy
      case .wrong: return try fail(attempt, email, browser, found?.user, now)
      case .right: return try open(attempt, found?.user, browser, former, rehashed: nil, now)
      case .rightNeedsRehash:
        return try open(attempt, found?.user, browser, former, rehashed: try? passwords.hash(password), now)
      }
    }
  }

  private func check(_ password: String, _ hash: String?) -> PasswordHasher.Verification {
    guard let hash else { return passwords.verifyNobody(password) }
    return passwords.verify(password, against: hash)
  }

  private func fail(
    _ attempt: Attempt, _ email: String, _ browser: Browser, _ user: User?, _ now: UnixTime
  ) throws -> Outcome {
    try database.write { connection in
      let wait = try connection.attempts.fail(attempt, at: now)
      if let user {
        try connection.activity.record(
          Event(
            wait == nil ? .signInFailed : .signInThrottled, of: user.organisation,
            by: .visitor(email: email, address: browser.address), at: now))
      }
      return wait.map { .throttled(wait: $0) } ?? .wrong
    }
  }

  private func open(
    _ attempt: Attempt, _ user: User?, _ browser: Browser, _ former: Session?, rehashed: String?,
    _ now: UnixTime
  ) throws -> Outcome {
    let token = randomness.token()
    return try database.write { connection in
      // Since the password was looked at, the user may have been disabled.
      guard let user, let user = try connection.users.find(user.id, of: user.organisation), user.isActive
      else {
        try connection.attempts.cancel(attempt)
        return .wrong
      }
      try connection.attempts.succeed(attempt)
      if let rehashed { try connection.users.setPasswordHash(rehashed, of: user) }
      try connection.sessions.removeEnded(at: now)
      if let former { try connection.sessions.remove(token: former.token) }
      try connection.sessions.add(token: token, for: user, from: browser, at: now)
      try connection.activity.record(
        Event(.signedIn, of: user.organisation, by: user.actor(from: browser.address), at: now))
      return .signedIn(token: token)
    }
  }
}

/// Where a request comes from.
struct Browser: Sendable {
  /// The network address.
  let address: String
  /// What the browser calls itself.
  let agent: String

  init(address: String, agent: String) {
    self.address = address
    self.agent = String(agent.prefix(300))
  }
}
