/// Hands messages over for delivery.
package protocol Transport: Sendable {
  /// Returns once the message has been taken and would survive a power cut.
  /// - Throws: where it was not taken.
  func send(_ message: Message) throws(MailError)
}
