/// What stops a command or the server: one line that says what is wrong and what to do about it.
///
/// Expected outcomes of the product are values, not errors; a page never shows this text.
package struct HandoverError: Error, Equatable, CustomStringConvertible {
  let message: String
  /// Whether another try changes nothing until the operator has mended it: wrong settings, a later program's database.
  package let needsOperator: Bool

  package init(_ message: String, needsOperator: Bool = false) {
    self.message = message
    self.needsOperator = needsOperator
  }

  package var description: String { message }
}
