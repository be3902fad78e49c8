import Glibc
import SQLite

/// A moment, in whole seconds since 1970-01-01T00:00:00Z.
struct UnixTime: RawRepresentable, Hashable, Comparable, Sendable, Bindable, ColumnValue {
  let rawValue: Int64

  static func < (left: UnixTime, right: UnixTime) -> Bool { left.rawValue < right.rawValue }

  /// The moment so many seconds later.
  static func + (time: UnixTime, seconds: Int64) -> UnixTime {
    UnixTime(rawValue: time.rawValue + seconds)
  }

  /// The seconds between two moments.
  static func - (later: UnixTime, earlier: UnixTime) -> Int64 {
    later.rawValue - earlier.rawValue
  }
}

extension Int64 {
  static let minute: Int64 = 60
  static let hour: Int64 = 60 * minute
  static let day: Int64 = 24 * hour
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
