import Foundation

/// A value that threads share, one at a time.
///
/// Not by the standard library's `Mutex`: on Linux that is handed on to whoever waits, asleep or not, so that the threads of
/// requests, of which there are more than processors, line up behind one another at a lock that is held for nanoseconds.
package final class Locked<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  package init(_ value: Value) {
    self.value = value
  }

  package func withLock<Result: Sendable>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try lock.withLock { try body(&value) }
  }
}
