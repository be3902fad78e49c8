import SQLite
import Secrets

// Two-step sign-in: after the password, a code of the user's authenticator app, or a recovery code.
//
// The app and the server share a key. It is made when the user opens the page, and counts for nothing until a
// right code has shown that the app has it. A code is good once: the server keeps the step of the last one and
// takes later steps only, so that two requests with one code can't both pass. A step that lies ahead of what a
// phone may show now is of before the clock was set back, and keeps nobody out.

/// The figures of two-step sign-in.
enum TwoStep {
  /// How long a key waits for its first code.
  static let setUpLimit = Duration.minutes(30)
  /// How long after the password the code may come.
  static let codeLimit = Duration.minutes(10)
}

extension Accounts {
  /// What a right code was.
  enum AcceptedCode {
    case authenticator
    /// - left: how many recovery codes the user still has.
    case recovery(left: Int)
  }

  /// Checks a code of a user who has two-step sign-in, and uses it up, as part of the connection's transaction.
  /// Whatever is wrong with the code, the work is the same.
  ///
  /// - Returns: nil for one that is wrong, old or used.
  func accept(
    _ typed: String, of user: User, from address: String, at now: UnixTime, in connection: Connection
  ) throws -> AcceptedCode? {
    guard let key = try connection.twoSteps.key(of: user) else { return nil }
    let step = OneTimeCodes(key: key).step(of: withoutSeparators(typed), at: now.rawValue)
    let isFresh = try connection.twoSteps.use(
      step: step, of: user, before: OneTimeCodes.lastStep(at: now.rawValue))
    if try connection.twoSteps.use(RecoveryCode(typed: typed), of: user, at: now) {
      let left = try connection.twoSteps.recoveryCodesLeft(of: user)
      let actor = user.actor(from: address)
      try connection.activity.record(
        Event(.recoveryCodeUsed, about: user, by: actor, detail: "\(left) left", at: now))
      try tell(user, .recoveryCodeUsed(left: left), by: actor, at: now, in: connection)
      return .recovery(left: left)
    }
    return isFresh ? .authenticator : nil
  }

  /// The key for the user's authenticator, to be confirmed by a code of it; nil where two-step sign-in is on.
  func keyToSetUp(for user: User) throws -> [UInt8]? {
    let now = clock.now()
    if let key = try database.read({ try $0.twoSteps.unconfirmedKey(of: user, at: now) }) { return key }
    let key = randomness.bytes(OneTimeCodes.keyLength)
    return try database.write { connection in
      guard let user = try connection.users.active(user), !user.hasTwoStep else { return nil }
      try connection.twoSteps.addUnconfirmed(key, for: user, at: now)
      return key
    }
  }

  enum TwoStepOutcome {
    /// The recovery codes, which nobody can read again.
    case done([RecoveryCode])
    case wrong
    case throttled(wait: Duration)
    /// The user has been disabled, or two-step sign-in is not in the state for it: it is on already where it is
    /// to be set up, or off where codes are to be made.
    case refused
  }

  /// Turns two-step sign-in on for a user whose authenticator shows this code. The user's other sessions end, and
  /// other browsers are no longer known: they began without one.
  func turnOnTwoStep(
    of session: Session, code: String, from browser: Browser
  ) throws -> TwoStepOutcome {
    let now = clock.now()
    let codes = newRecoveryCodes()
    switch try begin(.reauthentication(of: session.user), at: now) {
    case .throttled(let wait): return .throttled(wait: wait)
    case .begun(let attempt):
      return try database.write { connection in
        guard let user = try connection.users.active(session.user), !user.hasTwoStep else {
          try connection.attempts.cancel(attempt)
          return .refused
        }
        let key = try connection.twoSteps.unconfirmedKey(of: user, at: now)
        guard
          let step = key.flatMap({ OneTimeCodes(key: $0).step(of: withoutSeparators(code), at: now.rawValue) }
          )
        else {
          return try connection.attempts.fail(attempt, at: now).map { .throttled(wait: $0) } ?? .wrong
        }
        if let wait = try connection.attempts.succeed(attempt, at: now) { return .throttled(wait: wait) }
        try connection.twoSteps.confirm(user, step: step, at: now)
        try connection.twoSteps.replaceRecoveryCodes(of: user, with: codes)
        try connection.sessions.removeAll(of: user, but: session)
        try connection.browsers.removeAll(of: user, but: browser.cookie)
        try note(
          .twoStepOn, .twoStepOn, of: user, by: user.actor(from: browser.address), at: now, in: connection)
        return .done(codes)
      }
    }
  }

  /// Makes new recovery codes. Those of before are no longer good.
  func makeRecoveryCodes(of user: User, from address: String) throws -> TwoStepOutcome {
    let now = clock.now()
    let codes = newRecoveryCodes()
    return try database.write { connection in
      guard let user = try connection.users.active(user), user.hasTwoStep else { return .refused }
      try connection.twoSteps.replaceRecoveryCodes(of: user, with: codes)
      try note(
        .recoveryCodesMade, .recoveryCodesMade, of: user, by: user.actor(from: address), at: now,
        in: connection)
      return .done(codes)
    }
  }

  /// Turns the user's own two-step sign-in off; does nothing where it is off.
  func turnOffTwoStep(of user: User, from address: String) throws {
    try database.write { connection in
      guard let user = try connection.users.active(user) else { return }
      try endTwoStep(of: user, by: user.actor(from: address), in: connection)
    }
  }

  enum TwoStepRemovalOutcome {
    case done
    case notFound
    case notOwner
    /// Owners turn their own off in their profile.
    case isYourself
  }

  /// Turns another user's two-step sign-in off, for a phone that is lost. The user is signed out everywhere.
  func removeTwoStep(
    of id: UserID, by owner: User, from address: String
  ) throws -> TwoStepRemovalOutcome {
    try database.write { connection in
      guard try connection.users.owns(owner) else { return .notOwner }
      guard let user = try connection.users.find(id, of: owner.organisation) else { return .notFound }
      if user.id == owner.id { return .isYourself }
      try endTwoStep(of: user, by: owner.actor(from: address), in: connection)
      return .done
    }
  }

  /// Turns two-step sign-in off, as part of the connection's transaction. Sign-ins that wait for a code end;
  /// where it was somebody else's doing, so do the sessions.
  func endTwoStep(of user: User, by actor: Actor, in connection: Connection) throws {
    guard try connection.twoSteps.remove(of: user) else { return }
    let now = clock.now()
    if actor.user == user.id {
      try connection.sessions.removeAwaitingCode(of: user)
      try note(.twoStepOff, .twoStepOff, of: user, by: actor, at: now, in: connection)
    } else {
      try connection.sessions.removeAll(of: user)
      try note(.twoStepRemoved, .twoStepRemoved(by: actor), of: user, by: actor, at: now, in: connection)
    }
  }

  private func newRecoveryCodes() -> [RecoveryCode] {
    (0..<RecoveryCode.count).map { _ in RecoveryCode(randomness: randomness) }
  }

  /// Records the event and tells the user.
  private func note(
    _ kind: Event.Kind, _ change: AccountChange, of user: User, by actor: Actor, at now: UnixTime,
    in connection: Connection
  ) throws {
    try connection.activity.record(Event(kind, about: user, by: actor, detail: user.nameAndEmail, at: now))
    try tell(user, change, by: actor, at: now, in: connection)
  }
}
