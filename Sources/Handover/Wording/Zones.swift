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
  private let choices = Cache<Int64, [Choice]>(limit: 4)

  private struct Key: Hashable {
    let zone: String
    let quarter: Int64
  }

  private struct Offset: Sendable {
    let seconds: Int64
    let abbreviation: String
  }

  init() {}

  /// Zones whose clocks show the same time, to choose from: `UTC+05:30` with `Asia/Colombo` and `Asia/Kolkata`.
  struct Choice: Sendable {
    let offset: String
    let names: [String]
  }

  /// The local time in the zone. In UTC where the system doesn't know it, which `serve` refuses to begin with: then
  /// the abbreviation says so, wherever the time is read.
  func local(_ time: UnixTime, in zone: String) -> LocalTime {
    let key = Key(zone: zone, quarter: time.rawValue.floorDivided(by: 900))
    let offset = offsets.value(for: key) { Self.offset(key) }
    return LocalTime(
      civil: CivilTime(time + .seconds(offset.seconds)), abbreviation: offset.abbreviation)
  }

  /// All zones under their current names, by their offset from UTC at that time, then by name.
  func choices(at now: UnixTime) -> [Choice] {
    let quarter = now.rawValue.floorDivided(by: 900)
    return choices.value(for: quarter) {
      let date = Date(timeIntervalSince1970: 900 * Double(quarter))
      let zones = Self.names.map { (name: $0, offset: Self.zone($0)?.secondsFromGMT(for: date) ?? 0) }
      return Dictionary(grouping: zones, by: \.offset).sorted { $0.key < $1.key }
        .map { Choice(offset: Self.words(offset: $0.key), names: $0.value.map(\.name)) }
    }
  }

  /// `UTC+05:30`, `UTC−03:00`.
  private static func words(offset: Int) -> String {
    let minutes = offset.magnitude / 60
    return "UTC" + (offset < 0 ? "−" : "+") + Wording.padded(Int(minutes / 60), 2) + ":"
      + Wording.padded(Int(minutes % 60), 2)
  }

  /// The name that a zone has today: `Asia/Kolkata` for `Asia/Calcutta`.
  package static func current(_ name: String) -> String { ZoneNames.renamed[name] ?? name }

  /// Whether the system can tell the time there.
  static func isKnown(_ name: String) -> Bool { zone(name) != nil }

  private static func zone(_ name: String) -> TimeZone? {
    name == "UTC" ? .gmt : TimeZone(identifier: name) ?? TimeZone(identifier: current(name))
  }

  /// Whether there is a zone of that IANA name, in that spelling.
  package static func has(_ name: String) -> Bool {
    if name.isSame(as: "UTC") { return true }
    return name.utf8.contains(UInt8(ascii: "/"))
      && TimeZone(identifier: name)?.identifier.isSame(as: name) == true
  }

  /// The current names of all zones that the system knows, in order.
  static let names = (ZoneNames.current + ["UTC"]).filter(has)

  private static func offset(_ key: Key) -> Offset {
    guard let zone = zone(key.zone) else {
      return Offset(seconds: 0, abbreviation: "UTC, as the time zone “\(key.zone)” is not known here")
    }
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
    text += Wording.months[civil.month - 1].utf8
    text.append(UInt8(ascii: " "))
    text.append(civil.year, width: 4)
    text += ", ".utf8
    text.append(timeOf: civil)
    text.append(UInt8(ascii: " "))
    text += abbreviation.utf8
    return String(decoding: text, as: UTF8.self)
  }
}
