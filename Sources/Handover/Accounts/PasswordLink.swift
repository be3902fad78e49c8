/// A link to set a password, found by the token in it.
package struct PasswordLink: Sendable {
  let purpose: Purpose
  let user: User
  let organisationName: String
  let expiresAt: UnixTime
  /// When it was used, or lost its use: another one was, or the user was disabled.
  let endedAt: UnixTime?

  package enum Purpose: String, Sendable {
    case invitation
    case reset

    /// How long such a link is good, in seconds.
    package var lifetime: Int64 {
      switch self {
      case .invitation: 7 * .day
      case .reset: 30 * .minute
      }
    }
  }

  /// For how many more seconds a link that has run out is known, to say so to whoever follows it.
  static let kept = 30 * Int64.day

  func isGood(at now: UnixTime) -> Bool {
    endedAt == nil && now < expiresAt && user.isActive
  }
}
