/// A browser that is signed in, found by the token in its cookie.
struct Session: Sendable {
  /// What the cookie holds; the database has only its SHA-256.
  let token: String
  let id: SessionID
  let user: User
  let organisation: Organisation
  let createdAt: UnixTime
  let usedAt: UnixTime
  /// When the user last proved who they are: at the sign-in, or on the page that asks again.
  let provedAt: UnixTime

  /// Whether the user has to set up two-step sign-in before anything else.
  var mustSetUpTwoStep: Bool { organisation.twoStep.requires(of: user.role) && !user.hasTwoStep }

  /// A session that nobody uses for this long has ended.
  static let idleLimit = Duration.minutes(60)
  /// However busy, a session ends after this time.
  static let totalLimit = Duration.hours(12)
  /// How long a proof counts for what a stolen session must not do; then the password is asked again.
  static let proofLimit = Duration.minutes(30)
  /// How many sessions a user has at most.
  static let most = 20
  /// A use is recorded only if the last recorded one is at least this old, so few pages cost a write.
  static let touchInterval = Duration.seconds(15)
}

extension Accounts {
  enum SessionEndOutcome {
    /// - Parameter isThis: whether it was the session that asked.
    case done(isThis: Bool)
    /// The user has no such session.
    case notFound
  }

  /// Ends one session of the user, who is asking in this one.
  func end(_ id: SessionID, by session: Session, from address: String) throws -> SessionEndOutcome {
    let now = clock.now()
    let user = session.user
    return try database.write { connection in
      guard try connection.users.active(user) != nil,
        let ended = try connection.sessions.remove(id, of: user, at: now)
      else { return .notFound }
      let isThis = id == session.id
      try connection.activity.record(
        Event(
          isThis ? .signedOut : .sessionEnded, of: user.organisation, by: user.actor(from: address),
          detail: isThis ? "" : "from \(ended.address)", at: now))
      return .done(isThis: isThis)
    }
  }

  /// Records that the session is in use, which extends it. Nobody waits for that.
  func touch(_ session: Session) {
    let now = clock.now()
    database.writeLater("session \(session.id.rawValue)") { try $0.sessions.touch(session, at: now) }
  }

  /// Records in the activity that the user was refused a request, given as `POST /settings/export`. Nobody waits for
  /// that.
  ///
  /// - Parameter route: what was refused, whatever the ids in it: refusals are counted by it.
  func recordRefusal(of request: String, at route: String, to user: User, from address: String) {
    let event = Event(
      .accessRefused, of: user.organisation, by: user.actor(from: address), detail: request, route: route,
      at: clock.now())
    database.writeLater { try $0.activity.record(event) }
  }
}
