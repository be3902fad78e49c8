/// A link to set a password, found by the token in it.
package struct PasswordLink: Sendable {
  let purpose: Purpose
  let user: User
  let organisationName: String
  let expiresAt: UnixTime
  /// When it was used or stopped working: because another link was used, or the user was disabled.
  let endedAt: UnixTime?

  package enum Purpose: String, Sendable {
    case invitation
    case reset

    /// How long such a link is valid.
    package var lifetime: Duration {
      switch self {
      case .invitation: .days(7)
      case .reset: .minutes(30)
      }
    }
  }

  /// How many invitations an organisation sends within `invitationPeriod`. The operator may send more.
  static let mostInvitations = 200
  static let invitationPeriod = Duration.days(1)

  /// How long an expired link is kept, so that its page can say that it has expired.
  static let kept = Duration.days(30)

  func isGood(at now: UnixTime) -> Bool {
    endedAt == nil && now < expiresAt && user.isActive
  }
}
