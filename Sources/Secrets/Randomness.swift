import CCrypt

/// Where random bytes come from. Passed in, so that a test can say what they are.
package struct Randomness: Sendable {
  /// So many bytes, each time other ones.
  package var bytes: @Sendable (Int) -> [UInt8]

  package init(bytes: @escaping @Sendable (Int) -> [UInt8]) {
    self.bytes = bytes
  }

  /// The kernel's, fit for keys: getrandom(2).
  package static let system = Randomness { count in
    var bytes = [UInt8](repeating: 0, count: count)
    // Up to 256 bytes come whole and without a signal in between, and can't fail once the system has started.
    for start in stride(from: 0, to: count, by: 256) {
      let part = min(256, count - start)
      let got = unsafe bytes.withUnsafeMutableBytes {
        unsafe getrandom($0.baseAddress.map { unsafe $0 + start }, part, 0)
      }
      precondition(got == part, "The kernel gives no random bytes: getrandom(2) needs Linux 3.17 or later.")
    }
    return bytes
  }

  /// A fresh secret as base64url, 256 bits of it unless told otherwise: 43 letters.
  package func token(bits: Int = 256) -> String {
    Base64URL.encode(bytes((bits + 7) / 8))
  }
}

/// What is stored of a token in its place, so that who reads the store can't use what stands there: the SHA-256 of
/// its text, 32 bytes. A token is random throughout, so it needs neither salt nor slowness.
package struct TokenHash: Sendable, Hashable {
  package let bytes: [UInt8]

  package init(of token: String) {
    bytes = SHA256.hash(Array(token.utf8))
  }
}
