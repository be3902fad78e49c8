/// A link to set a password, found by the token in it.
package struct PasswordLink: Sendable {
  let purpose: Purpose
  let user: User
  let organisationName: String
  let expiresAt: UnixTime
  /// When it was used, or became useless: by another link that was used, or when the user was disabled.
  let endedAt: UnixTime?

  package enum Purpose: String, Sendable {
    case invitation
    case reset

    /// How long such a link is good.
    package var lifetime: Duration {
      switch self {
      case .invitation: .days(7)
      case .reset: .minutes(30)
      }
    }
  }

  /// How long a link that has run out is kept, to say so to whoever follows it.
  static let kept = Duration.days(30)

  func isGood(at now: UnixTime) -> Bool {
    endedAt == nil && now < expiresAt && user.isActive
  }
}
