import SQLite
import Secrets

extension Accounts {
  enum PasswordChangeOutcome {
    /// All earlier sessions ended. The tokens are those of a new session, which replaces the one that asked.
    case done(SignInTokens)
    /// The current password was wrong.
    case wrong
    /// What is wrong with the new one: a sentence for the user.
    case invalid(String)
    case throttled(wait: Duration)
    case busy
    /// The session has ended, or the user has been disabled.
    case refused
  }

  /// Changes the own password of the session's user, after checking the current one. All earlier sessions and
  /// links end. A session that ends while passwords are hashed, by two-step sign-in that is turned on as well,
  /// gets no new one in its place.
  func changePassword(
    of session: Session, current: String, to text: String, from browser: Browser
  ) throws -> PasswordChangeOutcome {
    let user = session.user
    // A new password that breaks the rules must not count as a guess at the current one.
    let password: Password
    switch try choose(text, by: user) {
    case .bad(let problem): return .invalid(problem)
    case .good(let good): password = good
    }
    let now = clock.now()
    switch try reauthenticate(user, password: current, from: browser.address, at: now) {
    case .wrong: return .wrong
    case .throttled(let wait): return .throttled(wait: wait)
    case .busy: return .busy
    case .done(let verified): return try set(password, of: session, verified, browser, now)
    }
  }

  private func choose(_ text: String, by user: User) throws -> PasswordChoice {
    let organisation = try database.read { try $0.organisations.require(user.organisation) }
    return try rules.choose(
      text, for: PasswordHolder(name: user.name, email: user.email, organisation: organisation.name))
  }

  /// Tells the user that the password was changed.
  ///
  /// - Parameter place: the browser's.
  func tellOfPasswordChange(
    _ user: User, from place: String, at now: UnixTime, in connection: Connection
  ) throws {
    guard let recipient = user.recipient else { return }
    try outbox.write(
      PasswordChanged(to: recipient, from: place), of: user.organisation, at: now, in: connection)
  }

  private func set(
    _ password: Password, of session: Session, _ verified: String, _ browser: Browser, _ now: UnixTime
  ) throws -> PasswordChangeOutcome {
    guard let hash = try hash(password, for: party(session.user, browser.address)) else { return .busy }
    let token = randomness.token()
    return try database.writeReplicated { connection in
      guard let user = try connection.users.active(session.user) else { return .refused }
      // While the new password was hashed, a reset may have set another one.
      guard try connection.users.active(user, withPassword: verified) != nil else { return .wrong }
      // Or the session may have ended, which nobody undoes from within it.
      guard try connection.sessions.find(token: session.token, at: now) != nil else { return .refused }
      try connection.users.replacePassword(of: user, with: hash, at: now)
      try connection.sessions.add(token: token, for: user, from: browser, at: now)
      try connection.activity.record(
        Event(.passwordChanged, about: user, by: user.actor(from: browser.address), at: now))
      try tellOfPasswordChange(user, from: browser.place, at: now, in: connection)
      let (cookie, _) = try remember(browser, of: user, signsIn: true, at: now, in: connection)
      return .done(SignInTokens(session: token, browser: cookie))
    }
  }

  /// The password's hash; nil while too many others are being hashed, or where there is no memory for it.
  func hash(_ password: Password, for party: HashingParty) throws -> String? {
    do throws(SecretsError) {
      return try passwords.hash(password.text, for: party)
    } catch {
      if error.code == .memory { logLackOfMemory() }
      if error.code == .busy || error.code == .memory { return nil }
      throw error
    }
  }

  func logLackOfMemory() {
    log.error("password.unhashed", ["error": "there is not enough memory to hash a password"])
  }
}
