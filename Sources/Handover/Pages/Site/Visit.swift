import HTTP

/// A request that has been let in, with what a handler needs to answer it. Handlers whose routes need a session get a
/// `SignedIn` instead.
struct Visit {
  let site: Site
  let request: Request
  let route: Route
  /// The values of the route's variables, in their order.
  let arguments: [String]
  let query: Form
  let form: Form
  let now: UnixTime
  /// A route for anyone may be asked for by somebody who is signed in.
  let session: Session?
  /// What the CSRF token is made from: the session's token, or the random cookie before sign-in.
  var secret: String?
}

extension Visit {
  var database: Database { site.database }
  var accounts: Accounts { site.accounts }

  var address: String { request.remoteAddress }

  /// Where the request comes from. X-Forwarded-For is ignored: any client can write it.
  var browser: Browser { Browser(address: address, agent: request.headers["User-Agent"] ?? "") }
}
