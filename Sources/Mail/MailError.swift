/// Why a transport did not take a message. The reason is one line for a log.
package enum MailError: Error, Sendable, Equatable {
  /// May succeed later: try again.
  case temporary(String)
  /// Will fail each time.
  case permanent(String)

  package var reason: String {
    switch self {
    case .temporary(let reason), .permanent(let reason): reason
    }
  }
}
