import Testing

@testable import HTTP

@Suite("The router")
struct RouterTests {
  enum Route: String, CaseIterable {
    case home = "GET /"
    case signIn = "GET /login"
    case enter = "POST /login"
    case newExport = "GET /settings/export/new"
    case showExport = "GET /settings/export/{id}"
    case exports = "GET,POST /settings/export"
    case cancel = "POST /settings/export/{id}/cancel"
    case member = "GET /teams/{team}/members/{member}"
  }

  let router: Router<Route>

  init() throws {
    router = try Router<Route>()
  }

  @Test(
    "finds a route by method and path",
    arguments: [
      (.get, "/", .home, []),
      (.get, "/login", .signIn, []),
      (.head, "/login", .signIn, []),
      (.post, "/login", .enter, []),
      (.post, "/settings/export", .exports, []),
      (.get, "/settings/export/new", .newExport, []),
      (.get, "/settings/export/7", .showExport, ["7"]),
      (.post, "/settings/export/7/cancel", .cancel, ["7"]),
      (.post, "/settings/export/new/cancel", .cancel, ["new"]),
      (.get, "/teams/a%2Fb/members/J%C3%BCrgen", .member, ["a/b", "Jürgen"]),
    ] as [(Method, String, Route, [String])])
  func finds(method: Method, path: String, route: Route, arguments: [String]) throws {
    guard case .found(let found, let values) = router.find(method, try Path(path)) else {
      Issue.record("not found")
      return
    }
    #expect(found == route)
    #expect(values == arguments)
  }

  @Test(
    "names the methods of a resource that knows another one",
    arguments: [
      (.post, "/", [.get, .head]),
      (.other("DELETE"), "/login", [.get, .head, .post]),
      (.get, "/settings/export/7/cancel", [.post]),
      (.head, "/settings/export/7/cancel", [.post]),
      (.post, "/settings/export/new", [.get, .head]),
      (.other("get"), "/", [.get, .head]),
    ] as [(Method, String, [Method])])
  func namesMethods(method: Method, path: String, allowed: [Method]) throws {
    guard case .methodNotAllowed(let allow) = router.find(method, try Path(path)) else {
      Issue.record("allowed, or not found")
      return
    }
    #expect(allow == allowed)
  }

  @Test(
    "knows no other spelling of a path",
    arguments: [
      "/settings", "/login/", "//login", "/Login", "/settings/export/", "/settings/export//cancel",
      "/settings/export/7/cancel/", "/settings/./export", "/a/b/c/d/e/f/g", "/settings%2Fexport",
    ])
  func findsNothing(path: String) throws {
    guard case .notFound = router.find(.get, try Path(path)) else {
      Issue.record("found")
      return
    }
  }

  @Test("prints the paths that it finds", arguments: Route.allCases)
  func prints(route: Route) throws {
    let endpoint = try Endpoint(route.rawValue)
    let values = ["U-3", "a/b ü?"].prefix(endpoint.template.text.count { $0 == "{" })
    let path = Endpoint.path(route.rawValue, Array(values))
    guard case .found(route, Array(values)) = router.find(endpoint.methods[0], try Path(path)) else {
      Issue.record("\(path) is another route")
      return
    }
  }

  @Test("encodes what isn't unreserved")
  func encodes() {
    #expect(Endpoint.path("GET /a/{x}/b/{y}", ["é/?#%", "-._~9"]) == "/a/%C3%A9%2F%3F%23%25/b/-._~9")
    #expect(Endpoint.path("GET,POST /login") == "/login")
    #expect(Endpoint.path("/login") == "/login")
  }

  @Test(
    "refuses a table that can't be meant",
    arguments: [
      ["/login"], ["GET login"], ["GET  /login"], ["GET /a b"], [" /a"], ["GET /{}"], ["GET /{a"],
      ["GET /a{b}"], ["GET /%41"], ["GET /a?b"], ["GET /ü"], ["GET /a", "GET,POST /a"],
      ["GET /a/{b}", "POST /a/{c}"],
    ])
  func refuses(table: [String]) {
    let error = #expect(throws: HTTPError.self) {
      try Router(table.enumerated().map { (declaration: $0.element, route: $0.offset) })
    }
    #expect(error?.code == .invalidRoute)
  }
}
