/// Hands messages over for delivery.
package protocol Transport: Sendable {
  /// Returns once the message has been taken and would survive a power cut.
  /// - Parameter isStopping: asked now and then; from the first yes on a transport that can be ended soon gives up.
  /// - Throws: where it was not taken.
  func send(_ message: Message, isStopping: () -> Bool) throws(MailError)
  /// Those that were taken, and could not be delivered; each is told for some time, not once.
  /// - Parameter known: names of those that need not be told again, and cost nothing.
  func returned(except known: Set<String>) -> [ReturnedMessage]
}

/// A message that was taken, and given up later.
package struct ReturnedMessage: Sendable, Equatable {
  /// By which the transport knows it.
  package let name: String
  package let id: MessageID
  /// Words for a person.
  package let reason: String

  package init(name: String, id: MessageID, reason: String) {
    self.name = name
    self.id = id
    self.reason = reason
  }
}

extension Transport {
  package func returned(except known: Set<String>) -> [ReturnedMessage] { [] }

  /// - Throws: as `send(_:isStopping:)`.
  package func send(_ message: Message) throws(MailError) { try send(message, isStopping: { false }) }
}
