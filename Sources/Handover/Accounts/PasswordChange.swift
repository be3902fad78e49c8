import Secrets

/// Changing one's own password with the current one.
struct PasswordChange: Sendable {
  let confirmation: Confirmation
  let links: PasswordLinks

  enum Outcome {
    /// All sessions ended but for a new one, with this token, in the place of the one that asked.
    case changed(token: String)
    case wrongCurrent
    case problem(String)
    case throttled(wait: Int64)
    case busy
  }

  func change(
    of user: User, current: String, to text: String, from browser: Browser, at now: UnixTime
  ) throws -> Outcome {
    // What is wrong with the new one is said before a guess at the current one is counted.
    guard let password = Password(text) else {
      return .problem(Password.problem(with: text) ?? "Choose another password.")
    }
    switch try confirmation.ask(user, for: current, from: browser.address, at: now) {
    case .wrong: return .wrongCurrent
    case .throttled(let wait): return .throttled(wait: wait)
    case .busy: return .busy
    case .right: return try set(password, of: user, browser, now)
    }
  }

  private func set(
    _ password: Password, of user: User, _ browser: Browser, _ now: UnixTime
  ) throws -> Outcome {
    let hash: String
    do throws(SecretsError) {
      hash = try confirmation.passwords.hash(password.text)
    } catch {
      if error.code == .busy { return .busy }
      throw error
    }
    let token = links.randomness.token()
    try confirmation.database.write { connection in
      try connection.users.replacePassword(of: user, with: hash, at: now)
      try connection.sessions.add(token: token, for: user, from: browser, at: now)
      try connection.activity.record(
        Event(.passwordChanged, about: user, by: user.actor(from: browser.address), at: now))
      try links.tell(user, from: browser.address, at: now, in: connection)
    }
    return .changed(token: token)
  }
}
