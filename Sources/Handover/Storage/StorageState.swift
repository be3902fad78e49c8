/// An owner who is away at a provider, to link an account there.
struct StorageState: Sendable, Equatable {
  let organisation: OrganisationID
  let user: UserID
  /// The session that went, and no other may come back.
  let session: SessionID
  let provider: StorageProvider
  let expiresAt: UnixTime
  /// When the browser came back, or another link or another owner ended it.
  let endedAt: UnixTime?

  /// How long somebody may be away.
  static let lifetime = Duration.minutes(10)
  /// How long one that has ended is kept, so that its answer can say so.
  static let kept = Duration.days(1)
}
