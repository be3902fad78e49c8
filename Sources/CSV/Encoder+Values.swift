/// Cells that are written from a value, and so never need quotes or protection.
extension Encoder {
  /// A whole number: `0`, `-12`.
  package mutating func integer(_ value: Int64) {
    beginCell(reserving: Self.longest)
    if value < 0 { buffer.put(Byte.minus) }
    appendDigits(value.magnitude)
  }

  /// A number stored as a whole number of its smallest parts, without rounding.
  ///
  /// Money in cents: `decimal(123_450, scale: 2, minimumFraction: 2)` is `1234.50`. A rate in
  /// ten-thousandths: `decimal(58_900, scale: 4, minimumFraction: 0)` is `5.89`, and 60,000 is `6`.
  /// - Parameters:
  ///   - scale: how many of the digits stand behind the point, 0 to 18.
  ///   - minimumFraction: zeros at the end are left out down to this many digits behind the point.
  package mutating func decimal(_ value: Int64, scale: Int, minimumFraction: Int) {
    beginCell(reserving: Self.longest)
    if value < 0 { buffer.put(Byte.minus) }
    let (whole, fraction) = value.magnitude.quotientAndRemainder(dividingBy: Self.powersOfTen[scale])
    appendDigits(whole)
    appendFraction(fraction, digits: scale, minimum: minimumFraction)
  }

  /// A letter and a number: `D-12`.
  package mutating func identifier(prefix: UInt8, _ number: Int64) {
    beginCell(reserving: Self.longest)
    appendIdentifier(prefix, number)
  }

  /// Identifiers in the order given, joined with `; `; no identifier is an empty cell.
  package mutating func identifiers(prefix: UInt8, _ numbers: Span<Int64>) {
    beginCell(reserving: numbers.count * Self.longest)
    for index in numbers.indices {
      if index > 0 {
        buffer.put(Byte.semicolon)
        buffer.put(Byte.space)
      }
      appendIdentifier(prefix, numbers[index])
    }
  }

  /// `true` or `false`.
  package mutating func boolean(_ value: Bool) {
    verbatim(value ? "true" : "false")
  }

  /// Bytes of the longest number with its sign, point, prefix, hyphen and `; `, and more.
  private static let longest = 32

  private static let powersOfTen: InlineArray<19, UInt64> = [
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
    100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
    10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
  ]

  private mutating func appendIdentifier(_ prefix: UInt8, _ number: Int64) {
    buffer.put(prefix)
    buffer.put(Byte.minus)
    if number < 0 { buffer.put(Byte.minus) }
    appendDigits(number.magnitude)
  }

  private mutating func appendFraction(_ fraction: UInt64, digits: Int, minimum: Int) {
    var rest = fraction
    var digits = digits
    while digits > minimum, rest % 10 == 0 {
      rest /= 10
      digits -= 1
    }
    guard digits > 0 else { return }
    buffer.put(Byte.point)
    appendDigits(rest, atLeast: digits)
  }

  /// - Parameter atLeast: shorter numbers get zeros in front.
  private mutating func appendDigits(_ value: UInt64, atLeast minimum: Int = 1) {
    var count = minimum
    while count < Self.powersOfTen.count, value >= Self.powersOfTen[count] { count += 1 }
    if value >= 10_000_000_000_000_000_000 { count = 20 }
    var rest = value
    for position in stride(from: count - 1, through: 0, by: -1) {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      unsafe buffer.end.storeBytes(of: Byte.zero + UInt8(digit), toByteOffset: position, as: UInt8.self)
      rest = quotient
    }
    buffer.advance(by: count)
  }
}
