/// Whether a text is a dot-atom of RFC 5322, 3.2.3: words of `atext` with single dots between them.
func isDotAtom(_ text: Substring.UTF8View) -> Bool {
  text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { word in
    !word.isEmpty && word.allSatisfy(isAtomText)
  }
}

func isAtomText(_ byte: UInt8) -> Bool {
  isLetterOrDigit(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
}

func isLetterOrDigit(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
  case UInt8(ascii: "0")...UInt8(ascii: "9"): true
  default: false
  }
}

extension String {
  /// Without the blanks and tabs at its ends.
  var trimmed: String {
    let isBlank = { (letter: Character) in letter == " " || letter == "\t" }
    let rest = drop(while: isBlank)
    guard let last = rest.lastIndex(where: { !isBlank($0) }) else { return "" }
    return String(rest[...last])
  }
}
