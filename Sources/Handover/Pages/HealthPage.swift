import HTTP

/// Tells a supervisor whether the server works.
enum HealthPage {
  static func show(_ visit: Visit) throws -> Response {
    guard let problem = visit.site.health.problem else { return .text("ok") }
    return .text(problem.rawValue, .serviceUnavailable)
  }
}
