import HTTP

/// The site's two cookies: the session's token, and before sign-in a random secret to which the form's CSRF
/// token is bound.
///
/// Browsers share cookies across ports, so two servers on one host need different names. Under https the
/// prefix `__Host-` binds a cookie to this host.
struct SiteCookies: Sendable {
  /// The cookies' names.
  let session: String
  let visit: String
  private let isSecure: Bool

  init(_ url: SiteURL) {
    session = url.isSecure ? "__Host-session" : "session-\(url.port)"
    visit = url.isSecure ? "__Host-visit" : "visit-\(url.port)"
    isSecure = url.isSecure
  }

  func session(_ token: String) throws -> Cookie {
    try Cookie(name: session, value: token, maxAge: Session.totalLimit, secure: isSecure)
  }

  /// Lasts until the browser is closed.
  func visit(_ secret: String) throws -> Cookie {
    try Cookie(name: visit, value: secret, secure: isSecure)
  }

  /// Removes the cookie with this name.
  func ended(_ name: String) throws -> Cookie {
    try Cookie(name: name, value: "", maxAge: .zero, secure: isSecure)
  }
}

extension Response {
  /// The answer to a complete sign-in. The cookie from before it ends.
  func settingCookies(of tokens: SignInTokens, _ cookies: SiteCookies) throws -> Response {
    try setting(cookies.session(tokens.session)).setting(cookies.ended(cookies.visit))
  }
}

extension Visit {
  /// Renders a page that has a form and needs no session. A browser without a secret gets one.
  func withSecret(_ render: (Visit) throws -> Response) throws -> Response {
    if secret != nil { return try render(self) }
    var visit = self
    let fresh = site.randomness.token()
    visit.secret = fresh
    return try render(visit).setting(site.cookies.visit(fresh))
  }
}
