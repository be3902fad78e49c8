import Secrets

/// Asks somebody who is signed in for the password once more, before what a stolen session must not do.
struct Confirmation: Sendable {
  let database: Database
  let passwords: PasswordHasher
  let throttle: Throttle

  enum Outcome {
    case right
    case wrong
    case throttled(wait: Int64)
    case busy
  }

  func ask(_ user: User, for password: String, from address: String, at now: UnixTime) throws
    -> Outcome
  {
    switch try throttle.begin(Bucket.confirmation(by: user), at: now) {
    case .throttled(let wait): return .throttled(wait: wait)
    case .admitted(let attempt):
      let hash = try database.read { try $0.users.passwordHash(of: user) } ?? ""
      let verification = passwords.verify(password, against: hash)
      return try database.write { connection in
        switch verification {
        case .right, .rightNeedsRehash:
          try connection.attempts.succeed(attempt)
          return .right
        case .busy:
          try connection.attempts.cancel(attempt)
          return .busy
        case .wrong:
          let wait = try connection.attempts.fail(attempt, at: now)
          try connection.activity.record(
            Event(.passwordRefused, of: user.organisation, by: user.actor(from: address), at: now))
          return wait.map { .throttled(wait: $0) } ?? .wrong
        }
      }
    }
  }
}
