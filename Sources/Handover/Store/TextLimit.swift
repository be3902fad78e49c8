/// How long a text from outside may be: in characters, as people count them, and in bytes, since a single
/// character can carry thousands of combining marks. The schema refuses longer ones by their bytes.
package struct TextLimit: Sendable, Equatable {
  package let characters: Int
  package let bytes: Int

  func allows(_ text: String) -> Bool {
    text.utf8.count <= bytes && (text.utf8.count <= characters || text.count <= characters)
  }

  /// The whole characters at the text's beginning that fit; where not even the first one does, as much of it
  /// as fits.
  func cut(_ text: String) -> String {
    if allows(text) { return text }
    let whole = fitting(text.prefix(characters).map(String.init))
    return whole.isEmpty ? fitting(text.unicodeScalars.prefix(bytes).map(String.init)) : whole
  }

  private func fitting(_ pieces: [String]) -> String {
    var short = ""
    for piece in pieces {
      if short.utf8.count + piece.utf8.count > bytes { break }
      short += piece
    }
    return short
  }
}

extension TextLimit {
  /// Of a user or an organisation.
  package static let name = TextLimit(characters: 200, bytes: 800)
  /// An e-mail address (RFC 5321, 4.5.3.1.3, less the angle brackets).
  package static let email = TextLimit(characters: 254, bytes: 254)
  /// What a user writes to the owner.
  static let message = TextLimit(characters: 1_000, bytes: 4_000)
  /// Of a file that somebody brings as a document.
  static let fileName = TextLimit(characters: 1_000, bytes: 1_000)
  /// What an export is for.
  static let purpose = TextLimit(characters: 300, bytes: 1_200)
  /// What a browser calls itself.
  static let agent = TextLimit(characters: 300, bytes: 300)
  /// A network address.
  static let address = TextLimit(characters: 100, bytes: 100)
  /// What somebody looks for in a list.
  static let search = TextLimit(characters: 200, bytes: 800)
  /// The detail of a line of the audit trail, and the reason why a mail was not sent.
  static let detail = TextLimit(characters: 1_000, bytes: 4_000)
  /// Of a mail.
  static let subject = TextLimit(characters: 500, bytes: 2_000)
}
