/// Why a file can't be read as CSV, where that is, and what to do about it.
package struct CSVError: Error, Equatable, CustomStringConvertible {
  package enum Code: Equatable, Sendable {
    /// The file starts with the byte order mark of UTF-16 or UTF-32.
    case notUTF8
    /// Bytes that are not UTF-8 (Unicode 15, table 3-7).
    case invalidUTF8
    case nul
    /// CR without LF after it, outside quotes.
    case loneReturn
    /// A quote inside a field that doesn't start with one.
    case strayQuote
    /// Text between a closing quote and the next comma or line break.
    case textAfterQuote
    /// The file ends inside a quoted field; the position is that of the opening quote.
    case unclosedQuote
    /// This and the next two: beyond `Decoder.Limits`.
    case fieldTooLarge
    case recordTooLarge
    case tooManyFields
    /// A record with more or fewer fields than the header.
    case fieldCount
  }

  package let code: Code
  /// One sentence saying what is wrong and one saying what to do.
  package let message: String
  package let position: Position

  /// `line 3, column 17: …`
  package var description: String { "line \(position.line), column \(position.column): \(message)" }
}

/// A place in a file.
package struct Position: Equatable, Sendable {
  /// The physical line, from 1: CRLF, LF and CR each end one, in quoted fields too.
  package let line: Int
  /// The byte of that line, from 1; a byte order mark is not counted.
  package let column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}
