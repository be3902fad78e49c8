import Secrets

/// The token that forms carry against cross-site request forgery: only a page that the server made for the
/// holder of the cookie's secret has it.
///
/// It is a mask, followed by an HMAC of the secret XORed with the mask. So it differs from page to page, and
/// the length of a compressed page says nothing about it (the BREACH attack).
///
/// - Parameters:
///   - secret: the session's token, or before sign-in the random text in the visit's cookie.
///   - mask: 32 random bytes.
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
