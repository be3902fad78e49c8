import Glibc
import SQLite

/// A moment, in whole seconds since 1970-01-01T00:00:00Z.
package struct UnixTime: RawRepresentable, Hashable, Comparable, Sendable, Bindable, ColumnValue {
  package let rawValue: Int64

  package init(rawValue: Int64) {
    self.rawValue = rawValue
  }

  package static func < (left: UnixTime, right: UnixTime) -> Bool { left.rawValue < right.rawValue }

  /// The moment so many seconds later.
  package static func + (time: UnixTime, seconds: Int64) -> UnixTime {
    UnixTime(rawValue: time.rawValue + seconds)
  }

  /// The seconds between two moments.
  package static func - (later: UnixTime, earlier: UnixTime) -> Int64 {
    later.rawValue - earlier.rawValue
  }
}

extension Int64 {
  package static let minute: Int64 = 60
  package static let hour: Int64 = 60 * minute
  package static let day: Int64 = 24 * hour
}

/// What tells the time: the system's clock, or a test's.
package struct Clock: Sendable {
  package let now: @Sendable () -> UnixTime

  package init(now: @escaping @Sendable () -> UnixTime) {
    self.now = now
  }

  package static let system = Clock { UnixTime(rawValue: Int64(time(nil))) }
}

extension Int64 {
  /// The quotient rounded down, also below zero.
  package func floorDivided(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
