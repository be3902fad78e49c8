/// Why a server can't start, in one line that says what to do.
package struct FastCGIError: Error, Equatable, Sendable {
  package enum Code: Sendable {
    case pathTooLong
    /// Another server answers on the socket.
    case inUse
    /// Something other than a socket lies at the path.
    case notASocket
    /// The system refused; the message has its reason.
    case system
  }

  package var code: Code
  package var message: String
}

extension FastCGIError: CustomStringConvertible {
  package var description: String { message }
}
