import SQLite
import Secrets

extension Accounts {
  enum PasswordResetOutcome {
    /// The password is set. After an invitation there is a session, as the user has just proved who they are,
    /// unless a code is still to come.
    case done(SignInTokens)
    /// There is no such link.
    case notFound
    /// The link was used, has expired, or was ended.
    case gone(PasswordLink.Purpose)
    /// What is wrong with the password: a sentence for the user.
    case invalid(PasswordLink, String)
    /// Somebody in another organisation now signs in with the address.
    case taken(PasswordLink)
    case busy
  }

  /// Sets the password of the link's user. All earlier sessions and links end.
  ///
  /// - Parameter former: the browser's session, which ends too, even if it is another user's.
  func resetPassword(
    to text: String, token: String, from browser: Browser, replacing former: Session?
  ) throws -> PasswordResetOutcome {
    let now = clock.now()
    guard let link = try database.read({ try $0.passwordLinks.find(token: token) }) else { return .notFound }
    guard link.isGood(at: now) else { return .gone(link.purpose) }
    let holder = PasswordHolder(
      name: link.user.name, email: link.user.email, organisation: link.organisationName)
    let password: Password
    switch try rules.choose(text, for: holder) {
    case .bad(let problem): return .invalid(link, problem)
    case .good(let good): password = good
    }
    guard let hash = try hash(password, for: party(link.user, browser.address)) else { return .busy }
    return try database.writeReplicated { connection in
      // While the password was hashed, the link may have been used.
      guard let fresh = try connection.passwordLinks.find(token: token), fresh.isGood(at: now) else {
        return .gone(link.purpose)
      }
      return try isTakenElsewhere(fresh.user, in: connection)
        ? .taken(fresh) : set(hash, fresh, browser, former, now, connection)
    }
  }

  private func set(
    _ hash: String, _ link: PasswordLink, _ browser: Browser, _ former: Session?, _ now: UnixTime,
    _ connection: Connection
  ) throws -> PasswordResetOutcome {
    let actor = link.user.actor(from: browser.address)
    try connection.users.replacePassword(of: link.user, with: hash, at: now)
    // Whoever got the mail is no guesser, and is not to wait for those who guess.
    if let email = link.user.email { try connection.attempts.forgetSignIns(with: email) }
    try connection.activity.record(Event(.passwordReset, about: link.user, by: actor, at: now))
    // Whoever has two-step sign-in signs in with both steps: the mailbox is not a phone.
    guard link.purpose == .invitation, !link.user.hasTwoStep else {
      if let former { try connection.sessions.remove(token: former.token) }
      try tellOfPasswordChange(link.user, from: browser.place, at: now, in: connection)
      let (cookie, _) = try remember(browser, of: link.user, signsIn: false, at: now, in: connection)
      return .done(SignInTokens(session: nil, browser: cookie))
    }
    return .done(
      try completeSignIn(of: link.user, from: browser, replacing: former, at: now, in: connection))
  }
}
