import Foundation

/// Lets a fixed number of threads through at a time, in the order in which they came, and turns away those who
/// would have to queue behind too many others.
///
/// Each thread that comes draws a ticket, numbered from 0. A ticket may pass once all but `atOnce - 1` of those
/// before it have left; so the two counts of tickets drawn and threads left are the whole state.
final class Gate: Sendable {
  private let atOnce: Int
  private let waiting: Int
  private let condition = NSCondition()
  // Both are only touched with the condition locked.
  nonisolated(unsafe) private var drawn = 0
  nonisolated(unsafe) private var left = 0

  init(atOnce: Int, waiting: Int) {
    self.atOnce = atOnce
    self.waiting = waiting
  }

  /// How many wait at this moment.
  var queue: Int {
    condition.withLock { unsafe max(0, drawn - left - atOnce) }
  }

  /// Does the work when it is this thread's turn, or answers nil at once where the queue is full.
  func pass<Result>(_ work: () -> Result) -> Result? {
    guard enter() else { return nil }
    defer { leave() }
    return work()
  }

  private func enter() -> Bool {
    condition.withLock {
      guard unsafe drawn - left < atOnce + waiting else { return false }
      let ticket = unsafe drawn
      unsafe drawn += 1
      while unsafe ticket >= left + atOnce {
        condition.wait()
      }
      return true
    }
  }

  private func leave() {
    condition.withLock {
      unsafe left += 1
      condition.broadcast()
    }
  }
}
