/// What organisations and users can be called: a line of text.
package enum Name {
  /// In characters.
  package static let longest = 200

  /// The text without white space around it. Nil where it is empty, too long, has more than one line, or has
  /// control characters, which could control the terminal of an operator who lists names.
  package static func valid(_ text: String) -> String? {
    let name = trimmed(text)
    let isPrintable = name.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: false
      default: true
      }
    }
    return isPrintable && !name.isEmpty && name.count <= longest ? name : nil
  }
}

/// The text without white space around it.
func trimmed(_ text: String) -> String {
  var text = text[...]
  while text.first?.isWhitespace == true { text.removeFirst() }
  while text.last?.isWhitespace == true { text.removeLast() }
  return String(text)
}
