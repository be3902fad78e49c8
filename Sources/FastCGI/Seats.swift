import Glibc
import Synchronization

/// How many threads may work on requests at once: as many as there are processors for, and one more.
///
/// There are more threads, for requests that wait: for a lock, a disk, the hash of a password. When all of them computed at
/// once, each would get its milliseconds of a processor in turn, and the slowest request of a hundred would take
/// ten times as long as most. So a thread needs a seat to accept a request, and keeps it from one to the
/// next, which costs nothing. It loses it to another thread where it is known to wait, and where one request takes longer than
/// `patience`: nothing that hangs keeps the others from being answered.
@safe final class Seats: @unchecked Sendable {
  /// In milliseconds.
  static let patience: Int32 = 100

  /// Counts the free ones.
  private let free: UnsafeMutablePointer<sem_t>

  init(_ count: Int) {
    unsafe free = .allocate(capacity: 1)
    unsafe sem_init(free, 0, UInt32(clamping: count))
  }

  deinit {
    unsafe sem_destroy(free)
    unsafe free.deallocate()
  }

  /// Waits for a free one.
  func take() {
    while unsafe sem_wait(free) != 0 {}
  }

  func give() { unsafe sem_post(free) }
}

/// One thread's hold on a seat. Between requests it has one.
final class Seat: Sendable {
  private let seats: Seats
  /// Which of the thread's requests it is at, from 1; 0 between them, and `lost` when it has no seat any more.
  private let request = Atomic(0)
  private let begun = Atomic(0)
  private static let lost = -1

  init(of seats: Seats) { self.seats = seats }

  func begin() {
    request.store(begun.add(1, ordering: .relaxed).newValue, ordering: .sequentiallyConsistent)
  }

  /// Waits for a seat where it lost its own.
  func end() {
    if request.exchange(0, ordering: .sequentiallyConsistent) == Self.lost { seats.take() }
  }

  /// Lets another thread have the seat until the end of this request.
  func leave() { leave(in: request.load(ordering: .sequentiallyConsistent)) }

  /// The same, from the thread that watches: if it is still at the request at which it was before.
  /// - Returns: the request that it is at.
  func leave(ifStillAt before: Int) -> Int {
    let now = request.load(ordering: .sequentiallyConsistent)
    if now == before { leave(in: now) }
    return now
  }

  private func leave(in now: Int) {
    guard now > 0 else { return }
    if request.compareExchange(expected: now, desired: Self.lost, ordering: .sequentiallyConsistent).exchanged
    {
      seats.give()
    }
  }
}
