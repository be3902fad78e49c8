/// A customer: an office of brokers.
package struct Organisation: Sendable, Equatable {
  package let id: OrganisationID
  package var name: String
  /// An IANA name, as in `Australia/Sydney`; times are shown in it.
  var timeZone: String
}

/// The name without blanks around it; nil for what is no name of an organisation: it has one line, and no control
/// characters, which could steer the terminal of an operator who lists it.
package func organisationName(_ text: String) -> String? {
  let name = trimmed(text)
  let isPrintable = name.unicodeScalars.allSatisfy { scalar in
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
  return isPrintable && !name.isEmpty && name.count <= 200 ? name : nil
}

/// The text without white space around it.
func trimmed(_ text: String) -> String {
  var text = text[...]
  while text.first?.isWhitespace == true { text.removeFirst() }
  while text.last?.isWhitespace == true { text.removeLast() }
  return String(text)
}
