import Glibc

/// Wakes threads that wait for work, and tells them to stop.
///
/// A wake-up that comes while no thread waits is kept for the next one that does; several count as one.
///
/// It carries no work, so a woken thread has to find the work itself. Either raise it once the work can be
/// seen (after the commit), or let the woken thread look under the lock under which the work is written.
package final class Wakeup: Sendable {
  private let lock = Lock()
  private let changed: Condition
  // Both are only touched with the lock held.
  nonisolated(unsafe) private var isRaised = false
  nonisolated(unsafe) private var hasStopped = false

  package init() { changed = Condition(lock) }

  /// Wakes one of the waiting threads.
  package func raise() {
    lock.withLock {
      unsafe isRaised = true
      changed.wakeOne()
    }
  }

  /// Wakes all waiting threads. From now on `wait` returns at once.
  package func stop() {
    lock.withLock {
      unsafe hasStopped = true
      changed.wakeAll()
    }
  }

  package var isStopped: Bool { lock.withLock { unsafe hasStopped } }

  /// Waits for a wake-up, but no longer than `limit`. A change of the wall clock makes the wait neither
  /// longer nor shorter.
  package func wait(atMost limit: Duration) {
    let deadline = timespec(monotonicAfter: limit)
    lock.withLock {
      while unsafe !isRaised && !hasStopped {
        guard changed.wait(until: deadline) else { return }
      }
      unsafe isRaised = false
    }
  }
}
