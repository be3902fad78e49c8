/// Hands messages over to whoever brings them to people.
package protocol Transport: Sendable {
  /// Returns once the message is in other hands and would survive a power cut there.
  func send(_ message: Message) throws(MailError)
}
