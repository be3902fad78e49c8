/// What Prometheus and its like read: one family of samples after another, in the form of OpenMetrics 1.0 or in
/// Prometheus' own of before (0.0.4), which differ in the names of counters and in the end.
struct MetricsText {
  enum Form: Sendable {
    case openMetrics
    case prometheus

    var type: String {
      switch self {
      case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
      case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
      }
    }
  }

  enum Kind: String { case gauge, counter, histogram, info }

  typealias Labels = KeyValuePairs<String, String>

  private let form: Form
  private var text = ""
  /// Of the family that was begun last.
  private var name = ""

  init(_ form: Form) {
    self.form = form
  }

  /// All of it.
  var bytes: [UInt8] { Array((form == .openMetrics ? text + "# EOF\n" : text).utf8) }

  /// Begins a family.
  ///
  /// - Parameter name: without the ending that its kind has: `_total`, `_info`.
  mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    let ending =
      switch kind {
      case .counter: "_total"
      case .info: "_info"
      case .gauge, .histogram: ""
      }
    self.name = name + ending
    let title = form == .openMetrics ? name : self.name
    let type = form == .prometheus && kind == .info ? "gauge" : kind.rawValue
    text += "# HELP \(title) \(help)\n# TYPE \(title) \(type)\n"
  }

  mutating func add(_ value: Double, _ labels: Labels = [:]) {
    text += "\(name)\(written(labels)) \(value)\n"
  }

  mutating func add(_ value: Int, _ labels: Labels = [:]) {
    text += "\(name)\(written(labels)) \(value)\n"
  }

  mutating func add(_ histogram: Histogram, _ labels: Labels = [:]) {
    let counts = histogram.cumulative
    let bounds = histogram.bounds.seconds.map { "\($0)" } + ["+Inf"]
    for (bound, count) in zip(bounds, counts) {
      text += "\(name)_bucket\(written(labels, "le=\"\(bound)\"")) \(count)\n"
    }
    text += "\(name)_sum\(written(labels)) \(histogram.sum)\n"
    text += "\(name)_count\(written(labels)) \(counts.last ?? 0)\n"
  }

  /// A family of one number.
  mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
    begin(name, kind, help)
    add(value)
  }

  mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
    begin(name, kind, help)
    add(value)
  }

  private func written(_ labels: Labels, _ bound: String? = nil) -> String {
    var parts = labels.map { name, value in
      "\(name)=\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n"))\""
    }
    if let bound { parts.append(bound) }
    return parts.isEmpty ? "" : "{\(parts.joined(separator: ","))}"
  }
}

extension MetricsText.Form {
  /// The one that whoever asks with this Accept field prefers (RFC 9110, section 12.5.1); Prometheus' own for those that
  /// say nothing of it.
  init(accepting field: String?) {
    var weights: [String: Double] = [:]
    for range in (field ?? "").split(separator: ",") {
      let parts = range.split(separator: ";").map { trimmed(String($0)).lowercased() }
      guard let type = parts.first else { continue }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
      weights[type] = max(weights[type] ?? 0, weight)
    }
    let open = weights["application/openmetrics-text"] ?? 0
    self = open > 0 && open >= weights["text/plain"] ?? 0 ? .openMetrics : .prometheus
  }
}
