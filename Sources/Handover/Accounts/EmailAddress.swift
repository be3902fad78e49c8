import Mail

/// The address of a user: the one rule for it, wherever it comes from.
package enum EmailAddress {
  /// What is wrong with any other, as a sentence for the person who typed it.
  static let problem = "Write an e-mail address, such as maria@example.com."

  /// The address as it is stored, without white space around it and with a domain in ASCII; nil for a text that no
  /// e-mail can be sent to.
  package static func valid(_ text: String) -> String? { Address(email: trimmed(text))?.email }

  /// What a user is looked up by: the address as it is stored, or the text as it is.
  static func sought(_ text: String) -> String { valid(text) ?? trimmed(text) }
}
