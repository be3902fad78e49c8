import System

/// Lets a fixed number of threads through at a time, in the order of their arrival, and turns away those that
/// would wait behind too many others.
///
/// Each arriving thread draws a ticket, numbered from 0. It may pass once all but `atOnce - 1` of the tickets
/// before it have left. So two counts, of tickets drawn and of threads that have left, are the whole state.
final class HashingQueue: Sendable {
  private let atOnce: Int
  private let waiting: Int
  private let lock = Lock()
  private let moved: Condition
  // Both are only touched with the lock held.
  nonisolated(unsafe) private var drawn = 0
  nonisolated(unsafe) private var left = 0

  /// - Parameters:
  ///   - atOnce: how many threads pass at the same time.
  ///   - waiting: how many more may wait for their turn.
  init(atOnce: Int, waiting: Int) {
    self.atOnce = atOnce
    self.waiting = waiting
    moved = Condition(lock)
  }

  /// How many threads wait now.
  var length: Int {
    lock.withLock { unsafe max(0, drawn - left - atOnce) }
  }

  /// Does the work when it is this thread's turn; returns nil at once where the queue is full.
  func pass<Result>(_ work: () -> Result) -> Result? {
    guard enter() else { return nil }
    defer { leave() }
    return work()
  }

  private func enter() -> Bool {
    lock.withLock {
      guard unsafe drawn - left < atOnce + waiting else { return false }
      let ticket = unsafe drawn
      unsafe drawn += 1
      while unsafe ticket >= left + atOnce { moved.wait() }
      return true
    }
  }

  private func leave() {
    lock.withLock {
      unsafe left += 1
      moved.wakeAll()
    }
  }
}
