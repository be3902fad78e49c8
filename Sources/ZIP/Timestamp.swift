import Glibc

/// A point in time in the two forms that a ZIP has: MS-DOS date and time, here in UTC, to even seconds, and
/// for readers that know Info-ZIP's extended timestamp, seconds since 1970.
struct Timestamp: Equatable {
  /// 1980 to 2106, which is what both forms can say.
  let seconds: UInt32
  /// Years since 1980, month, day in 7, 4 and 5 bits (APPNOTE 4.4.6).
  let dosDate: UInt16
  /// Hour, minute and half of the second in 5, 6 and 5 bits.
  let dosTime: UInt16

  /// - Parameter seconds: since 1970; what lies outside becomes the nearest time that can be said.
  init(seconds: Int) {
    self.seconds = UInt32(min(max(seconds, 315_532_800), Int(UInt32.max)))
    var time = time_t(self.seconds)
    var calendar = unsafe tm()
    unsafe gmtime_r(&time, &calendar)
    dosDate = unsafe UInt16((calendar.tm_year - 80) << 9 | (calendar.tm_mon + 1) << 5 | calendar.tm_mday)
    dosTime = unsafe UInt16(calendar.tm_hour << 11 | calendar.tm_min << 5 | calendar.tm_sec / 2)
  }
}
