import Foundation
import System

/// The local time in a zone.
struct LocalTime: Sendable, Equatable {
  let civil: CivilTime
  /// The zone's abbreviation: `AEDT`, `GMT+1`.
  let abbreviation: String
}

/// Turns moments into local times, by IANA names of zones.
///
/// Caches Foundation's answer for each quarter of an hour: no zone changes its clocks within one, and pages
/// show the same moments again and again.
package final class Zones: Sendable {
  private let offsets = Cache<Key, Offset>(limit: 10_000)

  private struct Key: Hashable {
    let zone: String
    let quarter: Int64
  }

  private struct Offset: Sendable {
    let seconds: Int64
    let abbreviation: String
  }

  init() {}

  /// The local time in the zone; in UTC where there is no zone of that name.
  func local(_ time: UnixTime, in zone: String) -> LocalTime {
    let key = Key(zone: zone, quarter: time.rawValue.floorDivided(by: 900))
    let offset = offsets.value(for: key) { Self.offset(key) }
    return LocalTime(
      civil: CivilTime(time + .seconds(offset.seconds)), abbreviation: offset.abbreviation)
  }

  /// Whether there is a zone of that IANA name, in that spelling.
  package static func has(_ name: String) -> Bool {
    if name.isSame(as: "UTC") { return true }
    return name.utf8.contains(UInt8(ascii: "/"))
      && TimeZone(identifier: name)?.identifier.isSame(as: name) == true
  }

  /// The names of all zones, in order.
  static var names: [String] {
    (TimeZone.knownTimeZoneIdentifiers.filter { $0.contains("/") } + ["UTC"]).sorted()
  }

  private static func offset(_ key: Key) -> Offset {
    let zone = TimeZone(identifier: key.zone) ?? .gmt
    let date = Date(timeIntervalSince1970: 900 * Double(key.quarter))
    let isSummer = zone.isDaylightSavingTime(for: date)
    return Offset(
      seconds: Int64(zone.secondsFromGMT(for: date)),
      abbreviation: key.zone == "UTC"
        ? "UTC"
        : zone.localizedName(
          for: isSummer ? .shortDaylightSaving : .shortStandard, locale: Locale(identifier: "en_AU"))
          ?? zone.abbreviation(for: date) ?? key.zone)
  }
}

extension LocalTime {
  /// `2 May 2026, 19:30:00 AEST`.
  var exact: String {
    var text: [UInt8] = []
    text.reserveCapacity(40)
    text.append(civil.day, width: 1)
    text.append(UInt8(ascii: " "))
    text += months[civil.month - 1].utf8
    text.append(UInt8(ascii: " "))
    text.append(civil.year, width: 4)
    text += ", ".utf8
    text.append(timeOf: civil)
    text.append(UInt8(ascii: " "))
    text += abbreviation.utf8
    return String(decoding: text, as: UTF8.self)
  }
}

private let months = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
  "November", "December",
]
