/// A key that signs texts, with the name by which a signature finds its key again.
package struct SigningKey: Sendable {
  /// Short and unique in its ring, of base64url's letters: it may stand in an address.
  package let id: String
  /// Unix seconds.
  package let created: Int64
  /// 32 bytes.
  let secret: [UInt8]
  private let hmac: HMAC

  init(id: String, created: Int64, secret: [UInt8]) {
    self.id = id
    self.created = created
    self.secret = secret
    hmac = HMAC(key: secret)
  }

  /// A new key with an id of its own.
  /// - Parameter created: Unix seconds.
  package init(created: Int64, randomness: Randomness) {
    self.init(id: randomness.token(bits: 48), created: created, secret: randomness.bytes(32))
  }

  /// The signature of a text: its HMAC-SHA-256 as base64url, 43 letters. So that a signature made for one purpose
  /// never fits another, the text begins with its purpose and has a fixed form.
  package func sign(_ text: String) -> String {
    Base64URL.encode(hmac.code(of: Array(text.utf8)))
  }

  /// Whether this key signed the text, compared in constant time. Only the one spelling that `sign` writes will do.
  package func verifies(_ signature: String, of text: String) -> Bool {
    constantTimeEquals(signature, sign(text))
  }
}

extension SigningKey: Equatable {
  package static func == (one: SigningKey, other: SigningKey) -> Bool {
    one.id == other.id && one.created == other.created && one.secret == other.secret
  }
}
