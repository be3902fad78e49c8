/// Hands messages over for delivery.
package protocol Transport: Sendable {
  /// Returns once the message has been taken and would survive a power cut.
  /// - Parameter isStopping: asked now and then; from the first yes on a transport that can be ended soon gives up.
  /// - Throws: where it was not taken.
  func send(_ message: Message, isStopping: () -> Bool) throws(MailError)
}

extension Transport {
  /// - Throws: as `send(_:isStopping:)`.
  package func send(_ message: Message) throws(MailError) { try send(message, isStopping: { false }) }
}
