import CSHA256

/// Hashes whole blocks of 64 bytes into the state.
typealias SHA256Blocks = @Sendable (inout InlineArray<8, UInt32>, Span<UInt8>) -> Void

/// The function that does an engine's work on this machine.
func sha256Blocks(of engine: SHA256.Engine) -> SHA256Blocks {
  engine == .processor ? best : hashPortably
}

/// Found out once: to ask the processor takes microseconds on a virtual machine.
private let best: SHA256Blocks = sha256_has_instructions() ? hashByProcessor : hashPortably

@Sendable private func hashByProcessor(_ state: inout InlineArray<8, UInt32>, _ blocks: Span<UInt8>) {
  var words = state.mutableSpan
  unsafe words.withUnsafeMutableBufferPointer { words in
    unsafe blocks.withUnsafeBufferPointer { bytes in
      unsafe sha256_blocks(words.baseAddress, bytes.baseAddress, bytes.count / 64)
    }
  }
}

/// Section 6.2.2, as 16 rounds four times over a ring of 16 words.
@Sendable private func hashPortably(_ state: inout InlineArray<8, UInt32>, _ blocks: Span<UInt8>) {
  var ring = InlineArray<16, UInt32>(repeating: 0)
  for block in 0..<blocks.count / 64 {
    let bytes = blocks.extracting(block * 64..<block * 64 + 64)
    for index in 0..<16 {
      ring[index] = bigEndian(bytes, at: index * 4)
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    sixteenRounds(at: 0, &a, &b, &c, &d, &e, &f, &g, &h, &ring)
    for round in stride(from: 16, to: 64, by: 16) {
      sixteenRounds(at: round, &a, &b, &c, &d, &e, &f, &g, &h, &ring)
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }
}

/// Written out, with the eight working variables renamed from one round to the next, so that none of them is ever moved
/// and each place in the ring is a constant.
@inline(__always)
private func sixteenRounds(
  at: Int, _ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32, _ d: inout UInt32,
  _ e: inout UInt32, _ f: inout UInt32, _ g: inout UInt32, _ h: inout UInt32,
  _ ring: inout InlineArray<16, UInt32>
) {
  mix(a, b, c, &d, e, f, g, &h, word(0, at, &ring))
  mix(h, a, b, &c, d, e, f, &g, word(1, at, &ring))
  mix(g, h, a, &b, c, d, e, &f, word(2, at, &ring))
  mix(f, g, h, &a, b, c, d, &e, word(3, at, &ring))
  mix(e, f, g, &h, a, b, c, &d, word(4, at, &ring))
  mix(d, e, f, &g, h, a, b, &c, word(5, at, &ring))
  mix(c, d, e, &f, g, h, a, &b, word(6, at, &ring))
  mix(b, c, d, &e, f, g, h, &a, word(7, at, &ring))
  mix(a, b, c, &d, e, f, g, &h, word(8, at, &ring))
  mix(h, a, b, &c, d, e, f, &g, word(9, at, &ring))
  mix(g, h, a, &b, c, d, e, &f, word(10, at, &ring))
  mix(f, g, h, &a, b, c, d, &e, word(11, at, &ring))
  mix(e, f, g, &h, a, b, c, &d, word(12, at, &ring))
  mix(d, e, f, &g, h, a, b, &c, word(13, at, &ring))
  mix(c, d, e, &f, g, h, a, &b, word(14, at, &ring))
  mix(b, c, d, &e, f, g, h, &a, word(15, at, &ring))
}

@inline(__always)
private func bigEndian(_ bytes: Span<UInt8>, at: Int) -> UInt32 {
  UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8 | UInt32(bytes[at + 3])
}

/// The word of a round with its constant added; from the 16th round on it takes the place of the one 16 before it.
/// - Parameter round: that of the first place in the ring.
@inline(__always)
private func word(_ place: Int, _ round: Int, _ ring: inout InlineArray<16, UInt32>) -> UInt32 {
  if round > 0 {
    let two = ring[(place + 14) & 15]
    let fifteen = ring[(place + 1) & 15]
    let sigma1 = rotated(two, 17) ^ rotated(two, 19) ^ (two >> 10)
    let sigma0 = rotated(fifteen, 7) ^ rotated(fifteen, 18) ^ (fifteen >> 3)
    ring[place] = ring[place] &+ sigma0 &+ ring[(place + 9) & 15] &+ sigma1
  }
  return ring[place] &+ roundConstants[round + place]
}

@inline(__always)
private func mix(
  _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32,
  _ e: UInt32, _ f: UInt32, _ g: UInt32, _ h: inout UInt32, _ word: UInt32
) {
  let t1 = h &+ (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) &+ (g ^ (e & (f ^ g))) &+ word
  d &+= t1
  h = t1 &+ (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ (((a ^ b) & (b ^ c)) ^ b)
}

@inline(__always)
private func rotated(_ word: UInt32, _ by: UInt32) -> UInt32 {
  word >> by | word << (32 - by)
}

/// Section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
private let roundConstants: InlineArray<64, UInt32> = [
  0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
  0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
  0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
  0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
  0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
  0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
  0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
  0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
]
