import CSQLite
import Synchronization

/// Stops queries from another thread, once: it stays interrupted, so that no call is lost between two
/// statements. Another query needs another interrupter.
package final class Interrupter: Sendable {
  private let flag = Atomic(false)

  package init() {}

  /// From any thread, any number of times.
  package func interrupt() { flag.store(true, ordering: .relaxed) }

  package var isInterrupted: Bool { flag.load(ordering: .relaxed) }
}

extension Connection {
  /// Runs `body`, whose statements fail with `isInterrupted` soon after `interrupter` was told to interrupt.
  ///
  /// For reading. A transaction that is interrupted while it writes is rolled back.
  /// - Throws: what the body throws.
  @discardableResult
  package func interruptible<T>(by interrupter: Interrupter, _ body: () throws -> T) rethrows -> T {
    let outer = self.interrupter
    install(interrupter)
    defer { install(outer) }
    return try body()
  }

  private func install(_ interrupter: Interrupter?) {
    self.interrupter = interrupter
    guard let interrupter else { return unsafe sqlite3_progress_handler(database.handle, 0, nil, nil) }
    // Some ten microseconds of work: thousands of times what the call costs.
    let instructions: Int32 = 1_000
    // The connection keeps the interrupter alive as long as SQLite has its address.
    unsafe sqlite3_progress_handler(
      database.handle, instructions,
      { context in
        guard let context = unsafe context else { return 0 }
        let interrupter = unsafe Unmanaged<Interrupter>.fromOpaque(context).takeUnretainedValue()
        return interrupter.isInterrupted ? 1 : 0
      }, Unmanaged.passUnretained(interrupter).toOpaque())
  }
}
