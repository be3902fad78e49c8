import HTTP
import System

/// How long the answers to requests took, by route and by the class of their status. Routes are the patterns of the
/// router, so there are as many rows as those have classes, whatever people ask for.
final class RequestCounts: Sendable {
  private let rows: [Route: [Histogram]]
  private let others = RequestCounts.row()

  /// 1xx is never the answer.
  private static let classes = ["2xx", "3xx", "4xx", "5xx"]

  private static func row() -> [Histogram] { classes.map { _ in Histogram(.requests) } }

  init() {
    rows = Dictionary(uniqueKeysWithValues: Route.allCases.map { ($0, Self.row()) })
  }

  /// - Parameter route: nil for an address that is none.
  func count(_ route: Route?, _ status: Status, _ time: Duration) {
    let row = route.flatMap { rows[$0] } ?? others
    row[min(max(status.code / 100 - 2, 0), row.count - 1)].count(time)
  }

  /// Adds what was asked for at least once.
  func add(to text: inout MetricsText) {
    text.begin(
      "handover_http_request_duration_seconds", .histogram,
      "How long requests took until their answer began, by the pattern of their address.")
    for route in Route.allCases {
      let parts = route.rawValue.split(separator: " ")
      add(rows[route] ?? [], method: String(parts[0]), route: String(parts[1]), to: &text)
    }
    add(others, method: "any", route: "none", to: &text)
  }

  private func add(_ row: [Histogram], method: String, route: String, to text: inout MetricsText) {
    for (status, histogram) in zip(Self.classes, row) where histogram.cumulative.last != 0 {
      text.add(histogram, ["method": method, "route": route, "status": status])
    }
  }
}
