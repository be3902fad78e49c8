import HTTP

/// A request that passed the checks, with what its handler needs. Handlers that need a session take a
/// `SignedIn`.
struct Visit {
  let site: Site
  let request: Request
  let route: Route
  /// The values of the route's variables, in their order.
  let arguments: [String]
  let query: Form
  /// Of a form with files: the fields before the first one.
  let form: Form
  /// The files of the form, which are still to be read; nil for any other form.
  var files: Multipart?
  let now: UnixTime
  /// A visitor of a route for anyone may be signed in as well.
  var session: Session?
  /// The CSRF token is bound to it: the session's token, or before sign-in the random cookie.
  var secret: String?
}

extension Visit {
  var database: Database { site.database }
  var accounts: Accounts { site.accounts }

  var address: String { request.remoteAddress }

  /// The client's address is the one that nginx passes on. X-Forwarded-For is ignored: any client can write
  /// it.
  var browser: Browser {
    Browser(
      address: address, agent: request.headers["User-Agent"] ?? "",
      cookie: request.cookies[site.cookies.browser])
  }
}

/// A visit with a session. Only `Handler` makes one, so a handler that takes it can't be reached without a
/// session.
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
  var imports: Imports { site.imports }
  var documents: Documents { site.documents }
  var storage: LinkedStorage { site.storage }

  var request: Request { visit.request }
  var query: Form { visit.query }
  var form: Form { visit.form }
  var now: UnixTime { visit.now }
  /// Whether the user has proved lately who they are.
  var isProved: Bool { session.isProved(at: now) }
  var address: String { visit.address }
  var browser: Browser { visit.browser }

  /// The route's first variable as an id.
  ///
  /// - Throws: `Refusal.notFound` where it is not one.
  func id<ID: LosslessStringConvertible>() throws -> ID {
    guard let id = ID(visit.arguments[0]) else { throw Refusal.notFound }
    return id
  }

  /// The requested page of a list, from 1. A query that is not such a number asks for the first.
  var pageNumber: Int {
    min(max(1, query["page"].flatMap { Int($0) } ?? 1), 1_000_000)
  }
}
