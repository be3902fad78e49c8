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

/// A visit of somebody who is signed in. Only `Route.handler` makes one, so that a handler that takes it can't be
/// reached without a session.
struct SignedIn {
  let visit: Visit
  let session: Session
}

extension SignedIn {
  var user: User { session.user }
  var organisation: Organisation { session.organisation }

  var site: Site { visit.site }
  var database: Database { site.database }
  var accounts: Accounts { site.accounts }
  var exports: Exports { site.exports }

  var request: Request { visit.request }
  var query: Form { visit.query }
  var form: Form { visit.form }
  var now: UnixTime { visit.now }
  var address: String { visit.address }
  var browser: Browser { visit.browser }

  /// The route's first variable as an id.
  ///
  /// - Throws: `Refusal.notFound` where it can't be one.
  func id<ID: LosslessStringConvertible>() throws -> ID {
    guard let id = ID(visit.arguments[0]) else { throw Refusal.notFound }
    return id
  }

  /// The page of a list that was asked for, from 1; anything that is no such number is the first.
  var pageNumber: Int {
    min(max(1, query["page"].flatMap { Int($0) } ?? 1), 1_000_000)
  }
}
