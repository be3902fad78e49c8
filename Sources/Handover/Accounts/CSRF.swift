import Secrets

/// The token that forms carry, which nobody can know who doesn't hold the secret in the cookie.
///
/// It is a code made from the secret, under a mask, behind the mask. So every page has another one, and a
/// compressed page's length says nothing about it (the BREACH attack).
///
/// - Parameter mask: 32 random bytes.
func csrfToken(for secret: String, under mask: [UInt8]) -> String {
  Base64URL.encode(mask + zip(mask, csrfCode(of: secret)).map { $0 ^ $1 })
}

/// Whether the token was made from that secret, under any mask.
func isCSRFToken(_ token: String, for secret: String) -> Bool {
  guard let bytes = Base64URL.decode(token), bytes.count == 64 else { return false }
  return constantTimeEquals(zip(bytes[..<32], bytes[32...]).map { $0 ^ $1 }, csrfCode(of: secret))
}

private func csrfCode(of secret: String) -> [UInt8] {
  HMAC(key: Array(secret.utf8)).code(of: Array("csrf".utf8))
}
