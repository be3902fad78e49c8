/// The names of the cookies. Browsers share cookies across ports, so that two servers on one host need names
/// of their own; under https the prefix `__Host-` binds a cookie to this host.
struct CookieNames: Sendable {
  let session: String
  let visit: String

  init(_ url: SiteURL) {
    session = url.isSecure ? "__Host-session" : "session-\(url.port)"
    visit = url.isSecure ? "__Host-visit" : "visit-\(url.port)"
  }
}
