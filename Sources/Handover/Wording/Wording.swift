// How the pages and the mails write times, numbers and sizes, in British English.

/// `20,143`.
package func grouped(_ number: Int) -> String {
  var digits = Array(String(abs(number)))
  var place = digits.count - 3
  while place > 0 {
    digits.insert(",", at: place)
    place -= 3
  }
  return (number < 0 ? "-" : "") + String(digits)
}

/// `512 bytes`, `14 kB`, `1.8 MB`, `4.2 GB`: decimal units, as people's computers show them.
package func size(_ bytes: Int) -> String {
  let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")]
  for (unit, name) in units where bytes >= unit {
    let tenths = (bytes * 10 + unit / 2) / unit
    return tenths >= 100 || name == "kB"
      ? "\(grouped((bytes + unit / 2) / unit)) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
  }
  return plural(bytes, "byte")
}

/// `1 row`, `2 rows`.
package func plural(_ count: Int, _ noun: String) -> String {
  "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")"
}

/// `12 seconds`, `5 minutes`, `3 hours`, `2 days`: the largest unit that fits, rounded.
package func duration(_ seconds: Int64) -> String {
  let units: [(Int64, String)] = [(.day, "day"), (.hour, "hour"), (.minute, "minute")]
  for (unit, name) in units where seconds >= unit {
    return plural(Int((seconds + unit / 2) / unit), name)
  }
  return plural(Int(max(0, seconds)), "second")
}

/// `5 minutes ago`, `in 3 hours`, `just now`.
package func relative(_ time: UnixTime, to now: UnixTime) -> String {
  let seconds = now - time
  if abs(seconds) < 5 { return "just now" }
  return seconds > 0 ? "\(duration(seconds)) ago" : "in \(duration(-seconds))"
}

private let months = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
  "November", "December",
]

extension LocalTime {
  /// `2 May 2026, 19:30:00 AEST`.
  package var exact: String {
    "\(day), \(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2)) \(abbreviation)"
  }

  /// `2 May 2026`.
  package var day: String { "\(date.day) \(months[date.month - 1]) \(date.year)" }
}
