/// Reads values from the bytes of a cell, as CSV's `Encoder` writes them. A cell that holds something else is
/// nil or false; nothing is rounded.
enum CellText {
  /// `D-12`: the letter, a hyphen, and a number from 1 without zeros in front.
  /// - Parameter largest: a larger number is no id. Archives of versions before 1.1 may hold larger ones than
  ///   an import takes.
  static func identifier(
    _ cell: Span<UInt8>, prefix: UInt8, upTo largest: Int64 = Identifier.largest
  ) -> Int64? {
    guard cell.count >= 3, cell[0] == prefix, cell[1] == UInt8(ascii: "-"), cell[2] != UInt8(ascii: "0")
    else { return nil }
    var value: Int64 = 0
    for place in 2..<cell.count {
      guard let shifted = appending(cell[place], to: value) else { return nil }
      value = shifted
    }
    // Summed up as a negative number, since -2^63 has no positive counterpart.
    return value == .min || -value > largest ? nil : -value
  }

  /// Whether somebody means one of our ids: `D-` and so on. What is written wrong is not taken for an id of elsewhere.
  static func looksLikeIdentifier(_ cell: Span<UInt8>) -> Bool {
    guard cell.count > 1, cell[1] == UInt8(ascii: "-") else { return false }
    for table in Table.Name.ofAll where table.idByte == cell[0] { return true }
    return false
  }

  /// Appends the ids of a list such as `C-1; C-7`, in their order. An empty cell has no ids.
  /// - Returns: false where the cell is not such a list.
  static func identifiers(
    _ cell: Span<UInt8>, prefix: UInt8, upTo largest: Int64 = Identifier.largest, into list: inout [Int64]
  ) -> Bool {
    var start = 0
    while start < cell.count {
      var end = start
      while end < cell.count, cell[end] != UInt8(ascii: ";") { end += 1 }
      guard let id = identifier(cell.extracting(start..<end), prefix: prefix, upTo: largest) else {
        return false
      }
      list.append(id)
      if end == cell.count { return true }
      guard end + 2 < cell.count, cell[end + 1] == UInt8(ascii: " ") else { return false }
      start = end + 2
    }
    return true
  }

  /// Whether the cell is a SHA-256 in hexadecimal digits, in lower case.
  static func isDigest(_ cell: Span<UInt8>) -> Bool {
    guard cell.count == 64 else { return false }
    for place in cell.indices {
      guard (0x30...0x39).contains(cell[place]) || (0x61...0x66).contains(cell[place]) else { return false }
    }
    return true
  }

  static func isDigest(_ text: String) -> Bool { isDigest(Array(text.utf8).span) }

  /// Whether the cell is a list of ids, of whatever size.
  static func isList(_ cell: Span<UInt8>, prefix: UInt8) -> Bool {
    var ids: [Int64] = []
    return identifiers(cell, prefix: prefix, upTo: .max, into: &ids)
  }

  /// `-?[0-9]+(\.[0-9]+)?` with at most `scale` digits behind the point, as a number of the smallest parts:
  /// `12.5` at scale 2 is 1,250.
  static func decimal(_ cell: Span<UInt8>, scale: Int) -> Int64? {
    let isNegative = cell.count > 0 && cell[0] == UInt8(ascii: "-")
    let start = isNegative ? 1 : 0
    var value: Int64 = 0
    var point: Int?
    for place in start..<max(start, cell.count) {
      if cell[place] == UInt8(ascii: "."), point == nil, place > start {
        point = place
      } else if let shifted = appending(cell[place], to: value) {
        value = shifted
      } else {
        return nil
      }
    }
    let digits = point.map { cell.count - $0 - 1 } ?? 0
    guard cell.count > start, digits <= scale, point == nil || digits > 0 else { return nil }
    for _ in digits..<scale {
      guard let shifted = appending(UInt8(ascii: "0"), to: value) else { return nil }
      value = shifted
    }
    if isNegative { return value }
    return value == .min ? nil : -value
  }

  /// `-?[0-9]+`.
  static func integer(_ cell: Span<UInt8>) -> Int64? { decimal(cell, scale: 0) }

  /// `true` or `false`.
  static func boolean(_ cell: Span<UInt8>) -> Bool? {
    if equal(cell, "true") { return true }
    return equal(cell, "false") ? false : nil
  }

  /// Whether the cell is one of the words.
  static func isOne(of words: [String], _ cell: Span<UInt8>) -> Bool {
    for word in words where equal(cell, word) { return true }
    return false
  }

  /// A day of the Gregorian calendar, `2026-05-02`, of the years 0001 to 9999: others read no year 0000.
  ///
  /// - Parameter first: 0 for what versions before 1.1 have taken.
  static func isDate(_ cell: Span<UInt8>, fromYear first: Int = 1) -> Bool {
    guard cell.count == 10, cell[4] == UInt8(ascii: "-"), cell[7] == UInt8(ascii: "-"),
      let century = pair(cell, 0), let rest = pair(cell, 2), let month = pair(cell, 5),
      let day = pair(cell, 8), century * 100 + rest >= first
    else { return false }
    return (1...12).contains(month) && day >= 1 && day <= days(in: month, of: century * 100 + rest)
  }

  /// A second of such a day in UTC, `2026-05-02T09:30:00Z`; there are no leap seconds.
  static func isTime(_ cell: Span<UInt8>, fromYear first: Int = 1) -> Bool {
    guard cell.count == 20, isDate(cell.extracting(0..<10), fromYear: first), cell[10] == UInt8(ascii: "T"),
      cell[13] == UInt8(ascii: ":"), cell[16] == UInt8(ascii: ":"), cell[19] == UInt8(ascii: "Z"),
      let hour = pair(cell, 11), let minute = pair(cell, 14), let second = pair(cell, 17)
    else { return false }
    return hour < 24 && minute < 60 && second < 60
  }

  /// Ten times the value, minus the digit: negative numbers reach one further than positive ones.
  @inline(__always)
  private static func appending(_ byte: UInt8, to value: Int64) -> Int64? {
    let digit = byte &- UInt8(ascii: "0")
    guard digit < 10 else { return nil }
    let (tenfold, overflows) = value.multipliedReportingOverflow(by: 10)
    let (result, overflowsToo) = tenfold.subtractingReportingOverflow(Int64(digit))
    return overflows || overflowsToo ? nil : result
  }

  /// The number of two digits.
  @inline(__always)
  private static func pair(_ cell: Span<UInt8>, _ place: Int) -> Int? {
    let tens = cell[place] &- UInt8(ascii: "0")
    let ones = cell[place + 1] &- UInt8(ascii: "0")
    return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : nil
  }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func equal(_ cell: Span<UInt8>, _ word: String) -> Bool {
    let word = word.utf8.span
    guard cell.count == word.count else { return false }
    for place in cell.indices where cell[place] != word[place] { return false }
    return true
  }
}
