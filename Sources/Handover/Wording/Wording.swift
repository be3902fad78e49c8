import System

/// How the pages, the mails and the commands write numbers, sizes and times, in British English.
package enum Wording {
  /// `20,143`.
  package static func grouped(_ number: Int) -> String {
    if number.magnitude < 1_000 { return String(number) }
    let digits = String(number.magnitude).utf8
    var text: [UInt8] = number < 0 ? [UInt8(ascii: "-")] : []
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(UInt8(ascii: ",")) }
      text.append(digit)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// `512 bytes`, `14 kB`, `1.8 MB`, `4.2 GB`: decimal units, as people's computers show them.
  package static func size(_ bytes: Int) -> String {
    for (unit, name) in sizes where bytes >= unit {
      let tenths = bytes.rounded(to: unit / 10)
      if tenths >= 100 || unit == 1_000 { return grouped(bytes.rounded(to: unit)) + name }
      return String(tenths / 10) + "." + String(tenths % 10) + name
    }
    return plural(bytes, "byte")
  }

  /// With no-break spaces, so that no number stands on a line without its unit. A line may end after a comma.
  static func unbroken(_ text: String) -> String {
    text.replacing(" ", with: "\u{A0}").replacing(",\u{A0}", with: ", ")
  }

  /// `1 row`, `2 rows`.
  package static func plural(_ count: Int, _ noun: String) -> String {
    grouped(count) + " " + noun + (count == 1 ? "" : "s")
  }

  /// The number with zeros in front, up to `width` digits.
  static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// `12 seconds`, `5 minutes`, `24 hours`, `2 days`: the largest unit that fits, rounded. Days begin with
  /// two, because the pages say `24 hours` of a link.
  package static func duration(_ duration: Duration) -> String {
    RoundedDuration(seconds: duration.wholeSeconds).text
  }

  /// `5 minutes ago`, `in 3 hours`, `just now`.
  static func relative(_ time: UnixTime, to now: UnixTime) -> String { RelativeTime(time, to: now).text }

  private static let sizes = [(1_000_000_000, " GB"), (1_000_000, " MB"), (1_000, " kB")]
}

/// A time relative to another. Two are equal if they read the same.
enum RelativeTime: Hashable {
  case now
  case ago(RoundedDuration)
  case ahead(RoundedDuration)

  init(_ time: UnixTime, to now: UnixTime) {
    // Not by way of a `Duration`, since a page writes hundreds.
    let seconds = now.rawValue.subtracting(saturating: time.rawValue)
    if seconds.magnitude < 5 {
      self = .now
    } else {
      self =
        seconds > 0
        ? .ago(RoundedDuration(seconds: seconds))
        : .ahead(RoundedDuration(seconds: Int64(0).subtracting(saturating: seconds)))
    }
  }

  var text: String {
    switch self {
    case .now: "just now"
    case .ago(let duration): duration.text + " ago"
    case .ahead(let duration): "in " + duration.text
    }
  }
}

/// A count of the largest unit that fits.
struct RoundedDuration: Hashable {
  private let count: Int
  private let unit: Unit

  private enum Unit: String {
    case second, minute, hour, day
  }

  init(seconds: Int64) {
    let (length, unit): (Int64, Unit) =
      switch seconds {
      case 172_800...: (86_400, .day)
      case 3_600...: (3_600, .hour)
      case 60...: (60, .minute)
      default: (1, .second)
      }
    count = Int(max(0, seconds)).rounded(to: Int(length))
    self.unit = unit
  }

  var text: String { Wording.plural(count, unit.rawValue) }
}

extension Int {
  /// How many of the unit the number is, to the nearest.
  fileprivate func rounded(to unit: Int) -> Int {
    let (count, rest) = quotientAndRemainder(dividingBy: unit)
    return rest < unit - unit / 2 ? count : count + 1
  }
}
