/// A text in which each paragraph is one line, as format=flowed (RFC 3676): broken at blanks into lines of at most 76
/// characters. A blank at the end of a line says that the paragraph goes on, so programs that know the format fill
/// their window, however narrow, and the others show lines that fit into any.
///
/// A longer word, such as an address, stays whole. What a no-break space (U+00A0) joins stays on one line; a blank is
/// written in its place, since not every program shows it as one.
func flowed(_ text: String) -> String {
  text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map { line in
    // Two hyphens and a blank begin the signature, and are the one line that may end with a blank.
    line == "-- " ? "-- " : brokenUp(withoutBlanksAtEnd(line)).joined(separator: " \n")
  }.joined(separator: "\n").replacing("\u{A0}", with: " ")
}

private let longest = 76

/// The lines of a paragraph, without the blanks that end them.
private func brokenUp(_ paragraph: Substring) -> [String] {
  var lines: [String] = []
  var line: String?
  for word in paragraph.split(separator: " ", omittingEmptySubsequences: false) {
    guard let begun = line else {
      line = String(word)
      continue
    }
    // One character more: the blank at the end. Two hyphens alone would begin the signature.
    if begun.count + 1 + word.count + 1 <= longest || begun == "--" {
      line = "\(begun) \(word)"
    } else {
      lines.append(begun)
      line = String(word)
    }
  }
  return (lines + [line ?? ""]).map(stuffed)
}

/// With a blank in front, which readers take away, where the line would be taken for a quotation or be changed on its way
/// (RFC 3676, 4.4).
private func stuffed(_ line: String) -> String {
  line.hasPrefix(" ") || line.hasPrefix(">") || line.hasPrefix("From ") ? " \(line)" : line
}

private func withoutBlanksAtEnd(_ line: Substring) -> Substring {
  guard let last = line.lastIndex(where: { $0 != " " }) else { return "" }
  return line[...last]
}
