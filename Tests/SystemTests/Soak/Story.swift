/// What is known of one export: which states a page may show, and what must never be shown again.
struct Story: Sendable {
  let id: String
  /// `organisation`, or the user's id; nil where it was seen before the answer to who asked for it.
  var scope: String?
  /// What was certain, and from when on, oldest first.
  private var known: [(state: State, from: ContinuousClock.Instant)] = []
  /// Requests that were begun and may have had their effect.
  private var mayBe: Set<State> = []
  /// As the page shows them; the same for ever.
  var sha256: String?
  var link: String?
  /// How many receipts its downloads must have left, and may have left.
  var fewestReceipts = 0
  var mostReceipts = 0

  enum State: String, Sendable {
    case queued, processing, completed, failed, cancelled, revoked, expired
    /// Another export of its scope was accepted: it does not wait or run any more, whatever came of it.
    case over
    /// Its owner handed the organisation over: nobody can download it any more.
    case handedOver

    var isOpen: Bool { self == .queued || self == .processing }
    /// States are only ever followed by those of a higher rank, but for a failed export that is retried.
    var rank: Int {
      switch self {
      case .queued, .processing: 0
      case .over: 1
      case .completed, .failed: 2
      case .handedOver: 3
      case .cancelled, .revoked, .expired: 4
      }
    }
  }

  init(_ id: String, _ scope: String? = nil) {
    self.id = id
    self.scope = scope
    known = [(.queued, .now)]
  }

  /// What was certain before that moment.
  func state(at moment: ContinuousClock.Instant = .now) -> State {
    known.last { $0.from <= moment }?.state ?? .queued
  }

  func mayHaveBecome(_ state: State) -> Bool { mayBe.contains(state) }

  /// A request that has one of these effects is begun.
  mutating func mayBecome(_ states: [State]) { mayBe.formUnion(states) }

  /// That request had no effect.
  mutating func didNotBecome(_ states: [State]) { mayBe.subtract(states) }

  /// It was seen in this state, or a request was answered that leads to it.
  mutating func becomes(_ state: State) {
    let last = self.state()
    if state.rank > last.rank || last == .failed && state == .completed { known.append((state, .now)) }
  }

  /// It failed, and was put back into the queue.
  mutating func isRetried() {
    mayBe.insert(.queued)
    known.append((.queued, .now))
  }

  /// Whether it may wait or run, as far as was known at that moment.
  func mayBeOpen(at moment: ContinuousClock.Instant) -> Bool {
    let state = state(at: moment)
    return state.isOpen || state == .failed && mayBe.contains(.queued)
  }

  /// Whether a page of this window may show the state.
  func allows(_ seen: State, in window: Window) -> Bool {
    let before = state(at: window.from)
    // An answer that came after the window began may have decided it before.
    let later = known.filter { $0.from > window.from && $0.from <= window.to }.map(\.state)
    let wasRetried = mayBe.contains(.queued) || later.contains(.queued)
    return switch seen {
    case .queued, .processing: before.isOpen || before == .failed && wasRetried
    case .completed: before.isOpen || before == .over || before == seen || before == .failed && wasRetried
    case .failed: before != .completed && before.rank < 4
    case .cancelled: before == seen || mayBe.contains(seen) && before != .completed && before.rank < 4
    case .revoked: before == seen || mayBe.contains(seen) && before != .failed && before.rank < 4
    // Nothing lives for a day here.
    case .expired, .over, .handedOver: false
    }
  }
}
