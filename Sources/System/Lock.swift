import CSystem
import Glibc

/// A POSIX mutex.
///
/// Not the standard library's `Mutex`: it has no condition variable, and on Linux it hands itself to the
/// thread that has waited longest, asleep or not. Where more threads than processors share a lock that is
/// held for nanoseconds, they would line up behind one another.
@safe package final class Lock: @unchecked Sendable {
  fileprivate let mutex: UnsafeMutablePointer<pthread_mutex_t>

  package init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  package func lock() { unsafe pthread_mutex_lock(mutex) }
  package func unlock() { unsafe pthread_mutex_unlock(mutex) }

  /// Holds the lock while the body runs.
  /// - Throws: what the body throws.
  @inlinable
  package func withLock<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    lock()
    defer { unlock() }
    return try body()
  }
}

/// Something that threads wait for while they hold a lock. Each method is called with the lock held.
@safe package final class Condition: @unchecked Sendable {
  private let lock: Lock
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  package init(_ lock: Lock) {
    self.lock = lock
    unsafe condition = .allocate(capacity: 1)
    unsafe pthread_cond_init(condition, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe condition.deallocate()
  }

  /// Releases the lock while it sleeps, and takes it again. May return for no reason, so wait in a loop.
  package func wait() { unsafe pthread_cond_wait(condition, lock.mutex) }

  /// The same, until a reading of CLOCK_MONOTONIC.
  /// - Returns: false once that time has come.
  func wait(until deadline: timespec) -> Bool {
    var deadline = deadline
    return unsafe pthread_cond_clockwait(condition, lock.mutex, CLOCK_MONOTONIC, &deadline) != ETIMEDOUT
  }

  package func wakeOne() { unsafe pthread_cond_signal(condition) }
  package func wakeAll() { unsafe pthread_cond_broadcast(condition) }
}

/// A value that threads share, one at a time.
package final class Locked<Value: Sendable>: @unchecked Sendable {
  @usableFromInline let lock = Lock()
  @usableFromInline var value: Value

  package init(_ value: Value) {
    self.value = value
  }

  /// Lends the value to the body, which must not call this again: that would deadlock.
  /// - Throws: what the body throws.
  @inlinable
  package func withLock<Result: Sendable, Failure>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
