import Glibc

/// Where random bytes come from. Passed in, so that tests can choose them.
package struct Randomness: Sendable {
  /// Makes that many bytes, different ones each time.
  package var bytes: @Sendable (Int) -> [UInt8]

  package init(bytes: @escaping @Sendable (Int) -> [UInt8]) {
    self.bytes = bytes
  }

  /// The kernel's, fit for keys: arc4random_buf(3), which in glibc reads getrandom(2) and can't fail.
  package static let system = Randomness { count in
    unsafe [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
      if let start = bytes.baseAddress { unsafe arc4random_buf(start, count) }
      filled = count
    }
  }

  /// A fresh secret as base64url: 43 letters for 256 bits.
  package func token(bits: Int = 256) -> String {
    Base64URL.encode(bytes((bits + 7) / 8))
  }
}

/// What is stored instead of a token, so that a thief of the store can't use it: the SHA-256 of its text, 32
/// bytes. A token is random throughout, so it needs neither salt nor slowness.
package struct TokenHash: Sendable, Hashable {
  package let bytes: [UInt8]

  package init(of token: String) {
    bytes = SHA256.hash(Array(token.utf8))
  }
}
