/// A customer: an office of brokers.
package struct Organisation: Sendable, Equatable {
  package let id: OrganisationID
  package var name: String
  /// An IANA name, as in `Australia/Sydney`; times are shown in it.
  package var timeZone: String
}

/// The name without blanks around it; nil for what is no name of an organisation.
package func organisationName(_ text: String) -> String? {
  let name = trimmed(text)
  let isPrintable = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
  return isPrintable && !name.isEmpty && name.count <= 200 ? name : nil
}

/// The text without white space around it.
func trimmed(_ text: String) -> String {
  var text = text[...]
  while text.first?.isWhitespace == true { text.removeFirst() }
  while text.last?.isWhitespace == true { text.removeLast() }
  return String(text)
}
