import System

/// Values that were worked out before and can't have changed since, for all threads.
final class Cache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let limit: Int
  private let known = Locked<[Key: Value]>([:])

  /// - Parameter limit: with more values it forgets all and begins anew.
  init(limit: Int) {
    self.limit = limit
  }

  /// All that is known now: a page looks up its many keys while it holds no lock.
  var all: [Key: Value] { known.withLock { $0 } }

  /// The known value, or the one that `make` works out now, while nothing is locked.
  func value(for key: Key, _ make: () throws -> Value) rethrows -> Value {
    if let value = known.withLock({ $0[key] }) { return value }
    let value = try make()
    add([key: value])
    return value
  }

  func add(_ new: [Key: Value]) {
    known.withLock {
      if $0.count + new.count > limit { $0.removeAll() }
      $0.merge(new) { $1 }
    }
  }
}
