import HTTP
import Mustache

/// Signing in and out.
enum SignInPage {
  static func form(_ visit: Visit) throws -> Response {
    if visit.session != nil { return .seeOther(destination(visit.query["next"])) }
    return try render(visit, next: visit.query["next"])
  }

  static func signIn(_ visit: Visit) throws -> Response {
    let email = visit.form["email"] ?? ""
    let next = visit.form["next"]
    let outcome = try visit.site.signIn.attempt(
      email: email, password: visit.form["password"] ?? "", address: visit.address,
      agent: visit.request.headers["User-Agent"] ?? "", at: visit.now)
    switch outcome {
    case .signedIn(let token, _):
      return try Response.seeOther(destination(next)).setting(visit.site.sessionCookie(token))
        .setting(visit.site.endedCookie(visit.site.cookies.visit))
    case .wrong:
      return try render(visit, email: email, next: next, wrong: true, status: .unprocessableContent)
    case .busy:
      throw Refusal(
        status: .serviceUnavailable, detail: "Many people are signing in at this moment.", retryAfter: 5)
    }
  }

  static func signOut(_ visit: Visit) throws -> Response {
    if let session = visit.session {
      try visit.site.database.write { try $0.removeSession(token: session.token) }
    }
    return try Response.seeOther(Route.signInForm.path())
      .setting(visit.site.endedCookie(visit.site.cookies.session))
  }

  /// Where to go after signing in: an address of this site, and nothing else.
  ///
  /// A download becomes the page that shows the export and starts it: a browser that gets a file in answer to a
  /// form stays on the form.
  static func destination(_ next: String?) -> String {
    guard let next, next.hasPrefix("/"), !next.hasPrefix("//"), !next.contains("\\"),
      next.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let path = try? Path(next.prefix { $0 != "?" })
    else { return Route.exports.path() }
    if let id = downloadID(path) { return Route.exports.path() + "?" + Form(["download": id]).encoded }
    return next
  }

  private static func downloadID(_ path: Path) -> String? {
    guard let endpoint = try? Endpoint(Route.download.rawValue) else { return nil }
    return endpoint.template.match(path)?.first.flatMap(ExportID.init)?.rawValue
  }

  private static func render(
    _ visit: Visit, email: String? = nil, next: String? = nil, wrong: Bool = false, status: Status = .ok
  ) throws -> Response {
    let isDownload = next.map { destination($0).contains("download=") } ?? false
    return try visit.withSecret { visit in
      try visit.page(
        "pages/login",
        [
          "email": field(email),
          "wrong": .bool(wrong),
          "throttled": .null,
          "next": .text(next ?? ""),
          "to_download": .bool(isDownload),
        ], status: status)
    }
  }
}
