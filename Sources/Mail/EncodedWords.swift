import Foundation

/// A text for a header that people read, such as the subject, folded at 76 characters: unchanged where it is
/// short and plain enough, else as encoded words (RFC 2047).
/// - Parameter column: how many characters precede it on its line.
func unstructured(_ text: String, after column: Int) -> String {
  let text = withoutControls(text)
  let isPlain =
    column + text.utf8.count <= 76 && text.trimmed == text && !text.contains("=?")
    && text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
  return isPlain ? text : encodedWords(text, after: column)
}

/// `Name <address>` or the address alone, folded at 76 characters.
func mailbox(_ address: Address, after column: Int) -> String {
  guard let name = address.name.map(withoutControls) else { return address.email }
  let phrase = phrase(name, after: column)
  let lastWord = phrase.split(separator: "\r\n ").last ?? ""
  let used = lastWord.count == phrase.count ? column + phrase.count : 1 + lastWord.count
  let fits = used + " <>".count + address.email.count <= 76
  return phrase + (fits ? " " : "\r\n ") + "<\(address.email)>"
}

/// A name unchanged where it consists of atoms, quoted where it is short ASCII, encoded otherwise: also where
/// it holds `=?`, which some programs decode even inside quotes.
private func phrase(_ name: String, after column: Int) -> String {
  let isShortASCII =
    column + name.utf8.count + 2 <= 76 && !name.contains("=?")
    && name.utf8.allSatisfy { (0x20...0x7e).contains($0) }
  guard isShortASCII else { return encodedWords(name, after: column) }
  let isWords = name.split(separator: " ", omittingEmptySubsequences: false).allSatisfy { word in
    !word.isEmpty && word.utf8.allSatisfy(isAtomText)
  }
  if isWords { return name }
  let quoted = name.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
  let result = "\"\(String(quoted))\""
  return column + result.utf8.count <= 76 ? result : encodedWords(name, after: column)
}

/// Base64 of UTF-8 in words of at most 75 characters, one on each line, none of which cuts a character in
/// two. Readers drop the line breaks between encoded words, so they show the text unchanged.
private func encodedWords(_ text: String, after column: Int) -> String {
  var words: [String] = []
  var word: [UInt8] = []
  // `=?UTF-8?B?` and `?=` take 12; base64 comes in fours, each of which holds three bytes.
  var room = (76 - column - 12) / 4 * 3
  func end() {
    words.append("=?UTF-8?B?\(Data(word).base64EncodedString())?=")
    word = []
    room = (75 - 12) / 4 * 3
  }
  for scalar in text.unicodeScalars {
    let bytes = Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    if word.count + bytes.count > room { end() }
    word += bytes
  }
  end()
  return words.joined(separator: "\r\n ")
}

/// Control characters, line breaks above all, are not allowed in a header: each becomes a blank.
private func withoutControls(_ text: String) -> String {
  String(
    String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 })
  )
}
