/// The codes that an authenticator app shows for a key (RFC 6238, over RFC 4226): six digits, another code every
/// thirty seconds, by HMAC-SHA-1. All apps know these figures; some know no others.
package struct OneTimeCodes: Sendable {
  package static let digits = 6
  /// How long the app shows one code, in seconds: a step.
  package static let stepLength: Int64 = 30
  /// In bytes; as long as RFC 4226 recommends (section 4, R6).
  package static let keyLength = 20
  /// How many steps a phone's clock may be off, either way.
  package static let tolerance: Int64 = 1

  let key: [UInt8]

  /// - Parameter key: as the app has it.
  package init(key: [UInt8]) {
    self.key = key
  }

  /// The code of a moment.
  /// - Parameter time: Unix seconds.
  package func code(at time: Int64) -> String {
    code(of: Self.step(at: time), digits: Self.digits)
  }

  /// The step whose code this is, of those near the moment; nil if it is none of theirs. Every text takes the
  /// same time.
  /// - Parameter time: Unix seconds.
  package func step(of code: String, at time: Int64) -> Int64? {
    let now = Self.step(at: time)
    var found: Int64?
    for step in max(0, now - Self.tolerance)...now + Self.tolerance
    where constantTimeEquals(self.code(of: step, digits: Self.digits), code) {
      found = step
    }
    return found
  }

  /// The last step whose code is taken at the moment.
  /// - Parameter time: Unix seconds.
  package static func lastStep(at time: Int64) -> Int64 { step(at: time) + tolerance }

  /// How many steps have begun since 1970, the counter of RFC 4226.
  private static func step(at time: Int64) -> Int64 { max(0, time / stepLength) }

  /// The truncation of RFC 4226, section 5.3.
  /// - Parameter digits: at most 9.
  func code(of step: Int64, digits: Int) -> String {
    let counter = stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: step >> $0) }
    let hash = hmacSHA1(key: key, counter)
    let offset = Int(hash[19] & 15)
    let number = hash[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text.suffix(digits)
  }
}
