/// From when a request was begun until its answer was there: the server may have looked at any moment between.
struct Window: Sendable {
  let from: ContinuousClock.Instant
  let to: ContinuousClock.Instant

  var duration: Duration { to - from }
}

/// Something that requests change. While a change is on its way the fact may be the old value or the new one, and
/// stays so until its answer, or a look at the server, decides.
struct Fact<Value: Hashable & Sendable>: Sendable {
  private struct Span {
    let value: Value
    let from: ContinuousClock.Instant
    var until: ContinuousClock.Instant?
  }

  private var spans: [Span]

  /// No request is looked at after so long.
  private static var memory: Duration { .seconds(300) }

  init(_ value: Value) { spans = [Span(value: value, from: .now, until: nil)] }

  /// What it was last known to be, or what it was before a change that is undecided.
  var value: Value { (spans.first { $0.until == nil } ?? spans[spans.count - 1]).value }

  /// Whether a change is undecided.
  var isOpen: Bool { spans.count { $0.until == nil } > 1 }

  /// A change to this value begins now.
  mutating func mayBecome(_ value: Value) {
    if spans.contains(where: { $0.value == value && $0.until == nil }) { return }
    spans.append(Span(value: value, from: .now, until: nil))
  }

  /// It is this value from now on, and no other.
  mutating func becomes(_ value: Value) {
    let now = ContinuousClock.now
    spans.removeAll { $0.until.map { now - $0 > Self.memory } ?? false }
    for place in spans.indices where spans[place].until == nil && spans[place].value != value {
      spans[place].until = now
    }
    if !spans.contains(where: { $0.value == value && $0.until == nil }) {
      spans.append(Span(value: value, from: now, until: nil))
    }
  }

  /// What the server may have found it to be at some moment of the window.
  func values(in window: Window) -> Set<Value> {
    Set(spans.filter { $0.from <= window.to && $0.until ?? window.to >= window.from }.map(\.value))
  }
}
