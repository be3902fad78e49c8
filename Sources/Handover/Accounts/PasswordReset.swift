import SQLite
import Secrets

extension Accounts {
  enum ResetMailOutcome {
    /// A mail is on its way, if somebody signs in with the address.
    case done
    /// The network has asked too often.
    case throttled(wait: Duration)
  }

  /// If somebody signs in with the address, mails them a link to set a new password. Neither the answer nor
  /// its timing tells whether anybody does: the transactions are the same either way, and the fraction of a
  /// millisecond that a mail takes is lost in them, the more so as few attempts are let through.
  ///
  /// After some requests an address gets no more mails for a while. Earlier links stay valid, so that nobody
  /// can stop others from using theirs.
  func mailReset(to email: String, from address: String) throws -> ResetMailOutcome {
    let now = clock.now()
    if case .throttled(let wait) = try begin(.forgotten(from: address), at: now) {
      return .throttled(wait: wait)
    }
    guard case .begun = try begin(.forgotten(email), at: now) else { return .done }
    try database.write { connection in
      guard let user = try connection.users.find(signingInWith: email), let recipient = user.recipient
      else { return }
      let token = randomness.token()
      try connection.passwordLinks.add(token: token, for: user, .reset, at: now)
      try connection.activity.record(
        Event(
          .passwordForgotten, of: user.organisation, by: .visitor(email: email, address: address), at: now))
      try outbox.write(
        PasswordReset(
          to: recipient, token: token, expires: now + PasswordLink.Purpose.reset.lifetime, from: address),
        of: user.organisation, at: now, in: connection)
    }
    return .done
  }
}

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
    guard let password = Password(text) else {
      return .invalid(link, Password.problem(with: text) ?? "Choose another password.")
    }
    guard let hash = try hash(password, for: party(link.user, browser.address)) else { return .busy }
    return try database.write { connection in
      // While the password was hashed, the link may have been used.
      guard let fresh = try connection.passwordLinks.find(token: token), fresh.isGood(at: now) else {
        return .gone(link.purpose)
      }
      return try connection.users.isTakenElsewhere(fresh.user)
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
      try tellOfPasswordChange(link.user, from: browser.address, at: now, in: connection)
      let (cookie, _) = try remember(browser, of: link.user, signsIn: false, at: now, in: connection)
      return .done(SignInTokens(session: nil, browser: cookie))
    }
    return .done(
      try completeSignIn(of: link.user, from: browser, replacing: former, at: now, in: connection))
  }
}
