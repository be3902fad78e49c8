import HTTP

/// The site's two cookies: the session, and before sign-in a random secret that the form's token is bound to.
///
/// Browsers share cookies across ports, so that two servers on one host need names of their own. Under https the prefix
/// `__Host-` binds a cookie to this host.
struct SiteCookies: Sendable {
  /// The names.
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

  /// Ends with the browser.
  func visit(_ secret: String) throws -> Cookie {
    try Cookie(name: visit, value: secret, secure: isSecure)
  }

  /// Removes the cookie of that name.
  func ended(_ name: String) throws -> Cookie {
    try Cookie(name: name, value: "", maxAge: .zero, secure: isSecure)
  }
}

extension Visit {
  /// Renders a page with a form before sign-in. A browser that has no secret yet gets one first.
  func withSecret(_ render: (Visit) throws -> Response) throws -> Response {
    if secret != nil { return try render(self) }
    var visit = self
    let fresh = site.randomness.token()
    visit.secret = fresh
    return try render(visit).setting(site.cookies.visit(fresh))
  }
}
