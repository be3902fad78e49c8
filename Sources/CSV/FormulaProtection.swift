/// Keeps spreadsheets from taking a text for a formula, in a way that can be undone exactly.
///
/// A text whose first character is one of `= + - @ ' TAB CR` gets one `'` in front, unless the whole text is
/// a negative number, `-?[0-9]+(\.[0-9]+)?`, or a telephone number, `\+[0-9 ]+`. Since `'` is in the list
/// itself, whatever begins with `'` after protection got that one here, and removing it restores the text.
/// (OWASP's 'CSV Injection' names the other characters.)
package enum FormulaProtection {
  /// Whether this text gets a `'` in front.
  package static func applies(to text: Span<UInt8>) -> Bool {
    unsafe text.withUnsafeBytes { unsafe applies(to: $0) }
  }

  /// The text as it was before protection: without its leading `'`, if it begins with one.
  @_lifetime(copy text)
  package static func undo(_ text: Span<UInt8>) -> Span<UInt8> {
    text.count > 0 && text[0] == Byte.apostrophe ? text.extracting(droppingFirst: 1) : text
  }

  @inline(__always)
  static func applies(to text: UnsafeRawBufferPointer) -> Bool {
    guard let first = unsafe text.first, first <= Byte.at, isTrigger(first) else { return false }
    return unsafe !isHarmless(text, first: first)
  }

  /// Bit n stands for character n; all but `@` are below 64.
  private static let triggers: UInt64 =
    1 << Byte.equals | 1 << Byte.plus | 1 << Byte.minus | 1 << Byte.apostrophe | 1 << Byte.tab
    | 1 << Byte.carriageReturn

  @inline(__always)
  private static func isTrigger(_ byte: UInt8) -> Bool {
    byte == Byte.at || byte < 64 && triggers >> UInt64(byte) & 1 == 1
  }

  private static func isHarmless(_ text: UnsafeRawBufferPointer, first: UInt8) -> Bool {
    switch first {
    case Byte.minus: unsafe isNumber(text.dropFirst())
    case Byte.plus: unsafe text.count > 1 && text.dropFirst().allSatisfy(isDigitOrSpace)
    default: false
    }
  }

  /// `[0-9]+(\.[0-9]+)?`
  private static func isNumber(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
    let fraction = unsafe text.drop(while: Byte.isDigit)
    guard unsafe fraction.startIndex > text.startIndex else { return false }
    guard unsafe !fraction.isEmpty else { return true }
    return unsafe fraction.first == Byte.point && fraction.count > 1
      && fraction.dropFirst().allSatisfy(Byte.isDigit)
  }

  private static func isDigitOrSpace(_ byte: UInt8) -> Bool {
    Byte.isDigit(byte) || byte == Byte.space
  }
}
