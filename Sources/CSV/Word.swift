/// Eight bytes at a time, in one register (SWAR: SIMD within a register).
///
/// For a word `x`, `(x - 0x01…01) & ~x & 0x80…80` has a bit set exactly when a byte of `x` is zero; `x ^
/// 0x2C…2C` turns every comma into a zero. The borrow of the subtraction can mark bytes above a true one
/// falsely, so a mask answers only whether there is any and which is the lowest. All bytes searched for here
/// are ASCII, and an XOR with ASCII keeps the top bit, so the four searches share one `& ~x & 0x80…80`.
///
/// `SIMD16` would look nicer, but the compiler turns its comparisons into code that goes lane by lane.
enum Word {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  /// Eight bytes, the first one lowest. They need not be aligned.
  @inline(__always)
  static func load(_ pointer: UnsafeRawPointer) -> UInt64 {
    unsafe UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self))
  }

  /// For `specials`, of a file with commas.
  static let commas = repeating(Byte.comma)

  /// Eight times the same byte.
  static func repeating(_ byte: UInt8) -> UInt64 { ones &* UInt64(byte) }

  /// Not zero when a byte of `word` is a separator, a quote, CR or LF; the lowest bit set is in the first such
  /// byte.
  /// - Parameter separators: the separator, which is ASCII, `repeating`.
  @inline(__always)
  static func specials(_ word: UInt64, _ separators: UInt64) -> UInt64 {
    let separator = (word ^ separators) &- ones
    return (separator | quotesAndBreaksUnmasked(word)) & ~word & tops
  }

  /// Not zero when a byte of `word` is a quote, CR or LF; the lowest bit set is in the first such byte.
  @inline(__always)
  static func quotesAndBreaks(_ word: UInt64) -> UInt64 {
    quotesAndBreaksUnmasked(word) & ~word & tops
  }

  /// Not zero when a byte of `word` is NUL or not ASCII; the lowest bit set is in the first such byte.
  @inline(__always)
  static func notPlainASCII(_ word: UInt64) -> UInt64 {
    (word | (word &- ones)) & tops
  }

  /// Whether so many bytes are ASCII, NUL included.
  static func isASCII(_ bytes: UnsafeRawPointer, count: Int) -> Bool {
    var place = 0
    while place + 8 <= count {
      if unsafe load(bytes + place) & tops != 0 { return false }
      place += 8
    }
    while place < count {
      if unsafe bytes.load(fromByteOffset: place, as: UInt8.self) >= 0x80 { return false }
      place += 1
    }
    return true
  }

  @inline(__always)
  private static func quotesAndBreaksUnmasked(_ word: UInt64) -> UInt64 {
    let quote = (word ^ (ones &* UInt64(Byte.quote))) &- ones
    let carriageReturn = (word ^ (ones &* UInt64(Byte.carriageReturn))) &- ones
    let lineFeed = (word ^ (ones &* UInt64(Byte.lineFeed))) &- ones
    return quote | carriageReturn | lineFeed
  }
}
