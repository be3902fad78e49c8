import Glibc
import SQLite
import System

/// A moment, in whole seconds since 1970-01-01T00:00:00Z.
struct UnixTime: RawRepresentable, Hashable, Comparable, Sendable, Bindable, ColumnValue {
  let rawValue: Int64

  static func < (left: UnixTime, right: UnixTime) -> Bool { left.rawValue < right.rawValue }

  static func + (time: UnixTime, duration: Duration) -> UnixTime {
    UnixTime(rawValue: time.rawValue.adding(saturating: duration.wholeSeconds))
  }

  static func - (time: UnixTime, duration: Duration) -> UnixTime {
    UnixTime(rawValue: time.rawValue.subtracting(saturating: duration.wholeSeconds))
  }

  static func - (later: UnixTime, earlier: UnixTime) -> Duration {
    .seconds(later.rawValue.subtracting(saturating: earlier.rawValue))
  }
}

extension Duration {
  static func minutes(_ count: Int) -> Duration { .seconds(60 * count) }
  static func hours(_ count: Int) -> Duration { .minutes(60 * count) }
  static func days(_ count: Int) -> Duration { .hours(24 * count) }

  /// Whole seconds; the fraction is dropped.
  var wholeSeconds: Int64 { components.seconds }
}

/// What tells the time: the system's clock, or a test's.
struct Clock: Sendable {
  let now: @Sendable () -> UnixTime

  static let system = Clock { UnixTime(rawValue: Int64(time(nil))) }
}

extension Int64 {
  /// The quotient rounded down, also below zero.
  func floorDivided(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
