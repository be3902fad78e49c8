import Glibc

/// A date and a time of day of the Gregorian calendar.
struct CivilTime: Sendable, Equatable {
  let year: Int
  /// From 1.
  let month: Int
  let day: Int
  let hour: Int
  let minute: Int
  let second: Int

  /// The years 0000 to 9999.
  private static let range: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

  /// In UTC. A time before the year 0000 or after 9999 becomes the nearest one within.
  init(_ time: UnixTime) {
    var seconds = time_t(min(max(time.rawValue, Self.range.lowerBound), Self.range.upperBound))
    var parts = unsafe tm()
    unsafe gmtime_r(&seconds, &parts)
    year = unsafe Int(parts.tm_year) + 1900
    month = unsafe Int(parts.tm_mon) + 1
    day = unsafe Int(parts.tm_mday)
    hour = unsafe Int(parts.tm_hour)
    minute = unsafe Int(parts.tm_min)
    second = unsafe Int(parts.tm_sec)
  }

  /// `2026-05-02`.
  var date: String {
    var text: [UInt8] = []
    text.append(dateOf: self)
    return String(decoding: text, as: UTF8.self)
  }
}

extension UnixTime {
  /// `2026-05-02T09:30:00Z` (ISO 8601, RFC 3339).
  var iso8601: String {
    let civil = CivilTime(self)
    var text: [UInt8] = []
    text.reserveCapacity(20)
    text.append(dateOf: civil)
    text.append(UInt8(ascii: "T"))
    text.append(timeOf: civil)
    text.append(UInt8(ascii: "Z"))
    return String(decoding: text, as: UTF8.self)
  }
}

// Pages show hundreds of times and numbers each, and appending bytes costs a tenth of interpolating strings.
extension [UInt8] {
  /// Appends the digits of a number that is not negative, with zeros in front up to `width`.
  mutating func append(_ number: Int, width: Int) {
    var power = 1
    for _ in 1..<width { power *= 10 }
    while number / power >= 10 { power *= 10 }
    while power > 0 {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / power % 10))
      power /= 10
    }
  }

  /// Appends `19:30:00`.
  mutating func append(timeOf civil: CivilTime) {
    append(civil.hour, width: 2)
    append(UInt8(ascii: ":"))
    append(civil.minute, width: 2)
    append(UInt8(ascii: ":"))
    append(civil.second, width: 2)
  }

  /// Appends `2026-05-02`.
  fileprivate mutating func append(dateOf civil: CivilTime) {
    append(civil.year, width: 4)
    append(UInt8(ascii: "-"))
    append(civil.month, width: 2)
    append(UInt8(ascii: "-"))
    append(civil.day, width: 2)
  }
}
