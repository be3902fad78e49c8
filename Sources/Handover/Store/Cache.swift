import System

/// Values that were computed before and can't have changed since, shared by all threads.
final class Cache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let limit: Int
  private let known = Locked<[Key: Value]>([:])

  /// - Parameter limit: beyond this number of values it forgets all and starts again.
  init(limit: Int) {
    self.limit = limit
  }

  /// A copy of everything cached, so that a page can look up many keys without holding the lock.
  var all: [Key: Value] { known.withLock { $0 } }

  /// The cached value, or the one that `make` computes, without holding the lock.
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
