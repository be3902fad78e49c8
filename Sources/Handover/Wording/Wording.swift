// How the pages and the mails write times, numbers and sizes, in British English.

/// `20,143`.
package func grouped(_ number: Int) -> String {
  if abs(number) < 1_000 { return String(number) }
  let digits = String(abs(number)).utf8
  var text: [UInt8] = number < 0 ? [UInt8(ascii: "-")] : []
  for (place, digit) in digits.enumerated() {
    if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(UInt8(ascii: ",")) }
    text.append(digit)
  }
  return String(decoding: text, as: UTF8.self)
}

/// `512 bytes`, `14 kB`, `1.8 MB`, `4.2 GB`: decimal units, as people's computers show them.
package func size(_ bytes: Int) -> String {
  for (unit, name) in sizes where bytes >= unit {
    let tenths = (bytes * 10 + unit / 2) / unit
    if tenths >= 100 || unit == 1_000 { return grouped((bytes + unit / 2) / unit) + name }
    return String(tenths / 10) + "." + String(tenths % 10) + name
  }
  return plural(bytes, "byte")
}

private let sizes = [(1_000_000_000, " GB"), (1_000_000, " MB"), (1_000, " kB")]

/// `1 row`, `2 rows`.
func plural(_ count: Int, _ noun: String) -> String {
  grouped(count) + " " + noun + (count == 1 ? "" : "s")
}

private let months = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
  "November", "December",
]

extension LocalTime {
  /// `2 May 2026, 19:30:00 AEST`.
  var exact: String {
    var text: [UInt8] = []
    text.reserveCapacity(40)
    text.append(date)
    text += ", ".utf8
    text.append(hour: hour, minute: minute, second: second)
    text += " ".utf8
    text += abbreviation.utf8
    return String(decoding: text, as: UTF8.self)
  }

  /// `2 May 2026`.
  var day: String {
    var text: [UInt8] = []
    text.append(date)
    return String(decoding: text, as: UTF8.self)
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ date: CivilDate) {
    append(date.day, width: 1)
    append(UInt8(ascii: " "))
    self += months[date.month - 1].utf8
    append(UInt8(ascii: " "))
    append(date.year, width: 4)
  }
}
