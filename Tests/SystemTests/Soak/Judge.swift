import System
import TestSupport

/// What came of a request, as far as the model cares.
enum Come: Hashable, Sendable, CustomStringConvertible {
  case status(Int)
  /// Sent to the sign-in page, or told by the page's own script that there is no session.
  case signIn
  /// No whole answer came.
  case broken

  var description: String {
    switch self {
    case .status(let code): "\(code)"
    case .signIn: "to the sign-in"
    case .broken: "no answer"
    }
  }
}

/// What a kind of request is to the weather.
enum Sort: Sendable { case reading, changing, downloading, health }

/// What a bad moment excuses beyond what the model allows.
struct Tolerance: Sendable {
  var reading: Set<Come> = []
  var changing: Set<Come> = []
  var downloading: Set<Come> = []
  var health: Set<Come> = []

  static let none = Tolerance()
  /// The server is away: no answer, or nginx's own.
  static let away: Tolerance = {
    let gone: Set<Come> = [.broken, .status(502), .status(504)]
    return Tolerance(reading: gone, changing: gone, downloading: gone, health: gone)
  }()

  func excuses(_ come: Come, _ sort: Sort) -> Bool {
    switch sort {
    case .reading: reading.contains(come)
    case .changing: changing.contains(come)
    case .downloading: downloading.contains(come)
    case .health: health.contains(come)
    }
  }
}

/// Holds every answer against the model and the weather, and collects what is wrong.
final class Judge: Sendable {
  private struct Moment: Sendable {
    let weather: String
    let tolerance: Tolerance
    let from: ContinuousClock.Instant
    var to: ContinuousClock.Instant?

    func overlaps(_ window: Window) -> Bool { from <= window.to && to ?? window.to >= window.from }
  }

  private struct State: Sendable {
    var moments: [Moment] = []
    var complaints: [String] = []
    var answers = 0
    var excused = 0
    var calm: [String: [Duration]] = [:]
    var deeds: [String: Int] = [:]
  }

  private let state = Locked(State())
  private let begun = ContinuousClock.now

  /// Beyond so many the rest says no more.
  private static let most = 25

  var complaints: [String] { state.withLock { $0.complaints } }
  var hasSeenEnough: Bool { state.withLock { $0.complaints.count >= Self.most } }

  func complain(_ what: String) {
    let seconds = (ContinuousClock.now - begun) / .seconds(1)
    state.withLock { state in
      guard state.complaints.count < Self.most else { return }
      let weather =
        state.moments.last.map { $0.to == nil ? "during" : "after" + " \($0.weather)" }
        ?? "before any weather"
      state.complaints.append("at \((seconds * 10).rounded() / 10) s, \(weather): \(what)")
    }
  }

  /// A bad moment begins, which lasts until `clear`.
  func warn(of weather: String, _ tolerance: Tolerance) {
    state.withLock {
      $0.moments.append(Moment(weather: weather, tolerance: tolerance, from: .now))
      $0.deeds["weather: " + weather, default: 0] += 1
    }
  }

  func clear() {
    state.withLock { state in
      if let last = state.moments.indices.last { state.moments[last].to = .now }
    }
  }

  /// Whether the answer is one that the model allows. False where a bad moment excuses it, and nobody knows what came of
  /// the request; what nothing excuses is complained about.
  func allows(_ come: Come, _ allowed: Set<Come>, _ sort: Sort, _ what: String, in window: Window) -> Bool {
    let isExcused = state.withLock { state in
      state.answers += 1
      let moments = state.moments.filter { $0.overlaps(window) }
      if moments.isEmpty {
        state.calm[String(what.prefix { $0 != "?" && $0 != "," }), default: []].append(window.duration)
      }
      if allowed.contains(come) { return false }
      let isExcused = moments.contains { $0.tolerance.excuses(come, sort) }
      if isExcused { state.excused += 1 }
      return isExcused
    }
    if allowed.contains(come) { return true }
    if !isExcused {
      complain("\(what): \(come) and not \(allowed.map(\.description).sorted().joined(separator: " or "))")
    }
    return false
  }

  /// Counts what was done, for the report.
  func count(_ deed: String) { state.withLock { $0.deeds[deed, default: 0] += 1 } }

  /// Figures for people, in lines.
  var report: String {
    let state = state.withLock { $0 }
    let reading = state.calm.filter { $0.key.hasPrefix("GET") && !$0.key.hasSuffix("/download") }
    let all = reading.values.flatMap(\.self)
    var lines = [
      "\(state.answers) answers, \(state.excused) excused by the weather, \(state.complaints.count) wrong",
      "pages in calm weather: \(all.count), p50 \(Self.part(0.5, of: all)), p95 \(Self.part(0.95, of: all)), "
        + "p99 \(Self.part(0.99, of: all))",
    ]
    lines += reading.sorted { $0.key < $1.key }.filter { $0.value.count > 20 }.map {
      "  \($0.key): \($0.value.count), p95 \(Self.part(0.95, of: $0.value))"
    }
    lines.append(
      state.deeds.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    return lines.joined(separator: "\n")
  }

  private static func part(_ part: Double, of times: [Duration]) -> String {
    guard !times.isEmpty else { return "unknown" }
    let place = min(times.count - 1, Int(Double(times.count) * part))
    return "\((times.sorted()[place] / .milliseconds(0.1)).rounded() / 10) ms"
  }
}
