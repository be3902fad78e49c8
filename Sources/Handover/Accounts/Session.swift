import Secrets

/// A browser that is signed in, found by the token in its cookie.
package struct Session: Sendable {
  /// What the cookie holds; the database has only its SHA-256.
  package let token: String
  package let user: User
  package let organisation: Organisation
  package let createdAt: UnixTime
  package let usedAt: UnixTime

  /// A session that nobody uses for so many seconds has ended.
  package static let idleLimit = 60 * Int64.minute
  /// However busy, a session ends after so many seconds.
  package static let totalLimit = 12 * Int64.hour
  /// A use is written down when the last one written is so many seconds old: pages rarely cost a write.
  static let touchInterval: Int64 = 15

  /// What a form must send back: nobody who doesn't hold the cookie can know it.
  package var csrfToken: String { Handover.csrfToken(for: token) }
}

/// The token that forms carry, made from the secret in a cookie.
package func csrfToken(for secret: String) -> String {
  Base64URL.encode(HMAC(key: Array(secret.utf8)).code(of: Array("csrf".utf8)))
}
