import Foundation

// How texts are compared where people search and where a list is in the order of names: by what somebody types who
// has another keyboard, or has only heard the name.

extension String {
  /// The text without what a search or an order makes nothing of: upper and lower case, accents and other marks,
  /// signs in another width or joined (Unicode's compatibility decomposition), how dashes look, quotes and
  /// apostrophes, what is never visible, more than one blank, and blanks around it. Letters that have no
  /// decomposition become those that people type for them: `Łukasz Đặng` is `lukasz dang`.
  ///
  /// `user.folded` holds it: who changes what this makes of a text adds a migration that writes the column again.
  var folded: String {
    // Most texts are ASCII, where the rules are few; an import folds some of each contact.
    if utf8.allSatisfy({ $0 < 0x80 }) { return foldedASCII }
    var folded = UnicodeScalarView()
    var isAfterBlank = true
    for scalar in decomposedStringWithCompatibilityMapping.unicodeScalars where !scalar.isUnheard {
      let isBlank = scalar.properties.isWhitespace
      if isBlank, isAfterBlank { continue }
      isAfterBlank = isBlank
      if isBlank { folded.append(" ") } else { scalar.appendFolded(to: &folded) }
    }
    if isAfterBlank, !folded.isEmpty { folded.removeLast() }
    return String(folded)
  }
}

extension String {
  private var foldedASCII: String {
    var folded: [UInt8] = []
    folded.reserveCapacity(utf8.count)
    for byte in utf8 {
      switch byte {
      case 0x20, 0x09...0x0D: if let last = folded.last, last != 0x20 { folded.append(0x20) }
      case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): break
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): folded.append(byte | 0x20)
      default: folded.append(byte)
      }
    }
    if folded.last == 0x20 { folded.removeLast() }
    return String(decoding: folded, as: UTF8.self)
  }
}

/// A contact's name and addresses in `contact_search.folded`: a line each.
func foldedContact(_ name: String?, _ email: String?, _ second: String?) -> String {
  [foldedName(name, email), foldedName(nil, second)].filter { !$0.isEmpty }.joined(separator: "\n")
}

/// What names a deal, in `deal_search.folded`: a line each.
func foldedDeal(_ texts: [String?]) -> String {
  texts.compactMap { $0.map { TextLimit.name.cut($0).folded } }.filter { !$0.isEmpty }.joined(separator: "\n")
}

/// A user's name and address in `user.folded`: a line each, so that no word of a search is found across both.
func foldedName(_ name: String?, _ email: String?) -> String {
  [name.map(TextLimit.name.cut), email.map(TextLimit.email.cut)].compactMap { $0?.folded }.joined(
    separator: "\n")
}

/// Texts in `activity.folded`: a line each, with line breaks around all of them, so that a whole one can be sought.
func foldedLines(_ texts: [String]) -> String {
  "\n" + texts.filter { !$0.isEmpty }.map { $0.folded + "\n" }.joined()
}

/// What a folded text must hold to be found: all the words of what was typed, in any order.
struct SearchWords: Sendable, Equatable {
  /// The longest of them; empty where nothing was typed, which everything holds.
  let first: String
  private let rest: [String]

  init(_ text: String) {
    let words = text.folded.split(separator: " ").map(String.init).sorted { $0.utf8.count > $1.utf8.count }
    // A sign that folding drops was typed all the same: it is found nowhere.
    first = words.first ?? trimmed(text)
    rest = Array(words.dropFirst())
  }

  /// The others, as a JSON array.
  var others: String {
    (try? JSONEncoder().encode(rest)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
  }

  /// The longest of them for GLOB, which finds it in half the time that `instr` takes; empty where nothing was typed.
  var pattern: String {
    if isEmpty { return "" }
    var pattern = "*"
    for character in first.unicodeScalars {
      pattern += ["*", "?", "["].contains(character) ? "[\(character)]" : "\(character)"
    }
    return pattern + "*"
  }

  /// Whether the text, folded, holds all of them.
  func areIn(_ text: String) -> Bool {
    let text = text.folded
    return (isEmpty ? [] : [first] + rest).allSatisfy { text.utf8.contains($0.utf8) }
  }

  var isEmpty: Bool { first.isEmpty }
}

/// The text without white space around it.
func trimmed(_ text: String) -> String {
  var text = text[...]
  while text.first?.isWhitespace == true { text.removeFirst() }
  while text.last?.isWhitespace == true { text.removeLast() }
  return String(text)
}

extension Unicode.Scalar {
  /// Whether folding drops it.
  fileprivate var isUnheard: Bool {
    let properties = properties
    if properties.isDefaultIgnorableCodePoint || quotes.contains(self) { return true }
    switch properties.generalCategory {
    case .initialPunctuation, .finalPunctuation: return true
    default: break
    }
    // Not the signs of a syllable (class 0), nor those that make another letter in Japan and India (7 to 9).
    let mark = properties.canonicalCombiningClass.rawValue
    return mark == 1 || mark >= 10
  }

  fileprivate func appendFolded(to text: inout String.UnicodeScalarView) {
    if properties.generalCategory == .dashPunctuation { return text.append("-") }
    // By way of upper case: so `ı` is `i`, and a sigma at a word's end is one.
    for upper in properties.uppercaseMapping.unicodeScalars {
      for lower in upper.properties.lowercaseMapping.unicodeScalars {
        if let letters = letters[lower] {
          text.append(contentsOf: letters.unicodeScalars)
        } else {
          text.append(lower)
        }
      }
    }
  }
}

private let quotes: Set<Unicode.Scalar> = [
  "'", "\"", "`", "\u{2B9}", "\u{2BB}", "\u{2BC}", "\u{2032}", "\u{640}",
]

/// In lower case, letters that no decomposition takes apart, and what is typed for them.
private let letters: [Unicode.Scalar: String] = [
  "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t",
  "ŋ": "n",
  "ĸ": "k", "ə": "e", "ǝ": "e", "ɛ": "e", "ɔ": "o", "ɓ": "b", "ɗ": "d", "ɖ": "d", "ƙ": "k", "ƴ": "y",
  "ƒ": "f",
  "ґ": "г", "ғ": "г", "қ": "к", "ң": "н", "ө": "о", "ү": "у", "ұ": "у", "ә": "а",
  "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ٱ": "ا",
]
