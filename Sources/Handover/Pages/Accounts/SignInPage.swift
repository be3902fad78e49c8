import HTTP
import Mustache

/// Signing in and out.
enum SignInPage {
  static func form(_ visit: Visit) throws -> Response {
    if let session = visit.session {
      return .seeOther(try Destination.after(visit.query["next"], for: session.user, on: visit.site))
    }
    let unsent = visit.noticed == nil ? visit.request.cookies[visit.site.cookies.unsent] : nil
    return try render(visit, next: visit.query["next"] ?? unsent, isUnsent: unsent != nil)
  }

  static func signIn(_ visit: Visit) throws -> Response {
    let email = visit.form["email"] ?? ""
    let next = visit.form["next"]
    if let user = signedInElsewhere(visit, as: email) {
      return .seeOther(try Destination.after(next, for: user, on: visit.site))
    }
    let outcome = try visit.accounts.signIn(
      email: email, password: visit.form["password"] ?? "", from: visit.browser, replacing: visit.session)
    switch outcome {
    case .done(let tokens):
      return try Response.seeOther(visit.destination(after: next, tokens))
        .settingCookies(of: tokens, visit.site.cookies)
    case .needsCode(let token):
      return try Response.seeOther(CodePage.address(next)).setting(visit.site.cookies.code(token))
    case .wrong:
      return try render(visit, email: email, next: next, wrong: true, status: .unprocessableContent)
    case .throttled(let wait):
      return try render(visit, email: email, next: next, wait: wait, status: .tooManyRequests)
        .with("Retry-After", String(wait.wholeSeconds))
    case .busy:
      throw Refusal.busy
    }
  }

  /// Who has signed in in another tab since this one's form was made, if it is the same person: then there is nothing
  /// to do.
  private static func signedInElsewhere(_ visit: Visit, as email: String) -> User? {
    guard let session = visit.session, let me = session.user.email, let token = visit.form["csrf_token"],
      me.lowercased().isSame(as: trimmed(email).lowercased()), !isCSRFToken(token, for: session.token)
    else { return nil }
    return session.user
  }

  static func signOut(_ visit: SignedIn) throws -> Response {
    try visit.accounts.signOut(visit.session, from: visit.address)
    return try visit.visit.seeOther(Route.signInForm.path(), saying: .signedOut)
      .setting(visit.site.cookies.ended(visit.site.cookies.session))
  }

  private static func render(
    _ visit: Visit, email: String? = nil, next: String? = nil, wrong: Bool = false, wait: Duration? = nil,
    isUnsent: Bool = false, status: Status = .ok
  ) throws -> Response {
    try visit.withSecret { visit in
      try visit.page(
        "pages/login",
        [
          "email": field(email),
          "wrong": .bool(wrong),
          "unsent": .bool(isUnsent),
          "throttled": wait.map { ["wait": .text(Wording.duration($0))] } ?? .null,
          "next": .text(next ?? ""),
          "to_download": .bool(Destination.after(next, on: visit.site).isDownload),
        ], status: status)
    }
  }
}
