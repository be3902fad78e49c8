import HTTP
import Mustache

/// The second step of the sign-in: a code of the authenticator, or a recovery code. A code in the address does
/// nothing.
enum CodePage {
  /// - Parameter next: where the sign-in leads in the end.
  static func address(_ next: String?) -> String { address(.codeForm, next) }

  static func form(_ visit: Visit) throws -> Response {
    let next = visit.query["next"]
    let user = try token(of: visit).flatMap { token in
      try visit.database.read { try $0.sessions.userAwaitingCode(token: token, at: visit.now) }
    }
    if user == nil { return .seeOther(address(.signInForm, next)) }
    return try render(visit, next: next)
  }

  static func signIn(_ visit: Visit) throws -> Response {
    let next = visit.form["next"]
    guard let token = token(of: visit) else { return .seeOther(address(.signInForm, next)) }
    let outcome = try visit.accounts.signIn(
      code: visit.form["code"] ?? "", token: token, from: visit.browser, replacing: visit.session)
    let cookies = visit.site.cookies
    switch outcome {
    case .done(let tokens):
      return try Response.seeOther(visit.destination(after: next, tokens))
        .settingCookies(of: tokens, cookies).setting(cookies.ended(cookies.code))
    case .wrong: return try render(visit, next: next, wrong: true, status: .unprocessableContent)
    case .throttled(let wait):
      return try render(visit, next: next, wait: wait, status: .tooManyRequests)
        .with("Retry-After", String(wait.wholeSeconds))
    case .notFound:
      return try visit.seeOther(address(.signInForm, next), saying: .codeLate)
        .setting(cookies.ended(cookies.code))
    }
  }

  private static func token(of visit: Visit) -> String? {
    visit.request.cookies[visit.site.cookies.code]
  }

  private static func address(_ route: Route, _ next: String?) -> String { route.path(leadingTo: next) }

  private static func render(
    _ visit: Visit, next: String?, wrong: Bool = false, wait: Duration? = nil, status: Status = .ok
  ) throws -> Response {
    try visit.withSecret { visit in
      try visit.page(
        "pages/login_code",
        [
          "wrong": .bool(wrong),
          "throttled": wait.map { ["wait": .text(Wording.duration($0))] } ?? .null,
          "next": .text(next ?? ""),
          "to_download": .bool(Destination.after(next, on: visit.site).isDownload),
        ], status: status)
    }
  }
}
