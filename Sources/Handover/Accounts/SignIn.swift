import Secrets

/// Signing in: address and password against a session's token.
package struct SignIn: Sendable {
  package let database: Database
  package let passwords: PasswordHasher
  package let randomness: Randomness

  package init(database: Database, passwords: PasswordHasher, randomness: Randomness) {
    self.database = database
    self.passwords = passwords
    self.randomness = randomness
  }

  package enum Outcome {
    /// The token of a new session, for the cookie.
    case signedIn(token: String, user: User)
    /// Address or password: which one is not said.
    case wrong
    /// Too many others sign in at this moment.
    case busy
  }

  /// An unknown address takes as long as a wrong password, and is answered alike.
  package func attempt(
    email: String, password: String, address: String, agent: String, at now: UnixTime
  ) throws -> Outcome {
    guard let (user, hash) = try database.read({ try $0.userWhoSignsIn(withEmail: email) }) else {
      if case .busy = passwords.verifyNobody(password) { return .busy }
      return .wrong
    }
    switch passwords.verify(password, against: hash) {
    case .wrong: return .wrong
    case .busy: return .busy
    case .right: return try open(user, address, agent, rehashed: nil, now)
    case .rightNeedsRehash:
      return try open(user, address, agent, rehashed: try? passwords.hash(password), now)
    }
  }

  private func open(
    _ user: User, _ address: String, _ agent: String, rehashed: String?, _ now: UnixTime
  ) throws -> Outcome {
    let token = randomness.token()
    try database.write { connection in
      if let rehashed { try connection.setPasswordHash(rehashed, of: user) }
      try connection.removeEndedSessions(at: now)
      try connection.addSession(token: token, for: user, address: address, agent: agent, at: now)
    }
    return .signedIn(token: token, user: user)
  }
}
