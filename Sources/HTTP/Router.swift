/// Finds the route of a request in a table that declares methods and path of each route on one line:
///
/// ```swift
/// enum Route: String, CaseIterable {
///   case login = "GET,POST /login"
///   case export = "POST /settings/export"
///   case newExport = "GET /settings/export/new"
///   case cancelExport = "POST /settings/export/{id}/cancel"
///
///   func path(_ arguments: String...) -> String { Endpoint.path(rawValue, arguments) }
/// }
///
/// let router = try Router<Route>()
/// router.find(.post, try Path("/settings/export/7/cancel"))  // .found(.cancelExport, ["7"])
/// Route.cancelExport.path("7")  // "/settings/export/7/cancel"
/// ```
///
/// A path is a resource. Of those that match, the one with more literal segments from the left wins
/// (`/export/new` before `/export/{id}`), and only then does the method count. HEAD goes where GET does.
package struct Router<Route: Sendable>: Sendable {
  package enum Result {
    case found(Route, arguments: [String])
    /// The path is known, the method isn't; `allow` is for the Allow field (RFC 9110, section 15.5.6).
    case methodNotAllowed(allow: [Method])
    case notFound
  }

  private struct Resource: Sendable {
    let template: PathTemplate
    var routes: [(methods: [Method], route: Route)]
  }

  /// At each index the resources of that many segments, in the order of precedence.
  private var resources: [[Resource]] = []

  /// - Throws: `invalidRoute` for a declaration that can't be parsed or that repeats another.
  package init(_ table: [(declaration: String, route: Route)]) throws(HTTPError) {
    for (declaration, route) in table {
      try add(Endpoint(declaration), route)
    }
    for count in resources.indices {
      resources[count].sort { $0.template.precedes($1.template) }
    }
  }

  /// The route of a request, with the values of its path's variables in their order.
  package func find(_ method: Method, _ path: Path) -> Result {
    guard path.segments.count < resources.count else { return .notFound }
    for resource in resources[path.segments.count] {
      guard let arguments = resource.template.match(path) else { continue }
      let sought = method == .head ? .get : method
      for (methods, route) in resource.routes where methods.contains(sought) {
        return .found(route, arguments: arguments)
      }
      return .methodNotAllowed(allow: allowed(resource.routes.flatMap(\.methods)))
    }
    return .notFound
  }

  private mutating func add(_ endpoint: Endpoint, _ route: Route) throws(HTTPError) {
    let count = endpoint.template.count
    while resources.count <= count { resources.append([]) }
    guard let place = resources[count].firstIndex(where: { $0.template.hasShape(of: endpoint.template) })
    else {
      resources[count].append(Resource(template: endpoint.template, routes: [(endpoint.methods, route)]))
      return
    }
    let taken = resources[count][place].routes.flatMap(\.methods)
    guard resources[count][place].template == endpoint.template,
      !endpoint.methods.contains(where: taken.contains)
    else { throw HTTPError(.invalidRoute, "two routes for \(endpoint.template.text)") }
    resources[count][place].routes.append((endpoint.methods, route))
  }
}

extension Router where Route: CaseIterable & RawRepresentable<String> {
  /// The table of an enum whose raw values are the declarations.
  /// - Throws: `invalidRoute`.
  package init() throws(HTTPError) {
    try self.init(Route.allCases.map { (declaration: $0.rawValue, route: $0) })
  }
}

private func allowed(_ methods: [Method]) -> [Method] {
  methods.flatMap { $0 == .get ? [.get, .head] : [$0] }
}
