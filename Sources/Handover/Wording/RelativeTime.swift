/// A time relative to another. Two are equal if they read the same.
enum RelativeTime: Hashable {
  case now
  case ago(RoundedDuration)
  case ahead(RoundedDuration)

  init(_ time: UnixTime, to now: UnixTime) {
    // Not by way of a `Duration`, since a page writes hundreds.
    let seconds = now.rawValue - time.rawValue
    if abs(seconds) < 5 {
      self = .now
    } else {
      self =
        seconds > 0 ? .ago(RoundedDuration(seconds: seconds)) : .ahead(RoundedDuration(seconds: -seconds))
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
    count = Int((max(0, seconds) + length / 2) / length)
    self.unit = unit
  }

  var text: String { Wording.plural(count, unit.rawValue) }
}
