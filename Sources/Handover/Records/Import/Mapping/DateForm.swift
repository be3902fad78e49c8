import System

/// How the dates of a file are written: `dd/mm/yyyy`, `m-d-yy`, `d mmm yyyy`.
///
/// `d` and `m` stand for one or two digits, however often they are repeated; `mmm` for a month's English name or its
/// first three letters; `yy` for two digits of a year from 1970 to 2069; anything else for itself.
struct DateForm: Sendable, Equatable {
  /// As in the mapping.
  let text: String
  private let parts: [Part]

  private enum Part: Equatable {
    case day, month, monthName, year, shortYear
    case sign(UInt8)
  }

  /// - Returns: nil for a form that doesn't have a day, a month and a year, once each.
  init?(_ text: String) {
    self.text = text
    var parts: [Part] = []
    var rest = Array(text.utf8)[...]
    while let first = rest.first {
      let run = rest.prefix { $0 | 0x20 == first | 0x20 }
      rest = rest.dropFirst(run.count)
      switch (first | 0x20, run.count) {
      case (UInt8(ascii: "d"), 1...2): parts.append(.day)
      case (UInt8(ascii: "m"), 1...2): parts.append(.month)
      case (UInt8(ascii: "m"), 3...4): parts.append(.monthName)
      case (UInt8(ascii: "y"), 2): parts.append(.shortYear)
      case (UInt8(ascii: "y"), 4): parts.append(.year)
      case (UInt8(ascii: "a")...UInt8(ascii: "z"), _): return nil
      default: parts += run.map { .sign($0) }
      }
    }
    func count(_ kinds: Part...) -> Int { parts.count { kinds.contains($0) } }
    guard count(.day) == 1, count(.month, .monthName) == 1, count(.year, .shortYear) == 1 else { return nil }
    self.parts = parts
  }

  /// Forms that can't be read as anything else, which need no mapping.
  static let plain = [
    "yyyy-mm-dd", "yyyy/mm/dd", "yyyy.mm.dd", "d mmm yyyy", "d-mmm-yyyy", "mmm d, yyyy", "mmm d yyyy",
  ]
  .compactMap(DateForm.init)
  /// The two readings of a date such as 3/4/2026, by their sign.
  static let dayFirst = ["/", "-", "."].compactMap { DateForm("d\($0)m\($0)yyyy") }
  static let monthFirst = ["/", "-", "."].compactMap { DateForm("m\($0)d\($0)yyyy") }

  /// The date that the cell begins with, and where it ends.
  func date(in cell: Span<UInt8>) -> (date: CalendarDate, end: Int)? {
    var date = CalendarDate(year: 0, month: 0, day: 0)
    var place = 0
    for part in parts {
      switch part {
      case .day: date.day = digits(in: cell, at: &place, count: 1...2) ?? 0
      case .month: date.month = digits(in: cell, at: &place, count: 1...2) ?? 0
      case .monthName: date.month = monthName(in: cell, at: &place)
      case .year: date.year = digits(in: cell, at: &place, count: 4...4) ?? 0
      case .shortYear:
        guard let year = digits(in: cell, at: &place, count: 2...2) else { return nil }
        date.year = year + (year < 70 ? 2000 : 1900)
      case .sign(let sign):
        guard place < cell.count, cell[place] == sign else { return nil }
        place += 1
      }
    }
    // A longer number is another one.
    guard date.isReal, place == cell.count || digit(in: cell, at: place) == nil else { return nil }
    return (date, place)
  }
}

/// A day of the Gregorian calendar, of the years 1 to 9999.
struct CalendarDate: Equatable {
  var year: Int
  var month: Int
  var day: Int

  var isReal: Bool {
    guard (1...9_999).contains(year), (1...12).contains(month) else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(day)
  }

  /// Days since 1 January 1970.
  var number: Int64 {
    // Years that begin in March have their leap day at the end.
    let year = Int64(month > 2 ? self.year : self.year - 1)
    let day = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + self.day - 1)
    return 365 * year + year / 4 - year / 100 + year / 400 + day - 719_468
  }
}

/// A time of day behind a date: ` 09:30`, `T09:30:00.000Z`, ` 9:30 PM`, ` 09:30:00 +10:00`.
struct DayTime: Equatable {
  /// Since midnight.
  var seconds: Int64 = 0
  /// From UTC, where the cell says so.
  var offset: Int64?

  /// - Returns: nil where the rest of the cell is something else. An empty rest is midnight.
  init?(_ cell: Span<UInt8>, from start: Int) {
    var place = start
    while place < cell.count, [0x20, UInt8(ascii: "T"), UInt8(ascii: ",")].contains(cell[place]) {
      place += 1
    }
    guard place < cell.count else { return }
    guard var hour = digits(in: cell, at: &place, count: 1...2), place < cell.count,
      cell[place] == UInt8(ascii: ":")
    else { return nil }
    place += 1
    guard let minute = digits(in: cell, at: &place, count: 2...2) else { return nil }
    var second = 0
    if place < cell.count, cell[place] == UInt8(ascii: ":") {
      place += 1
      guard let number = digits(in: cell, at: &place, count: 2...2) else { return nil }
      second = number
      if place < cell.count, cell[place] == UInt8(ascii: ".") {
        repeat { place += 1 } while place < cell.count && digit(in: cell, at: place) != nil
      }
    }
    let rest = String(copying: cell.extracting(place..<cell.count)).filter { $0 != " " }.uppercased()
    switch rest {
    case "": break
    case "AM", "PM", "A.M.", "P.M.":
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (rest.hasPrefix("P") ? 12 : 0)
    case "Z", "UTC", "GMT": offset = 0
    default:
      guard let offset = Self.offset(rest) else { return nil }
      self.offset = offset
    }
    guard hour < 24, minute < 60, second < 60 else { return nil }
    seconds = Int64(hour * 3_600 + minute * 60 + second)
  }

  /// `+10:00`, `-0330`, `+10`.
  private static func offset(_ text: String) -> Int64? {
    guard let sign = text.utf8.first, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(sign) else {
      return nil
    }
    let digits = text.utf8.dropFirst().filter { $0 != UInt8(ascii: ":") }
    guard [2, 4].contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int64(String(decoding: digits, as: UTF8.self))
    else { return nil }
    let (hours, minutes) = digits.count == 2 ? (number, 0) : (number / 100, number % 100)
    guard hours < 15, minutes < 60 else { return nil }
    return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 3_600 + minutes * 60)
  }
}

/// The digit at a place.
private func digit(in cell: Span<UInt8>, at place: Int) -> Int? {
  let digit = cell[place] &- UInt8(ascii: "0")
  return digit < 10 ? Int(digit) : nil
}

/// The number at a place, which goes past it.
private func digits(in cell: Span<UInt8>, at place: inout Int, count range: ClosedRange<Int>) -> Int? {
  var value = 0
  var count = 0
  while place < cell.count, count < range.upperBound, let digit = digit(in: cell, at: place) {
    value = 10 * value + digit
    place += 1
    count += 1
  }
  return range.contains(count) ? value : nil
}

/// The month whose name, or the three letters that it begins with, stands at a place; 0 where there is none.
private func monthName(in cell: Span<UInt8>, at place: inout Int) -> Int {
  let start = place
  while place < cell.count, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(cell[place] | 0x20) {
    place += 1
  }
  let word = String(copying: cell.extracting(start..<place)).lowercased()
  guard let month = months.firstIndex(where: { $0 == word || $0.prefix(3) == word }) else { return 0 }
  return month + 1
}

private let months = [
  "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
  "november",
  "december",
]
