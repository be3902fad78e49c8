/// A number as people write one: `1,234.56`, `1.234,56`, `1 234,56`, `$1,200`, `(12.50)`, `5.89 %`.
struct AmountText {
  /// As an export writes it, at most so many decimals; nil where it could be two numbers (`1,200`), or has more decimals.
  let plain: [UInt8]?
  /// Whether a sign of a currency stands beside it.
  let hasCurrency: Bool
  /// Whether it could be two numbers.
  let isAmbiguous: Bool

  /// - Parameter scale: the decimals that there may be.
  /// - Returns: nil for what is no number.
  init?(_ text: String, scale: Int) {
    guard let parts = Parts(text, allowsPercent: scale == 4) else { return nil }
    hasCurrency = parts.currency != nil
    // In an export a point has decimals behind it, and a rate has up to four.
    let decimals: Parts.Decimals = parts.decimals(mayBePoint: scale > 2)
    isAmbiguous = decimals == .ambiguous
    switch decimals {
    case .ambiguous: plain = nil
    case .none: plain = parts.number(decimalAt: nil, scale: scale)
    case .at(let place): plain = parts.number(decimalAt: place, scale: scale)
    }
    if plain == nil, !isAmbiguous { return nil }
  }

  private struct Parts {
    enum Decimals: Equatable {
      case none
      case at(Int)
      case ambiguous
    }

    private(set) var currency: Unicode.Scalar?
    private var isNegative = false
    /// Digits, and `,`, `.`, blank and `'` between them.
    private var digits: [UInt8] = []

    init?(_ text: String, allowsPercent: Bool) {
      var scalars = text.unicodeScalars.map(Self.simple)[...]
      if scalars.first == "(", scalars.last == ")" {
        isNegative = true
        scalars = scalars.dropFirst().dropLast()
      }
      var mayHaveSign = !isNegative
      func isMark(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .currencySymbol }
      while let first = scalars.first, first == " " || first == "-" || first == "+" || isMark(first) {
        if first == "-" || first == "+" {
          guard mayHaveSign else { return nil }
          mayHaveSign = false
          isNegative = first == "-"
        } else if first != " " {
          guard currency == nil else { return nil }
          currency = first
        }
        scalars.removeFirst()
      }
      var mayHavePercent = allowsPercent && currency == nil
      while let last = scalars.last, last == " " || last == "%" || last == "-" || isMark(last) {
        switch last {
        case " ": break
        case "%":
          guard mayHavePercent else { return nil }
          mayHavePercent = false
        case "-":
          guard mayHaveSign else { return nil }
          mayHaveSign = false
          isNegative = true
        default:
          guard currency == nil else { return nil }
          currency = last
        }
        scalars.removeLast()
      }
      for scalar in scalars {
        guard ("0"..."9").contains(scalar) || ",. '".unicodeScalars.contains(scalar) else { return nil }
        digits.append(UInt8(truncatingIfNeeded: scalar.value))
      }
      guard let last = digits.last, last &- zero < 10 else { return nil }
    }

    /// Where the decimals begin.
    /// - Parameter mayBePoint: whether three digits behind a point are decimals, as in an export.
    func decimals(mayBePoint: Bool) -> Decimals {
      let commas = digits.indices.filter { digits[$0] == comma }
      let points = digits.indices.filter { digits[$0] == point }
      let last = max(commas.last ?? -1, points.last ?? -1)
      guard last >= 0 else { return .none }
      let own = digits[last] == comma ? commas : points
      if !commas.isEmpty, !points.isEmpty { return own.count == 1 ? .at(last) : .ambiguous }
      if own.count > 1 { return .none }
      let (before, after) = (last, digits.count - last - 1)
      let couldBeThousands = after == 3 && (1...3).contains(before) && digits[0] != zero
      if !couldBeThousands || digits.contains(where: { $0 == 0x20 || $0 == 0x27 }) { return .at(last) }
      if digits[last] == point { return mayBePoint ? .at(last) : .ambiguous }
      // Where dollars and pounds are written, a comma has thousands before it.
      return currency == "$" || currency == "£" ? .none : .ambiguous
    }

    /// - Returns: nil where thousands are not in groups of three, or there are more decimals than `scale`.
    func number(decimalAt decimal: Int?, scale: Int) -> [UInt8]? {
      let whole = digits[..<(decimal ?? digits.count)]
      let groups = whole.split(omittingEmptySubsequences: false) { $0 &- zero > 9 }
      if groups.count > 1 {
        let separators = Set(whole.filter { $0 &- zero > 9 })
        guard separators.count == 1, decimal == nil || separators.first != digits[decimal!],
          (1...3).contains(groups[0].count), groups.dropFirst().allSatisfy({ $0.count == 3 })
        else { return nil }
      }
      var fraction = decimal.map { digits[($0 + 1)...] } ?? []
      guard fraction.allSatisfy({ $0 &- zero < 10 }) else { return nil }
      while fraction.count > scale, fraction.last == zero { fraction.removeLast() }
      guard fraction.count <= scale else { return nil }
      var number = isNegative ? [UInt8(ascii: "-")] : []
      number += whole.isEmpty ? [zero] : groups.flatMap { $0 }
      if !fraction.isEmpty { number += [point] + fraction }
      return number
    }

    private static func simple(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
      if scalar == "\u{2212}" { return "-" }
      if scalar == "\u{2019}" { return "'" }
      return scalar.properties.isWhitespace ? " " : scalar
    }
  }
}

private let zero = UInt8(ascii: "0")
private let comma = UInt8(ascii: ",")
private let point = UInt8(ascii: ".")
