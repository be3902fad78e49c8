import HTTP

/// The site's cookies: the session's token, and that of a sign-in which waits for a code; before sign-in a random
/// secret to which the form's CSRF token is bound; after it a random text by which the browser is known at the
/// next sign-in; after an action what the next page says of it; and where there are cells, the name of the right one. While somebody whose session has ended signs in
/// again, one holds the page whose form was not sent.
///
/// Browsers share cookies across ports, so two servers on one host need different names. Under https the
/// prefix `__Host-` binds a cookie to this host.
struct SiteCookies: Sendable {
  /// The cookies' names.
  let session: String
  let code: String
  let visit: String
  let browser: String
  let unsent: String
  let notice: String
  let cell: String
  private let isSecure: Bool

  init(_ url: SiteURL) {
    session = url.isSecure ? "__Host-session" : "session-\(url.port)"
    code = url.isSecure ? "__Host-code" : "code-\(url.port)"
    visit = url.isSecure ? "__Host-visit" : "visit-\(url.port)"
    browser = url.isSecure ? "__Host-browser" : "browser-\(url.port)"
    unsent = url.isSecure ? "__Host-unsent" : "unsent-\(url.port)"
    notice = url.isSecure ? "__Host-notice" : "notice-\(url.port)"
    cell = url.isSecure ? "__Host-cell" : "cell-\(url.port)"
    isSecure = url.isSecure
  }

  func session(_ token: String) throws -> Cookie {
    try Cookie(name: session, value: token, maxAge: Session.totalLimit, secure: isSecure)
  }

  /// - Parameter token: of a sign-in that waits for a code.
  func code(_ token: String) throws -> Cookie {
    try Cookie(name: code, value: token, maxAge: TwoStep.codeLimit, secure: isSecure)
  }

  /// Lasts until the browser is closed.
  func visit(_ secret: String) throws -> Cookie {
    try Cookie(name: visit, value: secret, secure: isSecure)
  }

  func browser(_ token: String) throws -> Cookie {
    try Cookie(name: browser, value: token, maxAge: KnownBrowser.lifetime, secure: isSecure)
  }

  /// - Parameter page: whose form was not sent. Long enough for a mistyped password, and no longer.
  func unsent(_ page: String) throws -> Cookie {
    try Cookie(name: unsent, value: page, maxAge: .minutes(10), secure: isSecure)
  }

  func notice(_ sealed: String) throws -> Cookie {
    try Cookie(name: notice, value: sealed, maxAge: Notice.lifetime, secure: isSecure)
  }

  /// The way to the cell, for the web server: it proves nothing.
  func cell(_ name: String) throws -> Cookie {
    try Cookie(name: cell, value: name, maxAge: Session.totalLimit, secure: isSecure)
  }

  /// Removes the cookie with this name.
  func ended(_ name: String) throws -> Cookie {
    try Cookie(name: name, value: "", maxAge: .zero, secure: isSecure)
  }
}

extension Response {
  /// The answer to somebody who has proved who they are. The secret from before stays: a sign-in page in another tab
  /// goes on with it.
  func settingCookies(of tokens: SignInTokens, _ cookies: SiteCookies) throws -> Response {
    let known = try setting(cookies.browser(tokens.browser))
    guard let session = tokens.session else { return try known.setting(cookies.ended(cookies.session)) }
    return try known.setting(cookies.session(session)).setting(cookies.ended(cookies.unsent))
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
