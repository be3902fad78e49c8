import Secrets

/// One of the codes that stand in for a lost phone, each good once: 120 random bits as people can copy them. With fewer
/// than 112 a fast hash would not do (OWASP ASVS 5.0, 6.5.2).
struct RecoveryCode: Sendable, Equatable {
  /// `ABCD-EFGH-IJKL-MNOP-QRST-UVWX`
  let text: String

  /// How many a user gets at a time.
  static let count = 10

  init(randomness: Randomness) {
    text = inFours(Base32.encode(randomness.bytes(15)), separator: "-")
  }

  /// A code as somebody typed it: capitals, blanks and hyphens make no difference.
  init(typed: String) {
    text = inFours(withoutSeparators(typed), separator: "-")
  }

  /// What is stored of it.
  var hash: [UInt8] { TokenHash(of: text).bytes }
}

/// The letters in groups of four, as they are easiest to copy.
func inFours(_ text: String, separator: String) -> String {
  var rest = text[...]
  var groups: [Substring] = []
  while !rest.isEmpty {
    groups.append(rest.prefix(4))
    rest = rest.dropFirst(4)
  }
  return groups.joined(separator: separator)
}

/// A typed code in capitals, without the blanks and hyphens between its groups.
func withoutSeparators(_ typed: String) -> String {
  String(
    String.UnicodeScalarView(
      typed.uppercased().unicodeScalars.filter { !" \t-\u{A0}‐‑–".unicodeScalars.contains($0) }))
}
