import HTTP

/// Whether the server works, for whoever supervises it.
enum HealthPage {
  static func show(_ visit: Visit) throws -> Response {
    do {
      _ = try visit.site.database.read { try $0.exists("SELECT 1 FROM organisation") }
      return .text("ok")
    } catch {
      visit.site.log.error("health.failed", ["error": "\(error)"])
      return .text("database", .serviceUnavailable)
    }
  }
}
