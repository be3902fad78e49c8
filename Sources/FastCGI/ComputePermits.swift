import Synchronization
import System

/// Limits how many threads work on requests at once, to one more than there are processors.
///
/// There are more threads, for requests that wait: for a lock, a disk, the hash of a password. If all of them
/// computed at once, each would get its milliseconds of a processor in turn, and the slowest request of a
/// hundred would take six times as long as most. So a thread needs a permit to accept a request, and keeps it
/// from one request to the next, which costs nothing. Another thread gets it where the first is known to
/// wait, and where one request takes longer than the server's patience: a request that hangs doesn't block the
/// others. Of the threads that wait for a permit the one with the lowest number is next; where there is but one
/// permit, it gets that back after the next request.
final class ComputePermits: Sendable {
  private let lock = Lock()
  private let isOne: Bool
  /// Only touched with the lock held.
  nonisolated(unsafe) private var free: Int
  nonisolated(unsafe) private var waiting: [Waiter] = []

  private final class Waiter {
    let number: Int
    let called: Condition
    var mayGo = false

    init(_ number: Int, _ lock: Lock) {
      self.number = number
      called = Condition(lock)
    }
  }

  init(_ count: Int) {
    unsafe free = count
    isOne = count == 1
  }

  /// Waits for a free one.
  func take(_ number: Int) {
    lock.withLock {
      if unsafe free > 0 {
        unsafe free -= 1
      } else {
        wait(number)
      }
    }
  }

  func giveBack() {
    lock.withLock {
      if !callNext(before: .max) { unsafe free += 1 }
    }
  }

  /// Gives the only permit back to a thread with a lower number that waits, and waits for it.
  func giveBackToFormer(_ number: Int) {
    guard isOne else { return }
    lock.withLock {
      if callNext(before: number) { wait(number) }
    }
  }

  private func wait(_ number: Int) {
    let waiter = Waiter(number, lock)
    unsafe waiting.append(waiter)
    while !waiter.mayGo { waiter.called.wait() }
  }

  private func callNext(before number: Int) -> Bool {
    guard let place = unsafe waiting.indices.min(by: { unsafe waiting[$0].number < waiting[$1].number }),
      unsafe waiting[place].number < number
    else { return false }
    let next = unsafe waiting.remove(at: place)
    next.mayGo = true
    next.called.wakeOne()
    return true
  }
}

/// One thread's hold on a permit. Between two requests it always has one.
final class Permit: Sendable {
  private let permits: ComputePermits
  private let number: Int
  /// Which of the thread's requests is being served, counted from 1; 0 between requests, `lost` once the
  /// permit is gone.
  private let request = Atomic(0)
  private let begun = Atomic(0)
  private static let lost = -1

  init(of permits: ComputePermits, number: Int) {
    self.permits = permits
    self.number = number
  }

  /// Waits for the thread's first permit.
  func take() { permits.take(number) }

  /// A request begins.
  func begin() {
    request.store(begun.add(1, ordering: .relaxed).newValue, ordering: .sequentiallyConsistent)
  }

  /// The request has ended. Waits for a permit where the thread lost its own.
  func end() {
    if request.exchange(0, ordering: .sequentiallyConsistent) == Self.lost {
      permits.take(number)
    } else {
      permits.giveBackToFormer(number)
    }
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
