/// A browser that is signed in, found by the token in its cookie.
struct Session: Sendable {
  /// What the cookie holds; the database has only its SHA-256.
  let token: String
  let user: User
  let organisation: Organisation
  let createdAt: UnixTime
  let usedAt: UnixTime

  /// A session that nobody uses for so many seconds has ended.
  static let idleLimit = 60 * Int64.minute
  /// However busy, a session ends after so many seconds.
  static let totalLimit = 12 * Int64.hour
  /// A use is written down when the last one written is so many seconds old: pages rarely cost a write.
  static let touchInterval: Int64 = 15
}
