/// What organisations and users can be called: a line of text.
package enum Name {
  /// The text without white space around it. Nil where `problem(with:)` finds one.
  package static func valid(_ text: String) -> String? {
    problem(with: text) == nil ? trimmed(text) : nil
  }

  /// What is wrong with a name, as a sentence for the person who typed it; nil where nothing is.
  package static func problem(with text: String) -> String? {
    let limit = TextLimit.name
    if text.utf8.count > limit.bytes, trimmed(text).utf8.count > limit.bytes {
      return "Write a shorter name: this one takes more than \(limit.bytes) bytes."
    }
    let name = trimmed(text)
    if name.isEmpty || !limit.allows(name) {
      return "Write a name, of at most \(limit.characters) characters."
    }
    // Control characters could control the terminal of an operator who lists names.
    let isPrintable = name.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: false
      default: true
      }
    }
    return isPrintable ? nil : "Write a name in one line, without control characters."
  }
}
