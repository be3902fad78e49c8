/// What stops a command or the server: one line that says what is wrong and what to do about it.
///
/// Expected outcomes of the product are values, not errors; a page never shows this text.
package struct HandoverError: Error, Equatable, CustomStringConvertible {
  let message: String
  /// Whether the operator's settings are wrong, so that another try changes nothing.
  package let isOfSettings: Bool

  package init(_ message: String, isOfSettings: Bool = false) {
    self.message = message
    self.isOfSettings = isOfSettings
  }

  package var description: String { message }
}
