import Mustache

/// E-mail addresses in the text of a page break before `@` and dots, and nowhere else: what stands in a template's
/// section `breakable` goes through here.
enum BreakableAddress {
  /// Parts of up to this many characters stay whole, since they fit on the narrowest page.
  private static let longestPart = 24

  /// - Parameter html: text without tags, escaped.
  static func mark(_ html: [UInt8]) -> [UInt8] {
    guard html.contains(UInt8(ascii: "@")) else { return html }
    var marked: [UInt8] = []
    for word in html.split(omittingEmptySubsequences: false, whereSeparator: { $0 <= UInt8(ascii: " ") }) {
      if word.startIndex > html.startIndex { marked.append(html[word.startIndex - 1]) }
      marked += word.contains(UInt8(ascii: "@")) ? address(word) : Array(word)
    }
    return marked
  }

  /// A word that is an address, perhaps with a comma or a full stop behind it.
  private static func address(_ word: ArraySlice<UInt8>) -> [UInt8] {
    var parts: [[UInt8]] = [[]]
    for (index, byte) in zip(word.indices, word) {
      // Before a letter, not at the end of a sentence.
      let isBorder = byte == UInt8(ascii: "@") || byte == UInt8(ascii: ".")
      if isBorder, index > word.startIndex, index + 1 < word.endIndex { parts.append([]) }
      parts[parts.count - 1].append(byte)
    }
    let text = Array(parts.joined(separator: "<wbr>".utf8))
    guard parts.allSatisfy({ $0.count <= longestPart }) else { return text }
    return Array("<span class=\"address\">".utf8) + text + Array("</span>".utf8)
  }
}
