import HTTP

/// Tells a supervisor whether the server works.
enum HealthPage {
  static func show(_ visit: Visit) throws -> Response {
    do {
      _ = try visit.database.read { try $0.organisations.isEmpty }
    } catch {
      visit.site.log.error("health.failed", ["error": "\(error)"])
      return .text("database", .serviceUnavailable)
    }
    guard visit.site.isWorking() else {
      visit.site.log.error("health.failed", ["error": "the export workers don't answer"])
      return .text("workers", .serviceUnavailable)
    }
    return .text("ok")
  }
}
