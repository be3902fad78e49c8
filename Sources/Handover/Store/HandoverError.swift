/// What stops a command or the server: one line that says what is wrong and what to do about it.
///
/// Expected outcomes of the product are values, not errors; a page never shows this text.
package struct HandoverError: Error, Equatable, CustomStringConvertible {
  let message: String

  package init(_ message: String) {
    self.message = message
  }

  package var description: String { message }
}
