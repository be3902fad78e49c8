/// Why a server can't start to listen, in a line that says what to do.
package struct FastCGIError: Error, Equatable, Sendable {
  package enum Code: Sendable {
    case pathTooLong
    /// Another server answers on the socket.
    case inUse
    /// The path is taken by something that is no socket.
    case notASocket
    /// The system refused; the message has its reason.
    case system
  }

  package var code: Code
  package var message: String
}
