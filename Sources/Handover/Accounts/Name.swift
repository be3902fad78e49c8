/// What organisations and users can be called: a line of text that shows something and turns nothing around it.
package enum Name {
  /// The same for an operator, within a sentence.
  package static let rule =
    "1 to \(TextLimit.name.characters) characters in at most \(TextLimit.name.bytes) bytes, something that people "
    + "can see, and no line breaks, tabs or hidden signs that turn the text"

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
      return "Write a name of at most \(limit.characters) characters."
    }
    // Control characters could control the terminal of an operator who lists names.
    let isPrintable = name.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: false
      default: true
      }
    }
    if !isPrintable { return "Write a name in one line, without control characters." }
    if !isSeen(name) { return "This name shows nothing. Write one that people can see." }
    if Wording.turnsText(name) {
      return "A hidden sign in this name turns the text around it. Type the name, don’t paste it."
    }
    return nil
  }

  /// Whether people see anything of it.
  static func isSeen(_ text: String) -> Bool { text.unicodeScalars.contains(where: \.isSeen) }

  /// A name as the database has it, which an import or an earlier version may have put there: not too long, and
  /// without what turns the text around it.
  static func stored(_ text: String) -> String { Wording.unturned(TextLimit.name.cut(text)) }
}

extension Unicode.Scalar {
  /// Whether it leaves ink by itself, where a font has it. A mark needs a letter to stand on.
  fileprivate var isSeen: Bool {
    if properties.isDefaultIgnorableCodePoint || blanks.contains(value) { return false }
    return switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .spaceSeparator, .lineSeparator, .paragraphSeparator,
      .control, .format, .surrogate, .privateUse, .unassigned:
      false
    default: true
    }
  }
}

/// Signs that the Unicode database calls letters or symbols, and that show nothing: a Braille cell without dots, the
/// place of an object, a note without a head, blanks of Egyptian hieroglyphs. (Fillers such as U+3164 are default
/// ignorable.)
private let blanks: Set<UInt32> = [0x2800, 0xFFFC, 0x1_D159, 0x1_3441, 0x1_3442]
