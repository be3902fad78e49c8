import HTTP
import Secrets

/// A form that was posted when the last proof was too old. It waits, sealed, in a hidden field of the page that
/// asks for the password, and is carried out after that.
///
/// The seal is an HMAC over all that it stands for: the session, its last proof, its end, address and fields.
/// A new proof makes every seal of before worthless, so each is good once.
struct KeptForm {
  /// Path and query that it was posted to.
  let target: String
  /// Without the token against forgery, which the page that asks has anew.
  let fields: Form

  /// How long there is to type the password.
  static let lifetime = Duration.minutes(15)
  /// In bytes, before it is sealed. No form of ours that needs a proof is nearly as long.
  static let longest = 16_384

  /// The form of the visit.
  ///
  /// - Throws: `Refusal` where it is too long to be kept.
  init(_ visit: SignedIn) throws {
    target = visit.request.target
    var kept = Form()
    for field in visit.form.fields where field.name != "csrf_token" {
      kept = kept.adding(field.name, field.value)
    }
    fields = kept
    guard text.utf8.count <= Self.longest else { throw Refusal(status: .contentTooLarge) }
  }

  /// The form as the hidden field holds it.
  func sealed(for session: Session, by key: SigningKey, at now: UnixTime) -> String {
    let signed = "\(key.id).\((now + Self.lifetime).rawValue).\(Base64URL.encode(Array(text.utf8)))"
    return "\(signed).\(key.sign(Self.signed(signed, for: session)))"
  }

  /// Nil where the text is no seal of this session since its last proof, or is too old.
  init?(opening sealed: String, for session: Session, with keys: KeyRing, at now: UnixTime) {
    let parts = sealed.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, let key = keys.key(parts[0]) else { return nil }
    let signature = key.sign(Self.signed(parts[..<3].joined(separator: "."), for: session))
    guard constantTimeEquals(parts[3], signature), let expires = Int64(parts[1]), now.rawValue < expires,
      let bytes = Base64URL.decode(parts[2])
    else { return nil }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    guard lines.count == 2, let fields = try? Form(parsing: lines[1]) else { return nil }
    target = String(decoding: lines[0], as: UTF8.self)
    self.fields = fields
  }

  /// A target has no line break, see `Request.target`.
  private var text: String { "\(target)\n\(fields.encoded)" }

  private static func signed(_ text: String, for session: Session) -> String {
    """
    handover form kept
    version 1
    session \(session.id.rawValue)
    proved \(session.provedAt.rawValue)
    form \(text)
    """
  }
}
