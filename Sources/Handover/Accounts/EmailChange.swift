import SQLite

/// Another e-mail address that a user wants, found by the token in the link that was mailed there.
struct EmailChange: Sendable {
  let email: String
  let expiresAt: UnixTime
  /// When it was confirmed or stopped working: because of a later one, a new password or disabling.
  let endedAt: UnixTime?

  /// How long the link is valid.
  static let lifetime = Duration.hours(24)
  /// How many of these mails a user can send, and an address can get, within `period`.
  static let most = 5
  static let period = Duration.hours(1)

  func isGood(at now: UnixTime) -> Bool { endedAt == nil && now < expiresAt }
}

extension Accounts {
  enum EmailRequestOutcome {
    /// A mail is on its way to that address.
    case done(String)
    /// What is wrong with it: a sentence for the user.
    case invalid(String)
    case throttled(wait: Duration)
    /// The user has been disabled.
    case refused
  }

  /// Mails a link to the address that the user wants. Earlier links stop working; the account stays as it is until
  /// the link is followed.
  ///
  /// If somebody else has the address, the page behind the link says so, not this verb: only the holder of the
  /// address may know.
  func requestEmail(_ text: String, by user: User, from address: String, with agent: String = "")
    throws -> EmailRequestOutcome
  {
    guard let email = EmailAddress.valid(text) else { return .invalid(EmailAddress.problem) }
    let now = clock.now()
    return try database.write { connection in
      guard let user = try connection.users.active(user) else { return .refused }
      if try connection.users.find(email: email, of: user.organisation)?.id == user.id {
        return .invalid("This is your address already.")
      }
      if let wait = try connection.emailChanges.wait(for: user, email, at: now) {
        return .throttled(wait: wait)
      }
      let token = randomness.token()
      try connection.emailChanges.endAll(of: user, at: now)
      try connection.emailChanges.add(token: token, for: user, email, at: now)
      try connection.activity.record(
        Event(
          .emailChangeAsked, about: user, by: user.actor(from: address), detail: "to \(email)", at: now))
      try outbox.write(
        EmailConfirmation(
          to: Recipient(name: user.displayName, email: email), token: token,
          expires: now + EmailChange.lifetime, from: place(address, agent)),
        of: user.organisation, at: now, in: connection)
      return .done(email)
    }
  }

  enum EmailChangeOutcome {
    /// The user signs in with the address from now on.
    case done
    /// The user has no such link.
    case notFound
    /// The link was used, has expired, or was ended.
    case gone
    /// Somebody else has the address now.
    case taken(EmailChange)
  }

  /// Gives the user the address to which the link was mailed, and tells the former one. All other sessions of the
  /// user end, and all links that were mailed to the former address.
  func changeEmail(token: String, in session: Session, from address: String) throws -> EmailChangeOutcome {
    let now = clock.now()
    return try database.write { connection in
      guard let user = try connection.users.active(session.user),
        let change = try connection.emailChanges.find(token: token, of: user)
      else { return .notFound }
      guard change.isGood(at: now) else { return .gone }
      var changed = user
      changed.email = change.email
      if let other = try connection.users.find(email: change.email, of: user.organisation),
        other.id != user.id
      {
        return .taken(change)
      }
      if try isTakenElsewhere(changed, in: connection) { return .taken(change) }
      try connection.users.setEmail(change.email, of: user)
      try connection.emailChanges.endAll(of: user, at: now)
      try connection.passwordLinks.endAll(of: user, at: now)
      try connection.sessions.removeAll(of: user, but: session)
      let actor = user.actor(from: address)
      try connection.activity.record(
        Event(
          .emailChanged, about: user, by: actor, detail: "\(user.email ?? "") to \(change.email)", at: now))
      try tell(user, .email(change.email), by: actor, at: now, in: connection)
      return .done
    }
  }
}
