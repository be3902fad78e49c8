import SQLite
import Secrets

extension PasswordLinks {
  enum Setting {
    /// The password is set. After an invitation there is a session, since its owner has just proved to be the one;
    /// after a reset people sign in, which shows them that the new password works.
    case done(token: String?)
    /// There is no such link.
    case unknown
    /// There was one, and it is used, run out, or useless.
    case gone(PasswordLink.Purpose)
    case problem(PasswordLink, String)
    /// Somebody else signs in with the address by now, in another organisation.
    case taken(PasswordLink)
    case busy
  }

  /// Sets the password of the link's user. Every session and link of before ends.
  func setPassword(
    _ text: String, token: String, from browser: Browser, replacing former: Session?, at now: UnixTime
  ) throws -> Setting {
    guard let link = try database.read({ try $0.passwordLinks.find(token: token) }) else { return .unknown }
    guard link.isGood(at: now) else { return .gone(link.purpose) }
    guard let password = Password(text) else {
      return .problem(link, Password.problem(with: text) ?? "Choose another password.")
    }
    let hash: String
    do throws(SecretsError) {
      hash = try passwords.hash(password.text)
    } catch {
      if error.code == .busy { return .busy }
      throw error
    }
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
  ) throws -> Setting {
    let actor = link.user.actor(from: browser.address)
    try connection.users.replacePassword(of: link.user, with: hash, at: now)
    try connection.activity.record(Event(.passwordReset, about: link.user, by: actor, at: now))
    if let former { try connection.sessions.remove(token: former.token) }
    guard link.purpose == .invitation else {
      try tell(link.user, from: browser.address, at: now, in: connection)
      return .done(token: nil)
    }
    let token = randomness.token()
    try connection.sessions.add(token: token, for: link.user, from: browser, at: now)
    try connection.activity.record(Event(.signedIn, of: link.user.organisation, by: actor, at: now))
    return .done(token: token)
  }

  /// Mails the user that the password was changed.
  func tell(_ user: User, from address: String, at now: UnixTime, in connection: Connection) throws {
    guard let recipient = user.recipient else { return }
    try outbox.write(
      PasswordChanged(to: recipient, from: address),
      of: user.organisation, at: now, in: connection)
  }
}
