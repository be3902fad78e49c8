import HTTP
import Mustache

/// Setting a password by a mailed link: after an invitation, or after a forgotten password. Opening the page
/// changes nothing, so a mail scanner cannot use up the link.
enum ResetPage {
  static func form(_ visit: Visit) throws -> Response {
    let token = visit.query["token"] ?? ""
    guard let link = try visit.database.read({ try $0.passwordLinks.find(token: token) }) else {
      return try dead(visit, "unknown", .notFound)
    }
    guard link.isGood(at: visit.now) else { return try gone(visit, link.purpose) }
    return try render(visit, link, token)
  }

  static func set(_ visit: Visit) throws -> Response {
    let token = visit.form["token"] ?? ""
    let outcome = try visit.accounts.resetPassword(
      to: visit.form["password"] ?? "", token: token, from: visit.browser, replacing: visit.session)
    switch outcome {
    case .done(let tokens):
      let next: (page: Route, notice: Notice) =
        tokens.session == nil ? (.signInForm, .passwordSet) : (.profile, .welcome)
      return try visit.seeOther(next.page.path(), saying: next.notice, to: tokens.session)
        .settingCookies(of: tokens, visit.site.cookies)
    case .notFound: return try dead(visit, "unknown", .notFound)
    case .gone(let purpose): return try gone(visit, purpose)
    case .invalid(let link, let problem):
      return try render(visit, link, token, problem: problem, status: .unprocessableContent)
    case .taken(let link):
      let text =
        "Somebody signs in with \(link.user.email ?? "this address") in another organisation. "
        + "Ask \(Wording.isolated(link.organisationName)) to add you with another address."
      return try render(visit, link, token, status: .conflict, flash: Flash(text: text, isWrong: true))
    case .busy: throw Refusal.busy
    }
  }

  private static func render(
    _ visit: Visit, _ link: PasswordLink, _ token: String, problem: String? = nil, status: Status = .ok,
    flash: Flash? = nil
  ) throws -> Response {
    try visit.withSecret { visit in
      try visit.page(
        "pages/password_reset",
        [
          "token": .text(token),
          "account": [
            "email": Value(link.user.email), "name": .text(link.user.displayName),
            "organisation": .text(link.organisationName),
          ],
          "invitation": .bool(link.purpose == .invitation),
          "password": field(problem: problem),
        ], status: status, flash: flash)
    }
  }

  private static func gone(_ visit: Visit, _ purpose: PasswordLink.Purpose) throws -> Response {
    try dead(visit, purpose == .reset ? "reset" : "invitation", .gone)
  }

  /// - Parameter why: which of its sections `pages/link_expired` shows.
  private static func dead(_ visit: Visit, _ why: String, _ status: Status) throws -> Response {
    var view: Object = ["reset": false, "invitation": false, "unknown": false]
    view[why] = true
    return try visit.withSecret { try $0.page("pages/link_expired", view, status: status) }
  }
}
