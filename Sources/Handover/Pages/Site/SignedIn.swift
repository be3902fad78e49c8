import HTTP

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
