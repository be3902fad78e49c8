/// A password that keeps the rules: any characters but NUL, as typed, and not one of those that are tried
/// first.
package struct Password: Sendable {
  package let text: String

  /// In bytes.
  static let shortest = 8
  /// In bytes.
  static let longest = 256

  /// What is wrong with the password, as a sentence for the person who chose it; nil where nothing is.
  package static func problem(with text: String) -> String? {
    if text.isEmpty { return "Choose a password." }
    if text.utf8.count < shortest { return "Choose a password of at least \(shortest) characters." }
    if text.utf8.count > longest {
      return "Choose a shorter password: this one takes more than \(longest) bytes."
    }
    if text.utf8.contains(0) { return "A password can’t hold the character NUL." }
    if CommonPasswords.contain(text) {
      return "This is one of the passwords that are tried first. Choose one that nobody else has."
    }
    return nil
  }

  /// Nil where `problem(with:)` finds one.
  package init?(_ text: String) {
    if Self.problem(with: text) != nil { return nil }
    self.text = text
  }
}
