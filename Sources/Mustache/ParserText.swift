/// The text between tags, and what happens to the blanks around them.
extension Parser {
  /// Adds the text before a tag that leaves the blanks around it alone.
  mutating func addInline(_ tag: Tag) {
    addText(to: tag.range.lowerBound)
    if lines.indentation(before: tag.range.lowerBound)?.isEmpty == true { addLineStart() }
    cursor = tag.range.upperBound
  }

  /// Adds the text before a tag that vanishes with its line when it stands alone there.
  /// - Returns: the blanks before the tag if it does.
  @discardableResult
  mutating func addAround(_ tag: Tag) -> Range<Int>? {
    guard let indentation = lines.indentation(before: tag.range.lowerBound),
      let next = lines.nextLine(after: tag.range.upperBound)
    else {
      addInline(tag)
      return nil
    }
    addText(to: indentation.lowerBound)
    cursor = next
    return indentation
  }

  /// Adds what lies between the cursor and an offset, each line without the dedent.
  mutating func addText(to end: Int) {
    while cursor < end {
      let startsLine = lines.isStart(cursor)
      let start = startsLine ? min(lines.textStart(ofLine: cursor), end) : cursor
      let newline = lines.source[start..<end].firstIndex(of: UInt8(ascii: "\n"))
      cursor = newline.map { $0 + 1 } ?? end
      if start < cursor { addText(lines.source[start..<cursor], startsLine: startsLine) }
    }
  }

  mutating func addLineStart() {
    addText([], startsLine: true)
  }

  private mutating func addText(_ bytes: ArraySlice<UInt8>, startsLine: Bool) {
    let start = template.text.count
    template.text += bytes
    if isTextOpen, !bytes.isEmpty,
      case .text(let range, let startsLine) = template.nodes[template.nodes.count - 1]
    {
      template.nodes[template.nodes.count - 1] = .text(
        range.lowerBound..<template.text.count, startsLine: startsLine)
    } else {
      template.nodes.append(.text(start..<template.text.count, startsLine: startsLine))
      isTextOpen = true
    }
  }

  mutating func add(_ node: Node) {
    template.nodes.append(node)
    isTextOpen = false
  }

  /// Keeps an indentation in the template's text.
  mutating func keep(_ indentation: ArraySlice<UInt8>) -> Range<Int> {
    let start = template.text.count
    template.text += indentation
    isTextOpen = false
    return start..<template.text.count
  }
}
