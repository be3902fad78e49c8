/// What the blanks of a text's lines mean: which tags stand alone, and where a line's own text begins.
struct Lines {
  let source: [UInt8]
  /// Blanks that every line loses at its start, as far as it has them: the indentation of the block around
  /// it.
  var dedent: ArraySlice<UInt8> = []

  func isStart(_ offset: Int) -> Bool {
    offset == 0 || source[offset - 1] == UInt8(ascii: "\n")
  }

  /// The blanks between the start of an offset's line and the offset, without the dedent; nil where more than
  /// blanks stands there.
  func indentation(before offset: Int) -> Range<Int>? {
    var start = offset
    while !isStart(start) {
      guard source[start - 1].isIndentation else { return nil }
      start -= 1
    }
    return min(textStart(ofLine: start), offset)..<offset
  }

  /// Where the next line begins, when only blanks stand between an offset and the end of its line.
  func nextLine(after offset: Int) -> Int? {
    var index = offset
    while index < source.count, source[index].isIndentation { index += 1 }
    if index == source.count { return index }
    if source[index] == UInt8(ascii: "\n") { return index + 1 }
    let isCRLF = source[index...].starts(with: [0x0D, 0x0A])
    return isCRLF ? index + 2 : nil
  }

  /// A line's start, moved behind the dedent.
  func textStart(ofLine start: Int) -> Int {
    var index = start
    for byte in dedent {
      guard index < source.count, source[index] == byte else { break }
      index += 1
    }
    return index
  }

  /// The blanks at the start of the first line, from a line's start on, that holds more than blanks.
  func firstIndentation(from start: Int) -> ArraySlice<UInt8>? {
    var start = start
    while start < source.count {
      if let next = nextLine(after: start) {
        start = next
      } else {
        return source[start...].prefix(while: \.isIndentation)
      }
    }
    return nil
  }
}
