/// Civil time without Foundation: days from the epoch and back, in the proleptic Gregorian calendar
/// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
struct CivilDate: Sendable, Equatable {
  let year: Int
  let month: Int
  let day: Int

  /// The date so many days after 1970-01-01.
  init(daysSinceEpoch days: Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    self.day = Int(dayOfYear - (153 * month + 2) / 5 + 1)
    self.month = Int(month < 10 ? month + 3 : month - 9)
    self.year = Int(yearOfEra + era * 400) + (self.month <= 2 ? 1 : 0)
  }
}

extension UnixTime {
  /// `2026-05-02T09:30:00Z` (ISO 8601, RFC 3339).
  var iso8601: String {
    let days = rawValue.floorDivided(by: .day)
    let second = Int(rawValue - days * .day)
    let date = CivilDate(daysSinceEpoch: days)
    var text: [UInt8] = []
    text.reserveCapacity(20)
    text.append(date.year, width: 4)
    text.append(UInt8(ascii: "-"))
    text.append(date.month, width: 2)
    text.append(UInt8(ascii: "-"))
    text.append(date.day, width: 2)
    text.append(UInt8(ascii: "T"))
    text.append(hour: second / 3600, minute: second / 60 % 60, second: second % 60)
    text.append(UInt8(ascii: "Z"))
    return String(decoding: text, as: UTF8.self)
  }
}

/// The number with zeros in front, so many digits wide.
func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

// Pages show hundreds of times and numbers each: bytes cost a tenth of interpolated strings.
extension [UInt8] {
  /// The digits of a number that is not negative, with zeros in front up to the width.
  mutating func append(_ number: Int, width: Int) {
    var power = 1
    for _ in 1..<width { power *= 10 }
    while number / power >= 10 { power *= 10 }
    while power > 0 {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / power % 10))
      power /= 10
    }
  }

  /// `19:30:00`.
  mutating func append(hour: Int, minute: Int, second: Int) {
    append(hour, width: 2)
    append(UInt8(ascii: ":"))
    append(minute, width: 2)
    append(UInt8(ascii: ":"))
    append(second, width: 2)
  }
}
