import Foundation
import System

/// The time on the clocks of a place.
struct LocalTime: Sendable, Equatable {
  let date: CivilDate
  let hour: Int
  let minute: Int
  let second: Int
  /// As people write it there: `AEDT`, `GMT+1`.
  let abbreviation: String
}

/// Turns moments into local times, by IANA names of zones.
///
/// What Foundation says of a quarter of an hour is kept, since no zone changes its clocks within one and a page
/// shows the same moments again and again.
package final class Zones: Sendable {
  private let known = Locked<[Key: Offset]>([:])

  private struct Key: Hashable {
    let zone: String
    let quarter: Int64
  }

  private struct Offset {
    let seconds: Int64
    let abbreviation: String
  }

  private static let limit = 10_000

  init() {}

  /// The local time in the zone; in UTC where there is no zone of that name.
  func local(_ time: UnixTime, in zone: String) -> LocalTime {
    let offset = offset(Key(zone: zone, quarter: time.rawValue.floorDivided(by: 900)))
    let shifted = time.rawValue + offset.seconds
    let days = shifted.floorDivided(by: .day)
    let second = Int(shifted - days * .day)
    return LocalTime(
      date: CivilDate(daysSinceEpoch: days), hour: second / 3600, minute: second / 60 % 60,
      second: second % 60, abbreviation: offset.abbreviation)
  }

  /// Whether there is a zone of that IANA name.
  package static func has(_ name: String) -> Bool {
    TimeZone(identifier: name) != nil && (name.contains("/") || name == "UTC")
  }

  /// The names of all zones, in order.
  static var names: [String] {
    (TimeZone.knownTimeZoneIdentifiers.filter { $0.contains("/") } + ["UTC"]).sorted()
  }

  private func offset(_ key: Key) -> Offset {
    if let offset = known.withLock({ $0[key] }) { return offset }
    let zone = TimeZone(identifier: key.zone) ?? .gmt
    let date = Date(timeIntervalSince1970: Double(key.quarter * 900))
    let isSummer = zone.isDaylightSavingTime(for: date)
    let offset = Offset(
      seconds: Int64(zone.secondsFromGMT(for: date)),
      abbreviation: key.zone == "UTC"
        ? "UTC"
        : zone.localizedName(
          for: isSummer ? .shortDaylightSaving : .shortStandard, locale: Locale(identifier: "en_AU"))
          ?? zone.abbreviation(for: date) ?? key.zone)
    known.withLock {
      if $0.count >= Self.limit { $0.removeAll() }
      $0[key] = offset
    }
    return offset
  }
}
