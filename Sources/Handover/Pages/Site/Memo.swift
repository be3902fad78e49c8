import System

/// What was worked out before and can't have changed since, for the threads of all pages.
final class Memo<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let limit: Int
  private let known = Locked<[Key: Value]>([:])

  /// - Parameter limit: with more it forgets all and begins anew.
  init(limit: Int) {
    self.limit = limit
  }

  /// All that is known now: a page looks up its many keys while it holds no lock.
  var all: [Key: Value] { known.withLock { $0 } }

  /// What is known, or what is worked out now.
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
