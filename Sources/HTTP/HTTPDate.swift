/// A time as HTTP writes it, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7), in this form alone:
/// its two obsolete forms are not read.
enum HTTPDate {
  private static let months = Array("JanFebMarAprMayJunJulAugSepOctNovDec".utf8)

  /// In seconds since 1970-01-01T00:00:00Z; nil where the text is no such time. The name of the day counts for
  /// nothing.
  static func seconds(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count == 29, Array("Aaa, 00 Aaa 0000 00:00:00 GMT".utf8).elementsEqual(bytes, by: fits),
      let month = stride(from: 0, to: 36, by: 3).first(where: {
        months[$0..<$0 + 3].elementsEqual(bytes[8...10])
      })
    else { return nil }
    func number(_ place: ClosedRange<Int>) -> Int64 {
      bytes[place].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }
    let (day, year) = (number(5...6), number(12...15))
    let (hour, minute, second) = (number(17...18), number(20...21), number(23...24))
    let dayCount = days(year, Int64(month / 3) + 1, day)
    // A day that its month doesn't have is none, as for nginx: it would be one of the next month.
    guard day >= 1, dayCount < firstDay(after: month / 3, year), year >= 1970, hour < 24, minute < 60,
      second < 60
    else { return nil }
    return dayCount * 86_400 + hour * 3_600 + minute * 60 + second
  }

  /// Whether a byte is what its place in the form asks for.
  private static func fits(_ form: UInt8, _ byte: UInt8) -> Bool {
    switch form {
    case UInt8(ascii: "0"): UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    case UInt8(ascii: "A"), UInt8(ascii: "a"):
      UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte & ~0x20
    default: form == byte
    }
  }

  /// - Parameter month: from 0.
  private static func firstDay(after month: Int, _ year: Int64) -> Int64 {
    month < 11 ? days(year, Int64(month) + 2, 1) : days(year + 1, 1, 1)
  }

  /// Days from 1970-01-01 to a day of the Gregorian calendar. Years are counted from March, so that the leap
  /// day is their last one.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let fromMarch = month > 2 ? year : year - 1
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return 365 * fromMarch + fromMarch / 4 - fromMarch / 100 + fromMarch / 400 + dayOfYear - 719_468
  }
}
