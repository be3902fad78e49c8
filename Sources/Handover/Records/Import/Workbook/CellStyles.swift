import Glibc

/// How numbers are shown, as far as it says what they are: a day, a moment, a percentage (ECMA-376, part 1, 18.8.30).
struct CellStyles {
  enum Kind: Equatable {
    case number
    /// Digits alone, with zeros in front up to so many.
    case padded(Int)
    case percent
    /// A day; a moment, where it isn't midnight.
    case day
    case moment
    case timeOfDay
  }

  private var codes: [Int: String] = [:]
  private var kinds: [Kind] = []
  private var isInCells = false

  /// - Parameter style: the number of a cell's style.
  subscript(style: Int) -> Kind { kinds.indices.contains(style) ? kinds[style] : .number }

  mutating func take(_ event: XMLScanner.Event) throws {
    switch event {
    case .start(let tag):
      if tag.name.isNamed("cellXfs") {
        isInCells = true
      } else if tag.name.isNamed("numFmt"), let id = try tag.number("numFmtId") {
        codes[id] = try tag.text("formatCode")
      } else if isInCells, tag.name.isNamed("xf") {
        let id = try tag.number("numFmtId") ?? 0
        kinds.append(codes[id].map(Self.kind) ?? Self.builtIn(id))
      }
    case .end(let name): if name.isNamed("cellXfs") { isInCells = false }
    case .text: break
    }
  }

  /// The formats that stand in no file; 27 to 36 and 50 to 58 are days in Chinese and Japanese ones.
  private static func builtIn(_ id: Int) -> Kind {
    switch id {
    case 9, 10: .percent
    case 14...17, 27...31, 36, 50...58: .day
    case 22: .moment
    case 18...21, 32...35, 45...47: .timeOfDay
    default: .number
    }
  }

  static func kind(_ code: String) -> Kind {
    var letters = ""
    var scalars = code.lowercased().unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      switch scalar {
      case ";":
        // What follows is for negative numbers.
        scalars = scalars.suffix(0)
      case "\"": scalars = scalars.drop { $0 != "\"" }.dropFirst()
      case "\\", "_", "*": scalars = scalars.dropFirst()
      case "[":
        // A colour, a currency or a condition, but for the hours of a duration.
        let inside = scalars.prefix { $0 != "]" }
        if inside.allSatisfy({ "hms".unicodeScalars.contains($0) }) {
          letters.unicodeScalars.append(contentsOf: inside)
        }
        scalars = scalars.dropFirst(inside.count + 1)
      default: letters.unicodeScalars.append(scalar)
      }
    }
    if letters.hasPrefix("general") { return .number }
    let hasDay = letters.contains { "yd".contains($0) } || letters.contains("mmm")
    let hasTime = letters.contains { "hs".contains($0) }
    if hasDay { return hasTime ? .moment : .day }
    if hasTime { return .timeOfDay }
    if letters.contains("%") { return .percent }
    return letters.count > 1 && letters.allSatisfy { $0 == "0" } ? .padded(letters.count) : .number
  }
}

extension CellStyles.Kind {
  /// The text of a number, as in `5.8899999999999997`.
  /// - Returns: nil for what is no number.
  func text(of number: [UInt8], countsFrom1904: Bool) -> [UInt8]? {
    guard let value = Double(String(decoding: number, as: UTF8.self)), value.isFinite else { return nil }
    let plain = DecimalText(value).text
    switch self {
    case .number: return plain
    case .padded(let width):
      let isWhole = plain.allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
      return isWhole
        ? [UInt8](repeating: UInt8(ascii: "0"), count: max(0, width - plain.count)) + plain : plain
    case .percent: return DecimalText(value).shifted(by: 2).text + [UInt8(ascii: "%")]
    case .day, .moment, .timeOfDay:
      return Self.moment(value, self, countsFrom1904: countsFrom1904) ?? plain
    }
  }

  /// Days since the end of 1899, or since the beginning of 1904, with the time as their fraction (part 1, 18.17.4).
  private static func moment(_ serial: Double, _ kind: Self, countsFrom1904: Bool) -> [UInt8]? {
    guard serial >= 0, serial < 2_958_466 else { return nil }
    var day = Int(serial)
    var seconds = Int(((serial - Double(day)) * 86_400).rounded())
    if seconds == 86_400 { (day, seconds) = (day + 1, 0) }
    var time: [UInt8] = []
    time.append(seconds / 3_600, width: 2)
    time.append(UInt8(ascii: ":"))
    time.append(seconds / 60 % 60, width: 2)
    time.append(UInt8(ascii: ":"))
    time.append(seconds % 60, width: 2)
    if kind == .timeOfDay, day == 0 { return time }
    if !countsFrom1904, day < 61 {
      // Excel has a 29th of February 1900, and a day 0 before the first.
      guard day > 0, day != 60 else { return nil }
      day += 1
    }
    let first: Int64 = countsFrom1904 ? -2_082_844_800 : -2_209_161_600
    let midnight = CivilTime(UnixTime(rawValue: first + Int64(day) * 86_400)).date
    let date = Array(midnight.utf8)
    return seconds == 0 && kind != .moment ? date : date + [UInt8(ascii: "T")] + time
  }
}

/// A number in as few digits as tell it from all others, and with 15 at most where it has decimals, as spreadsheets show
/// it; without an exponent.
struct DecimalText {
  private static let mostDigits = 15

  private var isNegative: Bool
  /// Without zeros in front.
  private var digits: [UInt8]
  /// How many of the digits are behind the point; less than none for zeros that follow them.
  private var decimals: Int

  init(_ value: Double) {
    isNegative = value < 0
    digits = []
    decimals = 0
    // The shortest text that is read as the same number: 5.8899999999999997 is 5.89.
    var exponent = 0
    var isBehindPoint = false
    let text = Array(abs(value).description.utf8)
    for (place, byte) in text.enumerated() {
      if byte == UInt8(ascii: "e") {
        exponent = Int(String(decoding: text[(place + 1)...], as: UTF8.self)) ?? 0
        break
      }
      if byte == UInt8(ascii: ".") {
        isBehindPoint = true
        continue
      }
      digits.append(byte)
      if isBehindPoint { decimals += 1 }
    }
    decimals -= exponent
    digits = Array(digits.drop { $0 == UInt8(ascii: "0") })
    while decimals > 0, digits.last == UInt8(ascii: "0") {
      digits.removeLast()
      decimals -= 1
    }
    if decimals > 0, digits.count > Self.mostDigits { round() }
  }

  /// Leaves out the last decimals.
  private mutating func round() {
    let excess = min(digits.count - Self.mostDigits, decimals)
    let goesUp = digits[digits.count - excess] >= UInt8(ascii: "5")
    digits.removeLast(excess)
    decimals -= excess
    guard goesUp else { return }
    while decimals > 0, digits.last == UInt8(ascii: "9") {
      digits.removeLast()
      decimals -= 1
    }
    var place = digits.count - 1
    while place >= 0, digits[place] == UInt8(ascii: "9") {
      digits[place] = UInt8(ascii: "0")
      place -= 1
    }
    if place < 0 { digits.insert(UInt8(ascii: "1"), at: 0) } else { digits[place] += 1 }
  }

  /// The number times ten so many times.
  func shifted(by places: Int) -> DecimalText {
    var shifted = self
    shifted.decimals -= places
    return shifted
  }

  var text: [UInt8] {
    let zero = UInt8(ascii: "0")
    var whole = digits
    var fraction: [UInt8] = []
    if decimals > 0 {
      whole = Array(digits.dropLast(decimals))
      fraction = [UInt8](repeating: zero, count: max(0, decimals - digits.count)) + digits.suffix(decimals)
    } else {
      whole += [UInt8](repeating: zero, count: -decimals)
    }
    while fraction.last == zero { fraction.removeLast() }
    whole = Array(whole.drop { $0 == zero })
    let isZero = whole.isEmpty && fraction.isEmpty
    return (isNegative && !isZero ? [UInt8(ascii: "-")] : []) + (whole.isEmpty ? [zero] : whole)
      + (fraction.isEmpty ? [] : [UInt8(ascii: ".")] + fraction)
  }
}
