import HTTP
import System

@testable import Handover

/// A browser: keeps its cookies, and sends the token of a form with it.
final class TestBrowser {
  let site: TestSite
  var address: String
  var cookies: [String: String] = [:]
  /// Sent with every request.
  var headers: KeyValuePairs<Headers.Name, String> = [:]
  var host = "localhost:8080"
  /// The attributes of each cookie that was set last.
  private(set) var lastSetCookies: [String] = []
  private var formToken: String?

  init(_ site: TestSite, address: String) {
    self.site = site
    self.address = address
  }

  @discardableResult
  func get(_ target: String) -> Page { send(.get, target) }

  /// The page that an answer leads to, without the fragment, which browsers keep to themselves; itself where it leads
  /// nowhere.
  func follow(_ page: Page) -> Page { page.location.map { get(String($0.prefix { $0 != "#" })) } ?? page }

  @discardableResult
  func post(_ target: String, _ fields: KeyValuePairs<String, String> = [:], csrf: String? = nil) -> Page {
    var parts = [Form(fields).encoded]
    if let token = csrf ?? csrfToken { parts.append(Form(["csrf_token": token]).encoded) }
    return send(.post, target, body: parts.filter { !$0.isEmpty }.joined(separator: "&"))
  }

  /// Sends a request with this browser's cookies and no form token.
  @discardableResult
  func send(
    _ method: Method, _ target: String, body: String = "",
    type: String? = "application/x-www-form-urlencoded"
  ) -> Page {
    var headers = Headers()
    headers.append("Host", host)
    headers.append("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
    if !cookies.isEmpty {
      headers.append("Cookie", cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))
    }
    if !body.isEmpty, let type { headers.append("Content-Type", type) }
    for (name, value) in self.headers { headers.append(name, value) }
    return ask(Request(method, target, headers: headers, body: Array(body.utf8), remoteAddress: address))
  }

  /// Posts a form with files, as it comes from the server: the token first, unless the parts are given.
  ///
  /// - Parameters:
  ///   - fields: before the files.
  ///   - parts: all of the body instead of files.
  @discardableResult
  func upload(
    _ target: String, _ files: [(name: String, content: String)] = [], csrf: String? = nil,
    fields: KeyValuePairs<String, String> = [:], parts: String? = nil
  ) -> Page {
    func part(_ head: String, _ content: String) -> String {
      "--boundary\r\nContent-Disposition: form-data; \(head)\r\n\r\n\(content)\r\n"
    }
    let body =
      parts
      ?? part("name=\"csrf_token\"", csrf ?? csrfToken ?? "")
      + fields.map { part("name=\"\($0.key)\"", $0.value) }.joined()
      + files.map { part("name=\"files\"; filename=\"\($0.name)\"", $0.content) }.joined()
      + "--boundary--\r\n"
    var headers = Headers()
    headers.append("Host", host)
    if !cookies.isEmpty {
      headers.append("Cookie", cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))
    }
    headers.append("Content-Type", "multipart/form-data; boundary=boundary")
    headers.append("Content-Length", "\(body.utf8.count)")
    var request = Request(.post, target, headers: headers, remoteAddress: address)
    if site.site.takesFiles(request) {
      let rest = Locked(Array(body.utf8)[...])
      request.readBody = { count throws(HTTPError) in
        rest.withLock { rest in
          let piece = Array(rest.prefix(min(count, 1_000)))
          rest = rest.dropFirst(piece.count)
          return piece
        }
      }
    } else {
      request.body = Array(body.utf8)
    }
    return ask(request)
  }

  private func ask(_ request: Request) -> Page {
    let response = site.site.respond(to: request)
    keepCookies(of: response)
    let page = Page(response)
    if let token = page.text.firstMatch(of: /name="csrf_token" value="([^"]*)"/)?.1 {
      formToken = String(token)
    } else if response.headers["Set-Cookie"] != nil {
      formToken = nil
    }
    return page
  }

  /// The token in the forms of the last page, or the one that a page would have.
  var csrfToken: String? {
    formToken
      ?? (cookies[site.site.cookies.session] ?? cookies[site.site.cookies.visit]).map {
        Handover.csrfToken(for: $0, under: [UInt8](repeating: 7, count: 32))
      }
  }

  @discardableResult
  func signIn(_ user: User, password: String = TestSite.password, next: String? = nil) throws -> Page {
    get("/login")
    return post(
      "/login", ["email": user.email ?? "", "password": password, "next": next ?? ""])
  }

  private func keepCookies(of response: Response) {
    let set = response.headers.values(of: "Set-Cookie")
    if !set.isEmpty { lastSetCookies = set }
    for cookie in set {
      let pair = cookie.prefix { $0 != ";" }.split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let (name, value) = (String(pair[0]), String(pair[1]))
      cookies[name] = cookie.contains("Max-Age=0") ? nil : value
    }
  }
}

/// An answer, with what tests look at.
struct Page {
  let response: Response

  /// With the whole body of a response that writes it piece by piece.
  init(_ response: Response) {
    var response = response
    if let writeBody = response.writeBody {
      try? writeBody { response.body += $0 }
    }
    self.response = response
  }

  var status: Int { response.status.code }
  var text: String { response.body.pageText }
  /// The text without the CSRF token, which differs on every page.
  var textWithoutToken: String {
    text.replacing(/name="csrf_token" value="[^"]*"/, with: "")
  }
  var location: String? { response.headers["Location"] }

  subscript(name: Headers.Name) -> String? { response.headers[name] }

  func contains(_ text: String) -> Bool { self.text.contains(text) }
}
