/// A set of ASCII characters; a look-up is one shift.
struct ByteSet: Sendable {
  private let low: UInt64
  private let high: UInt64

  init(_ characters: String) {
    var (low, high): (UInt64, UInt64) = (0, 0)
    for byte in characters.utf8 {
      if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
    }
    (self.low, self.high) = (low, high)
  }

  func contains(_ byte: UInt8) -> Bool {
    byte < 0x80 && (byte < 64 ? low : high) & 1 << UInt64(byte & 63) != 0
  }
}

extension ByteSet {
  private static let alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

  /// RFC 3986, section 2.3.
  static let unreserved = ByteSet(alphanumerics + "-._~")
  /// What is not in the application/x-www-form-urlencoded percent-encode set of the WHATWG URL standard.
  static let form = ByteSet(alphanumerics + "*-._")
  /// RFC 9110, section 5.6.2: `token`.
  static let token = ByteSet(alphanumerics + "!#$%&'*+-.^_`|~")
  /// RFC 8187, section 3.2.1: `attr-char`.
  static let attribute = ByteSet(alphanumerics + "!#$&+-.^_`|~")
  /// RFC 6265, section 4.1.1: `cookie-octet`.
  static let cookie = ByteSet(alphanumerics + "!#$%&'()*+-./:<=>?@[]^_`{|}~")
  /// RFC 3986, section 3.2.2: `reg-name`, as far as DNS uses it.
  static let host = ByteSet(alphanumerics + "-._~")
  /// RFC 2046, section 5.1.1: `bchars`.
  static let boundary = ByteSet(alphanumerics + "'()+_,-./:=? ")
  /// What a request target may hold unescaped; see `Request.target`.
  static let target = ByteSet(alphanumerics + "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
}
