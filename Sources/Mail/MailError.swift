/// Why a message was not handed over. The reason is one line for a log.
package enum MailError: Error, Sendable, Equatable {
  /// It may go well later: to be tried again.
  case temporary(String)
  /// It will never go well as it is.
  case permanent(String)

  package var reason: String {
    switch self {
    case .temporary(let reason), .permanent(let reason): reason
    }
  }
}
