/// Marks: numbers that stand for something longer, enough to tell two apart.
enum Mark {
  /// The mark of a text, in 32 bits; 0 is that of the empty one.
  static func text(_ text: Span<UInt8>) -> Int64 {
    if text.isEmpty { return 0 }
    var hash = UInt64(text.count) &* 0x9E37_79B9_7F4A_7C15
    let whole = text.count & ~7
    for start in stride(from: 0, to: whole, by: 8) {
      mix(unsafe text.bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self), into: &hash)
    }
    var rest: UInt64 = 0
    for index in whole..<text.count { rest = rest << 8 | UInt64(text[index]) }
    mix(rest, into: &hash)
    return Int64(max(UInt32(truncatingIfNeeded: hash), 1))
  }

  /// The mark of a list of ids that had the mark `list`, with one more at its end, in 32 bits; 0 is that of the
  /// empty list.
  static func list(_ list: UInt32, appending id: Int64) -> UInt32 {
    let mixed = UInt64(list) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(bitPattern: id) &* 0xBF58_476D_1CE4_E5B9
    return max(UInt32(truncatingIfNeeded: mixed >> 29), 1)
  }

  /// The mark of a link, in 64 bits: two sets of links are the same where the sums of their marks are.
  /// - Parameter place: in the list of the first record; 0 where the order of the list is known otherwise.
  static func link(_ record: Int64, _ other: Int64, place: Int) -> Int64 {
    var hash = UInt64(bitPattern: record)
    mix(UInt64(bitPattern: other), into: &hash)
    mix(UInt64(place), into: &hash)
    return Int64(bitPattern: hash)
  }

  @inline(__always)
  private static func mix(_ word: UInt64, into hash: inout UInt64) {
    hash = (hash ^ word) &* 0xBF58_476D_1CE4_E5B9
    hash ^= hash >> 29
  }
}
