/// What is wrong with templates. Parsing a set of templates reports the problems of all of them at once.
package struct TemplateError: Error, Equatable, CustomStringConvertible {
  package enum Code: Sendable {
    case unclosedTag, badName, badDelimiters
    case unclosedSection, strayClose, nestedTooDeep
    /// A partial, a parent or a template to render that does not exist.
    case unknownTemplate
    /// Templates that include each other without an end.
    case recursion
  }

  package struct Problem: Sendable, Equatable, CustomStringConvertible {
    package var code: Code
    /// The template's name, as in `pages/export`.
    package var template: String
    /// Both count from 1; the column counts characters (Unicode scalars), a tab as one.
    package var line: Int
    package var column: Int
    /// One sentence that says what to do.
    package var message: String

    /// `pages/export:12:5: …`
    package var description: String { "\(template):\(line):\(column): \(message)" }
  }

  /// At least one, in the order of the templates' names.
  package var problems: [Problem]

  /// One problem a line.
  package var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}

/// A problem in a text that is being parsed, before its offset has become a line and a column.
struct Fault: Error {
  var code: TemplateError.Code
  /// In bytes, from 0.
  var offset: Int
  var message: String
}

/// The line and column of an offset, for people.
struct Place: Sendable {
  var line = 1
  var column = 1

  init() {}

  init(of offset: Int, in source: [UInt8]) {
    for byte in source[..<offset] {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0b1100_0000 != 0b1000_0000 {
        column += 1
      }
    }
  }
}
