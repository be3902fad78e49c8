import HTTP

extension Site {
  func sessionCookie(_ token: String) throws -> Cookie {
    try Cookie(
      name: cookies.session, value: token, maxAge: .seconds(Session.totalLimit),
      secure: configuration.url.isSecure
    )
  }

  func endedCookie(_ name: String) throws -> Cookie {
    try Cookie(name: name, value: "", maxAge: .zero, secure: configuration.url.isSecure)
  }
}

extension Visit {
  /// Renders a page with a form before sign-in: gives the browser a random cookie first, if it has none, that
  /// the form's token is bound to.
  func withSecret(_ render: (Visit) throws -> Response) throws -> Response {
    if secret != nil { return try render(self) }
    let fresh = site.randomness.token()
    let visit = Visit(
      site: site, request: request, route: route, arguments: arguments, query: query, form: form, now: now,
      session: session, secret: fresh)
    return try render(visit).setting(
      Cookie(name: site.cookies.visit, value: fresh, secure: site.configuration.url.isSecure))
  }
}
