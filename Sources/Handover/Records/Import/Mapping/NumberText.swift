import System

/// Amounts and numbers as people write them: `1,234.50`, `1.234,5`, `$1,200`, `AUD 12 000`, `(300)`, `5.89 %`.
enum NumberText {
  /// The number as an export writes it, `-?[0-9]+(\.[0-9]+)?`, without zeros at its end.
  ///
  /// - Parameters:
  ///   - scale: how many decimals it may have.
  ///   - decimal: the sign before them; nil: whichever gives the cell one meaning.
  /// - Returns: nil where the cell is no number, or could be two.
  static func plain(_ cell: Span<UInt8>, scale: Int, decimal: UInt8?) -> [UInt8]? {
    guard let (digits, isNegative) = bare(cell) else { return nil }
    guard let point = decimalPlace(in: digits, scale: scale, decimal: decimal) else { return nil }
    var number: [UInt8] = isNegative ? [minus] : []
    number += digits[..<point].filter(isDigit)
    var fraction = digits[point...].filter(isDigit)
    while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
    if !fraction.isEmpty { number += [dot] + fraction }
    return number
  }

  private static let minus = UInt8(ascii: "-")
  private static let dot = UInt8(ascii: ".")
  private static let comma = UInt8(ascii: ",")

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Digits and the signs between them, without currency, percent and blanks.
  private static func bare(_ cell: Span<UInt8>) -> (digits: [UInt8], isNegative: Bool)? {
    var text = String(copying: trimmed(cell))
    var isNegative = false
    if text.hasPrefix("("), text.hasSuffix(")") {
      isNegative = true
      text = String(text.dropFirst().dropLast())
    }
    var digits: [UInt8] = []
    var letters = 0
    var hasSign = false
    for scalar in text.unicodeScalars {
      switch scalar {
      case "0"..."9", ".", ",": digits.append(UInt8(ascii: scalar))
      // Between groups of digits, and beside a currency.
      case " ", "'", "\u{A0}", "\u{202F}", "\u{2019}": continue
      case "-", "\u{2212}":
        // At either end, and once.
        guard !hasSign, !isNegative, digits.isEmpty || scalar == text.unicodeScalars.last else { return nil }
        hasSign = true
      case "+": guard digits.isEmpty, !hasSign else { return nil }
      case "$", "€", "£", "%": continue
      case "A"..."Z": letters += 1
      default: return nil
      }
    }
    // AUD, A$, NZ$.
    guard letters <= 3, let first = digits.first, isDigit(first) || first == dot, let last = digits.last,
      isDigit(last)
    else { return nil }
    return (first == dot ? [UInt8(ascii: "0")] + digits : digits, isNegative || hasSign)
  }

  /// Where the decimals begin, with their sign; the end where there are none.
  private static func decimalPlace(in digits: [UInt8], scale: Int, decimal: UInt8?) -> Int? {
    guard let last = digits.lastIndex(where: { !isDigit($0) }) else { return digits.count }
    let sign = digits[last]
    let decimals = digits.count - last - 1
    let isOnly = digits[..<last].allSatisfy(isDigit)
    let isDecimal: Bool
    if let decimal {
      isDecimal = sign == decimal
    } else if isOnly {
      // One comma before three digits parts thousands in an amount, which has two decimals; a rate may have three.
      if sign == comma, decimals == 3, scale >= 3 { return nil }
      isDecimal = sign == dot || decimals != 3
    } else {
      isDecimal = !digits[..<last].contains(sign)
    }
    guard isDecimal else { return areGroups(digits[...], by: sign) ? digits.count : nil }
    let significant = digits[(last + 1)...].reversed().drop { $0 == UInt8(ascii: "0") }.count
    let other = sign == dot ? comma : dot
    guard significant <= scale, areGroups(digits[..<last], by: other) else { return nil }
    return last
  }

  /// Whether these are digits, or groups of three with the sign between them.
  private static func areGroups(_ digits: ArraySlice<UInt8>, by sign: UInt8) -> Bool {
    let groups = digits.split(separator: sign, omittingEmptySubsequences: false)
    guard groups.allSatisfy({ $0.allSatisfy(isDigit) }), let first = groups.first else { return false }
    return groups.count == 1
      || (1...3).contains(first.count) && groups.dropFirst().allSatisfy { $0.count == 3 }
  }
}
