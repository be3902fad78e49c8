import SQLite
import Secrets

// Between password and session, for users who have two-step sign-in. The password opens no session but a
// sign-in that waits for a code, with a token and a cookie of its own; the code opens a session with a new one.
// Whatever ends a user's sessions ends such a sign-in as well.

extension Accounts {
  enum CodeOutcome {
    /// For the browser's cookies.
    case done(SignInTokens)
    /// Wrong, old or used; the answer does not say which.
    case wrong
    case throttled(wait: Duration)
    /// No sign-in waits for a code under this token, or no longer.
    case notFound
  }

  /// Lets the sign-in wait for its code, as part of the transaction that checked the password.
  ///
  /// - Returns: its token.
  func beginSecondStep(
    of user: User, from browser: Browser, at now: UnixTime, in connection: Connection
  ) throws -> String {
    let token = randomness.token()
    try connection.sessions.removeEnded(at: now)
    try connection.sessions.addAwaitingCode(token: token, for: user, from: browser, at: now)
    return token
  }

  /// Checks the code of a sign-in that waits for one, and opens the session.
  ///
  /// - Parameters:
  ///   - token: of the sign-in that waits.
  ///   - former: the browser's session, which the new one replaces.
  func signIn(
    code: String, token: String, from browser: Browser, replacing former: Session?
  ) throws -> CodeOutcome {
    let now = clock.now()
    let (user, known) = try database.read { connection in
      let user = try connection.sessions.userAwaitingCode(token: token, at: now)
      return (user, try user.flatMap { try connection.browsers.find(browser, of: $0, at: now) })
    }
    guard let user else { return .notFound }
    switch try begin(.code(of: user, from: browser, known: known), at: now) {
    case .throttled(let wait): return .throttled(wait: wait)
    case .begun(let attempt):
      return try end(attempt) { connection in
        guard let user = try connection.sessions.userAwaitingCode(token: token, at: now) else {
          try connection.attempts.cancel(attempt)
          return .notFound
        }
        guard try accept(code, of: user, from: browser.address, at: now, in: connection) != nil else {
          return try refuse(attempt, of: user, from: browser, at: now, in: connection)
        }
        if let wait = try connection.attempts.succeed(attempt, at: now) { return .throttled(wait: wait) }
        try connection.sessions.remove(token: token)
        return .done(
          try completeSignIn(of: user, from: browser, replacing: former, at: now, in: connection))
      }
    }
  }

  /// The first time that codes are refused for a while, the user hears of it: somebody knows the password.
  private func refuse(
    _ attempt: Attempt, of user: User, from browser: Browser, at now: UnixTime, in connection: Connection
  ) throws -> CodeOutcome {
    let wait = try connection.attempts.fail(attempt, at: now)
    let actor = Actor.visitor(email: user.email ?? "", address: browser.address)
    try connection.activity.record(
      Event(wait == nil ? .codeRefused : .codeThrottled, about: user, by: actor, at: now))
    guard let wait else { return .wrong }
    if wait == Bucket.firstPause {
      try tell(user, .codesRefused, by: actor, at: now, in: connection)
    }
    return .throttled(wait: wait)
  }
}
