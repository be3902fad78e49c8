/// What was worked out before and can't have changed since, for the threads of all pages.
final class Memo<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let limit: Int
  private let known = Locked<[Key: Value]>([:])

  /// - Parameter limit: with so many it forgets all and begins anew.
  init(limit: Int) {
    self.limit = limit
  }

  subscript(_ key: Key) -> Value? {
    get { known.withLock { $0[key] } }
    set {
      known.withLock {
        if $0.count >= limit { $0.removeAll() }
        $0[key] = newValue
      }
    }
  }
}
