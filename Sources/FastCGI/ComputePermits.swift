import Synchronization
import System

/// Limits how many threads work on requests at once, to one more than there are processors.
///
/// There are more threads, for requests that wait: for a lock, a disk, the hash of a password. If all of them
/// computed at once, each would get its milliseconds of a processor in turn, and the slowest request of a
/// hundred would take six times as long as most. So a thread needs a permit to accept a request, and keeps it
/// from one request to the next, which costs nothing. Another thread gets it where the first is known to
/// wait, and where one request takes longer than `patience`: a request that hangs doesn't block the others.
final class ComputePermits: Sendable {
  static let patience = Duration.milliseconds(100)

  private let lock = Lock()
  private let returned: Condition
  /// Only touched with the lock held.
  nonisolated(unsafe) private var free: Int

  init(_ count: Int) {
    unsafe free = count
    returned = Condition(lock)
  }

  /// Waits for a free one.
  func take() {
    lock.withLock {
      while unsafe free == 0 { returned.wait() }
      unsafe free -= 1
    }
  }

  func giveBack() {
    lock.withLock {
      unsafe free += 1
      returned.wakeOne()
    }
  }
}

/// One thread's hold on a permit. Between two requests it always has one.
final class Permit: Sendable {
  private let permits: ComputePermits
  /// Which of the thread's requests is being served, counted from 1; 0 between requests, `lost` once the
  /// permit is gone.
  private let request = Atomic(0)
  private let begun = Atomic(0)
  private static let lost = -1

  init(of permits: ComputePermits) { self.permits = permits }

  /// Waits for the thread's first permit.
  func take() { permits.take() }

  /// A request begins.
  func begin() {
    request.store(begun.add(1, ordering: .relaxed).newValue, ordering: .sequentiallyConsistent)
  }

  /// The request has ended. Waits for a permit where the thread lost its own.
  func end() {
    if request.exchange(0, ordering: .sequentiallyConsistent) == Self.lost { permits.take() }
  }

  /// Lets another thread have the permit until this request ends.
  func release() { release(in: request.load(ordering: .sequentiallyConsistent)) }

  /// Called by the watching thread: releases the permit if the request is still the one of the last look.
  /// - Returns: the request that is being served now, for the next look.
  func release(ifStillAt before: Int) -> Int {
    let now = request.load(ordering: .sequentiallyConsistent)
    if now == before { release(in: now) }
    return now
  }

  private func release(in now: Int) {
    guard now > 0 else { return }
    if request.compareExchange(expected: now, desired: Self.lost, ordering: .sequentiallyConsistent).exchanged
    {
      permits.giveBack()
    }
  }
}
