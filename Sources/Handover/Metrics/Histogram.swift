import Synchronization
import System

/// How many took how long. Counting is one addition to a number that no other thread waits for.
final class Histogram: Sendable {
  /// The upper ends of the buckets, in seconds; one more is without an end.
  enum Bounds: Sendable {
    /// A page takes one or two milliseconds, a password a hundred.
    case requests
    /// An export takes from tenths of a second to an hour.
    case jobs

    var seconds: [Double] {
      switch self {
      case .requests:
        [0.0005, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1, 2.5, 5, 10]
      case .jobs: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200]
      }
    }
  }

  let bounds: Bounds
  private let limits: InlineArray<15, Int>
  private let counts = InlineArray<16, Atomic<Int>> { _ in Atomic(0) }
  private let nanoseconds = Atomic(0)

  init(_ bounds: Bounds) {
    self.bounds = bounds
    let seconds = bounds.seconds
    limits = InlineArray { Int(seconds[$0] * 1e9) }
  }

  func count(_ time: Duration) {
    let time = max(0, Int(time / .nanoseconds(1)))
    var bucket = 0
    while bucket < 15, time > limits[bucket] { bucket += 1 }
    counts[bucket].add(1, ordering: .relaxed)
    nanoseconds.add(time, ordering: .relaxed)
  }

  /// How many fell into each bucket and those before it, the last of which is all.
  var cumulative: [Int] {
    var sum = 0
    return (0..<16).map {
      sum += counts[$0].load(ordering: .relaxed)
      return sum
    }
  }

  /// All times together, in seconds.
  var sum: Double { Double(nanoseconds.load(ordering: .relaxed)) / 1e9 }
}

/// A number that only grows.
final class Counter: Sendable {
  private let number = Atomic(0)

  func add(_ more: Int = 1) { number.add(more, ordering: .relaxed) }

  var count: Int { number.load(ordering: .relaxed) }
}
