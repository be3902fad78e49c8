/// SHA-1 (FIPS 180-4), of one run of bytes: 20 bytes.
///
/// Only for what others have fixed to it, authenticator apps and lists of breached passwords. It is broken as a
/// proof that two texts are the same; nothing of our own relies on it.
package enum SHA1 {
  package static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var state: InlineArray<5, UInt32> = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    let padded = padded(bytes)
    for start in stride(from: 0, to: padded.count, by: 64) {
      take(padded[start..<start + 64], into: &state)
    }
    return state.indices.flatMap { bigEndian(state[$0]) }
  }
}

/// The padding of section 5.1.1: one set bit, zeros up to eight bytes before the end of a block, the length in
/// bits.
private func padded(_ bytes: [UInt8]) -> [UInt8] {
  var padded = bytes + [0x80]
  padded += Array(repeating: 0, count: (120 - padded.count % 64) % 64)
  let bits = UInt64(bytes.count) &* 8
  return padded + bigEndian(UInt32(truncatingIfNeeded: bits >> 32))
    + bigEndian(UInt32(truncatingIfNeeded: bits))
}

/// One block, by section 6.1.2.
private func take(_ block: ArraySlice<UInt8>, into state: inout InlineArray<5, UInt32>) {
  var words = InlineArray<80, UInt32>(repeating: 0)
  for index in 0..<16 {
    let start = block.startIndex + 4 * index
    words[index] = block[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }
  for index in 16..<80 {
    words[index] = rotated(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], by: 1)
  }
  var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
  for index in 0..<80 {
    let (mixed, constant): (UInt32, UInt32) =
      switch index {
      case ..<20: (b & c | ~b & d, 0x5a82_7999)
      case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
      case ..<60: (b & c | b & d | c & d, 0x8f1b_bcdc)
      default: (b ^ c ^ d, 0xca62_c1d6)
      }
    let next = rotated(a, by: 5) &+ mixed &+ e &+ constant &+ words[index]
    (a, b, c, d, e) = (next, a, rotated(b, by: 30), c, d)
  }
  state[0] &+= a
  state[1] &+= b
  state[2] &+= c
  state[3] &+= d
  state[4] &+= e
}

private func rotated(_ word: UInt32, by count: UInt32) -> UInt32 {
  word << count | word >> (32 - count)
}

private func bigEndian(_ word: UInt32) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
}
