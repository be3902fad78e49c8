import HTTP

/// Tells a supervisor whether the server works.
enum HealthPage {
  static func show(_ visit: Visit) throws -> Response {
    guard let problem = visit.site.health.problem else { return .text("ok") }
    return .text(problem.rawValue, .serviceUnavailable)
  }

  /// That this is answered at all is what there is to know: a process that doesn't is to be started again.
  static func live(_ visit: Visit) throws -> Response { .text("ok") }

  /// Whether requests should come here: a word a line for each reason why not.
  static func ready(_ visit: Visit) throws -> Response {
    let reasons = visit.site.health.unready
    if reasons.isEmpty { return .text("ok") }
    return .text(reasons.joined(separator: "\n"), .serviceUnavailable)
  }
}
