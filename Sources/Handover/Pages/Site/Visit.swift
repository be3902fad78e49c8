import HTTP
import Mustache

/// A request that has been let in, with all that a handler needs to answer it.
struct Visit {
  let site: Site
  let request: Request
  let route: Route
  /// The values of the route's variables, in their order.
  let arguments: [String]
  let query: Form
  let form: Form
  let now: UnixTime
  let session: Session?
  /// What the CSRF token is made from: the session's token, or the random cookie before sign-in.
  let secret: String?
}

extension Visit {
  /// Who is signed in. Routes for anyone have none; those are not to ask.
  var me: User {
    get throws {
      guard let session else { throw Refusal.signInFirst(request) }
      return session.user
    }
  }

  var organisation: Organisation {
    get throws {
      guard let session else { throw Refusal.signInFirst(request) }
      return session.organisation
    }
  }

  var address: String { request.remoteAddress }

  /// Where the request comes from. No header says it: those that proxies write, anybody can.
  var browser: Browser { Browser(address: address, agent: request.headers["User-Agent"] ?? "") }

  /// The argument as an id; what can't be one is not found.
  func id<ID: LosslessStringConvertible>(_ index: Int = 0) throws -> ID {
    guard let id = ID(arguments[index]) else { throw Refusal.notFound }
    return id
  }
}
