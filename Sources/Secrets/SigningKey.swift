/// A key that signs texts, with the name by which a signature finds its key again.
package struct SigningKey: Sendable {
  /// Short, unique in its ring, and of base64url's letters, so that an address can hold it.
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

  /// The signature of a text: its HMAC-SHA-256 as base64url, 43 letters. To verify a signature, sign the text
  /// again and compare by `constantTimeEquals`. The text should begin with its purpose and have a fixed form,
  /// so that a signature made for one purpose never fits another.
  package func sign(_ text: String) -> String {
    Base64URL.encode(hmac.code(of: Array(text.utf8)))
  }
}

extension SigningKey: Equatable {
  package static func == (one: SigningKey, other: SigningKey) -> Bool {
    one.id == other.id && one.created == other.created && one.secret == other.secret
  }
}
