import SQLite

/// The browser that sends a request.
struct Browser: Sendable {
  /// The network address.
  let address: String
  /// What the browser calls itself.
  let agent: String
  /// The random text of its long-lived cookie; nil for one without.
  let cookie: String?

  init(address: String, agent: String, cookie: String? = nil) {
    self.address = TextLimit.address.cut(address)
    self.agent = TextLimit.agent.cut(agent)
    self.cookie = cookie
  }

  /// Where somebody sits, for mails: an address such as `::1` says little to its owner.
  var place: String { Handover.place(address, agent) }
}

// Known browsers
//
// A browser in which a user has proved who they are gets a cookie, by which it is known for that user from
// then on. It replaces no proof. It tells whether a sign-in is worth a mail, and such a browser has throttles
// of its own: whoever tries passwords from elsewhere doesn't lock its user out.
//
// The cookie of a browser that is new for the user is always a fresh one, so nobody can plant a cookie that
// they know themselves. Others who sign in with the same browser are known there by the fresh one as well.

/// A browser in which the user has proved before who they are.
struct KnownBrowser: Sendable {
  let since: UnixTime
  /// False where a reset was completed and nobody has signed in yet.
  let hasSignedIn: Bool

  /// How long a browser is known after its last use.
  static let lifetime = Duration.days(365)
  /// How many a user has at most; those used last are kept.
  static let most = 20
}

extension Accounts {
  /// Keeps that the user has proved in this browser who they are.
  ///
  /// - Parameter signsIn: whether there is a session now; false for a reset.
  /// - Returns: what the browser is to keep as its cookie, and whether the user had never signed in there.
  func remember(
    _ browser: Browser, of user: User, signsIn: Bool, at now: UnixTime, in connection: Connection
  ) throws -> (cookie: String, isNew: Bool) {
    if let cookie = browser.cookie, let known = try connection.browsers.find(cookie, of: user, at: now) {
      try connection.browsers.use(cookie, of: user, signsIn: signsIn, at: now)
      return (cookie, !known.hasSignedIn)
    }
    let fresh = randomness.token()
    if let cookie = browser.cookie { try connection.browsers.change(cookie, to: fresh) }
    try connection.browsers.add(fresh, of: user, signsIn: signsIn, at: now)
    return (fresh, true)
  }
}
