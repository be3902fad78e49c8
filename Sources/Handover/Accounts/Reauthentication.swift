import Secrets

extension Accounts {
  enum ReauthenticationOutcome {
    /// The password was that of this hash. The transaction of the action must find it unchanged
    /// (`UserTable.active(_:withPassword:)`).
    case done(verified: String)
    case wrong
    case throttled(wait: Duration)
    case busy
  }

  /// Asks a signed-in user for the password again, before an action that a stolen session must not take.
  func reauthenticate(
    _ user: User, password: String, from address: String, at now: UnixTime
  ) throws -> ReauthenticationOutcome {
    switch try begin(.reauthentication(of: user), at: now) {
    case .throttled(let wait): return .throttled(wait: wait)
    case .begun(let attempt):
      let hash = try database.read { try $0.users.passwordHash(of: user) } ?? ""
      let verification = passwords.verify(password, against: hash, for: party(user, address))
      return try end(attempt) { connection in
        switch verification {
        case .busy, .unavailable:
          if verification == .unavailable { logLackOfMemory() }
          try connection.attempts.cancel(attempt)
          return .busy
        case .right, .rightNeedsRehash:
          if try connection.users.active(user, withPassword: hash) != nil {
            if let wait = try connection.attempts.succeed(attempt, at: now) { return .throttled(wait: wait) }
            return .done(verified: hash)
          }
        case .wrong: break
        }
        let wait = try connection.attempts.fail(attempt, at: now)
        try connection.activity.record(
          Event(.passwordRefused, of: user.organisation, by: user.actor(from: address), at: now))
        return wait.map { .throttled(wait: $0) } ?? .wrong
      }
    }
  }

  /// As whose the hashing queue takes a password of a user who need not sign in any more.
  func party(_ user: User, _ address: String) -> HashingParty {
    HashingParty(
      network: Network(address).customer, account: "user \(user.organisation.rawValue) \(user.id)")
  }
}
