/// What went wrong between the web server and the handler, for a log and for counting. None of it ends the
/// server.
package enum ServerEvent: Sendable, Equatable {
  /// The system gave no connection, for want of file descriptors or memory. The server pauses and tries
  /// again.
  case acceptFailed(reason: String)
  /// A connection closed before its request was complete, or did not speak FastCGI. Nobody got a response.
  case brokenRequest
  /// The server answered a request without asking the handler.
  case refused(status: Int, reason: String)
  /// The web server closed the connection before the response was written.
  case responseLost
  /// A body that is written while it is sent could not be written to its end.
  case bodyFailed(reason: String)

  /// Which kind it is, for counting.
  package var word: String {
    switch self {
    case .acceptFailed: Self.words[0]
    case .brokenRequest: Self.words[1]
    case .refused: Self.words[2]
    case .responseLost: Self.words[3]
    case .bodyFailed: Self.words[4]
    }
  }

  /// The word of each kind.
  package static let words = ["accept-failed", "broken-request", "refused", "response-lost", "body-failed"]
}
