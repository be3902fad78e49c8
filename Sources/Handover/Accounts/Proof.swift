import SQLite

// What a stolen session must not do needs a proof that is younger than `Session.proofLimit`: the sign-in is
// one, and giving the password again, or a code of the second step, is one for the same session.

extension Session {
  /// Whether the last proof still counts.
  func isProved(at now: UnixTime) -> Bool { provedAt > now - Self.proofLimit }
}

extension Accounts {
  enum ProofOutcome {
    /// The token that the session has from now on. A cookie that somebody copied before is worthless.
    case done(token: String)
    case wrong
    case throttled(wait: Duration)
    case busy
    /// Meanwhile the session has ended, or was proved by another request.
    case refused
  }

  /// Checks the password of the session's user, or, where one was typed, a code of the second step: browsers fill in
  /// passwords by themselves. It proves the session anew.
  func prove(
    _ session: Session, password: String, code: String, from address: String
  ) throws -> ProofOutcome {
    let now = clock.now()
    if !code.isEmpty { return try prove(session, code: code, from: address, at: now) }
    switch try reauthenticate(session.user, password: password, from: address, at: now) {
    case .wrong: return .wrong
    case .throttled(let wait): return .throttled(wait: wait)
    case .busy: return .busy
    case .done(let verified):
      return try database.write { connection in
        guard let user = try connection.users.active(session.user, withPassword: verified) else {
          return .refused
        }
        return try prove(session, of: user, "password", from: address, at: now, in: connection)
      }
    }
  }

  private func prove(
    _ session: Session, code: String, from address: String, at now: UnixTime
  ) throws -> ProofOutcome {
    switch try begin(.reauthentication(of: session.user), at: now) {
    case .throttled(let wait): return .throttled(wait: wait)
    case .begun(let attempt):
      return try end(attempt) { connection in
        guard let user = try connection.users.active(session.user) else {
          try connection.attempts.cancel(attempt)
          return .refused
        }
        guard try accept(code, of: user, from: address, at: now, in: connection) != nil else {
          try connection.activity.record(
            Event(.codeRefused, about: user, by: user.actor(from: address), at: now))
          return try connection.attempts.fail(attempt, at: now).map { .throttled(wait: $0) } ?? .wrong
        }
        if let wait = try connection.attempts.succeed(attempt, at: now) { return .throttled(wait: wait) }
        return try prove(session, of: user, "code", from: address, at: now, in: connection)
      }
    }
  }

  private func prove(
    _ session: Session, of user: User, _ means: String, from address: String, at now: UnixTime,
    in connection: Connection
  ) throws -> ProofOutcome {
    let token = randomness.token()
    guard try connection.sessions.prove(session, token: token, at: now) else { return .refused }
    try connection.activity.record(
      Event(
        .sessionProved, of: user.organisation, by: user.actor(from: address), detail: means, at: now))
    return .done(token: token)
  }
}
