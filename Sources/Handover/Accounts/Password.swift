import Secrets

/// A password that keeps the rules: any characters but NUL, as typed, and not one of those that are tried
/// first.
struct Password: Sendable {
  let text: String

  /// In characters, as people count them.
  static let shortest = 8
  /// In bytes.
  static let longest = 256

  fileprivate init(unchecked text: String) {
    self.text = text
  }
}

/// Whose password is chosen: what others know of the user, and would try.
struct PasswordHolder: Sendable {
  let name: String?
  let email: String?
  let organisation: String
}

enum PasswordChoice: Sendable {
  case good(Password)
  /// What is wrong with it, as a sentence for the person who chose it.
  case bad(String)
}

/// The rules for passwords, wherever one is set.
struct PasswordRules: Sendable {
  /// Nil where the operator has no such list.
  let breached: BreachedPasswords?

  /// - Throws: `SecretsError` where the list of breached passwords can't be read.
  func choose(_ text: String, for holder: PasswordHolder) throws -> PasswordChoice {
    if let problem = Self.problem(with: text) { return .bad(problem) }
    if PersonalWords(of: holder).makeUp(text) {
      return .bad("Choose a password that isn’t made of your name, your address or your organisation’s name.")
    }
    if try breached?.contain(text) == true {
      return .bad(
        "This password is in a list of passwords that were stolen elsewhere, and such are tried first. "
          + "Choose another, and change it wherever else you use it.")
    }
    return .good(Password(unchecked: text))
  }

  /// What is wrong with the password, whoever chose it.
  static func problem(with text: String) -> String? {
    if text.isEmpty { return "Choose a password." }
    if text.utf8.count > Password.longest {
      return "Choose a shorter password: this one takes more than \(Password.longest) bytes."
    }
    if text.count < Password.shortest {
      return "Choose a password of at least \(Password.shortest) characters."
    }
    if text.utf8.contains(0) { return "A password can’t hold the character NUL." }
    if CommonPasswords.contain(text) {
      return "This is one of the passwords that are tried first. Choose one that nobody else has."
    }
    return nil
  }
}

/// The words that others know of somebody: of the name, of the address, of the organisation's name, and each
/// of these as a whole.
///
/// Only letters are compared, in upper or lower case and in any canonically equivalent spelling. A password
/// is made of such words if its letters are nothing but them, in any order and as often as you like: digits
/// and signs, before, after or between, make no difference. So `rossi-Maria2026!` is, and `maria likes
/// harbours` is not. Where there are no letters, as in `0412345678@qq.com` before the `@` or in an office
/// called `88 77 66 55`, the whole text is refused, with whatever signs.
private struct PersonalWords {
  private var words: Set<[Character]> = []
  private var wholes: Set<[Character]> = []

  /// In letters; what is shorter could be a part of anything.
  private static let shortest = 3

  init(of holder: PasswordHolder) {
    let local = holder.email.map { String($0.prefix { $0 != "@" }) }
    wholes.formUnion(
      [holder.name, local, holder.organisation].compactMap { $0 }.map(core).filter { !$0.isEmpty })
    for text in [holder.name, holder.email, holder.organisation].compactMap({ $0 }) {
      let parts = text.split { !$0.isLetter }.map { letters(String($0)) }
      words.formUnion(parts.filter { $0.count >= Self.shortest })
      words.formUnion([parts.flatMap { $0 }].filter { !$0.isEmpty })
    }
    if let local, !letters(local).isEmpty { words.insert(letters(local)) }
  }

  func makeUp(_ password: String) -> Bool {
    let text = letters(password)
    if text.isEmpty { return wholes.contains(core(password)) }
    // Which beginnings of the text are made of words.
    var isMade = [true] + Array(repeating: false, count: text.count)
    for end in 1...text.count {
      isMade[end] = words.contains { word in
        word.count <= end && isMade[end - word.count] && text[(end - word.count)..<end].elementsEqual(word)
      }
    }
    return isMade[text.count]
  }
}

private func letters(_ text: String) -> [Character] { folded(text).filter(\.isLetter) }

/// The letters and digits; of a text of signs alone, the signs.
private func core(_ text: String) -> [Character] {
  let core = folded(text).filter { $0.isLetter || $0.isNumber }
  return core.isEmpty ? folded(text).filter { !$0.isWhitespace } : core
}

/// In lower case, by way of upper case: so `ß` is `ss`, and a sigma at a word's end is one.
private func folded(_ text: String) -> [Character] { Array(text.uppercased().lowercased()) }
