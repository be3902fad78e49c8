/// What went wrong on the way between the web server and the handler, for a log and for counting. None of it
/// ends the server.
package enum Incident: Sendable, Equatable {
  /// The system gave no connection, for want of file descriptors or memory; it is tried again after a pause.
  case acceptFailed(reason: String)
  /// A connection closed before its request was whole, or that spoke no FastCGI. Nobody got an answer.
  case brokenRequest
  /// A request that was answered without asking the handler.
  case refused(status: Int, reason: String)
  /// The web server had gone before the answer was written.
  case answerLost
}
