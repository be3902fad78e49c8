import Glibc

/// A day of the calendar, as the date field of a form gives it: `2026-05-02`.
struct CalendarDay: Sendable, Equatable {
  /// Midnight of the day, were it in UTC.
  private let midnight: UnixTime

  /// Nil for another spelling, and where the calendar has no such day.
  init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard text.utf8.count == 10, parts.count == 3, let year = Int32(parts[0]), let month = Int32(parts[1]),
      let day = Int32(parts[2])
    else { return nil }
    var civil = unsafe tm()
    unsafe civil.tm_year = year - 1900
    unsafe civil.tm_mon = month - 1
    unsafe civil.tm_mday = day
    let midnight = unsafe UnixTime(rawValue: Int64(timegm(&civil)))
    // Of a day that isn't there it has made another.
    guard CivilTime(midnight).date.isSame(as: text) else { return nil }
    self.midnight = midnight
  }

  private init(midnight: UnixTime) { self.midnight = midnight }

  var next: CalendarDay { CalendarDay(midnight: midnight + .days(1)) }

  /// When the day begins in the zone: not at midnight where the clocks are moved then.
  func start(in zone: String, _ zones: Zones) -> UnixTime {
    // Local time is at most 14 hours ahead of UTC and 12 behind, and the clocks are moved at a quarter of an hour.
    let quarter = Duration.minutes(15)
    var (before, after) = (-60, 52)
    while after - before > 1 {
      let middle = (before + after) / 2
      if zones.local(midnight + quarter * middle, in: zone).civil.date < CivilTime(midnight).date {
        before = middle
      } else {
        after = middle
      }
    }
    return midnight + quarter * after
  }
}
