// What spreadsheets can hold as a number, a day or a moment (ECMA-376, part 1, 18.17.4.1: the 1900 date system).

/// Whether a number has no more digits than a spreadsheet keeps: 15 (each such number comes back from a double).
///
/// - Parameter number: false for what is not `-?[0-9]+(\.[0-9]+)?`.
func isExactNumber(_ number: Span<UInt8>) -> Bool {
  var digits = 0
  /// Zeros since the last other digit.
  var zeros = 0
  var point: Int?
  let start = number.count > 0 && number[0] == UInt8(ascii: "-") ? 1 : 0
  for place in start..<max(start, number.count) {
    let byte = number[place]
    if byte == UInt8(ascii: "."), point == nil, place > start {
      point = place
    } else if byte == UInt8(ascii: "0") {
      if digits > 0 { zeros += 1 }
    } else if byte &- UInt8(ascii: "0") < 10 {
      digits += zeros + 1
      zeros = 0
    } else {
      return false
    }
  }
  return number.count > start && point != number.count - 1 && digits <= 15
}

/// The number of the day with which the text begins, `2026-05-02`: 1 is the first of January 1900.
///
/// - Returns: nil for what is none, and for days before March 1900: the system has a 29th of February 1900, which never
///   was, so that programs don't agree on those before.
func serialDay(_ text: Span<UInt8>) -> Int? {
  guard text.count >= 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
    let century = pair(text, 0), let rest = pair(text, 2), let month = pair(text, 5), let day = pair(text, 8)
  else { return nil }
  let year = century * 100 + rest
  guard (1...12).contains(month), day >= 1, day <= days(in: month, of: year) else { return nil }
  // Years that begin in March have the day that some of them lack at their end.
  let (shifted, months) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
  let dayOfYear = (153 * months + 2) / 5 + day - 1
  let serial = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 693_899
  return serial >= 61 ? serial : nil
}

/// The second of the day of `2026-05-02T09:30:00Z`.
func secondOfDay(_ text: Span<UInt8>) -> Int? {
  guard text.count == 20, text[10] == UInt8(ascii: "T"), text[13] == UInt8(ascii: ":"),
    text[16] == UInt8(ascii: ":"), text[19] == UInt8(ascii: "Z"),
    let hour = pair(text, 11), let minute = pair(text, 14), let second = pair(text, 17),
    hour < 24, minute < 60, second < 60
  else { return nil }
  return hour * 3_600 + minute * 60 + second
}

private func pair(_ text: Span<UInt8>, _ place: Int) -> Int? {
  let tens = text[place] &- UInt8(ascii: "0")
  let ones = text[place + 1] &- UInt8(ascii: "0")
  return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : nil
}

private func days(in month: Int, of year: Int) -> Int {
  switch month {
  case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}
