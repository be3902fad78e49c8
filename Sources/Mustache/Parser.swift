/// Turns a text into nodes in one pass; open sections, parents and blocks lie on a stack.
struct Parser {
  /// Sections, parents and blocks of one template may be nested this deep.
  private static let maximumDepth = 64

  private var scanner: TagScanner
  private var lines: Lines
  private var template: Template
  private var containers: [Container] = []
  /// Where the text begins that is not in a node yet.
  private var cursor = 0
  /// Whether more text may be added to the last node.
  private var isTextOpen = false

  /// A section, parent or block that waits for its end.
  private struct Container {
    var tag: Tag
    var node: Int
    /// The dedent to return to.
    var dedent: ArraySlice<UInt8>
  }

  init(source: [UInt8], template: Template) {
    scanner = TagScanner(source)
    lines = Lines(source: source)
    self.template = template
  }

  /// The template with its nodes.
  /// - Throws: the first problem.
  mutating func parse() throws(Fault) -> Template {
    while let tag = try scanner.next(from: cursor) {
      switch tag.kind {
      case .escaped, .raw:
        addInline(tag)
        add(.value(path: try path(tag), escaped: tag.kind == .escaped))
      case .comment, .delimiters: addAround(tag)
      case .section:
        addAround(tag)
        try open(tag, .section(path: try path(tag), end: 0))
      case .inverted:
        addAround(tag)
        try open(tag, .inverted(path: try path(tag), end: 0))
      case .partial: addPartial(tag)
      case .parent: try openParent(tag)
      case .block: try openBlock(tag)
      case .close: try close(tag)
      }
    }
    addText(to: lines.source.count)
    if let container = containers.last {
      throw Fault(
        code: .unclosedSection, offset: container.tag.range.lowerBound,
        message: "'\(container.tag.name)' is never closed; add {{/\(container.tag.name)}}.")
    }
    return template
  }
}

// MARK: - Tags

extension Parser {
  private mutating func addPartial(_ tag: Tag) {
    let indentation = addAround(tag)
    let indent = keep(lines.source[indentation ?? 0..<0])
    add(.partial(reference: reference(tag), indent: indent, standalone: indentation != nil))
  }

  private mutating func open(_ tag: Tag, _ node: Node) throws(Fault) {
    guard containers.count < Self.maximumDepth else {
      throw Fault(
        code: .nestedTooDeep, offset: tag.range.lowerBound,
        message: "More than \(Self.maximumDepth) sections lie in each other; move some into a partial.")
    }
    containers.append(Container(tag: tag, node: template.nodes.count, dedent: lines.dedent))
    add(node)
  }

  /// Only its end tells whether a parent stands alone; until then its indentation is kept.
  private mutating func openParent(_ tag: Tag) throws(Fault) {
    let indentation = lines.indentation(before: tag.range.lowerBound)
    addText(to: indentation?.lowerBound ?? tag.range.lowerBound)
    cursor = tag.range.upperBound
    let indent = keep(lines.source[indentation ?? 0..<0])
    try open(
      tag,
      .parent(
        reference: reference(tag), indent: indent, standalone: false, startsLine: indentation != nil, end: 0))
  }

  private mutating func openBlock(_ tag: Tag) throws(Fault) {
    let path = try path(tag)
    let indentation = lines.indentation(before: tag.range.lowerBound)
    // Other content of a parent does not count as text before the tag.
    let isArgument = containers.last?.tag.kind == .parent
    guard let next = lines.nextLine(after: tag.range.upperBound), indentation != nil || isArgument else {
      addInline(tag)
      let indent = keep(lines.source[indentation ?? 0..<0])
      try open(tag, .block(path: path, indent: indent, inline: true, end: 0))
      addLineStart()
      return
    }
    let own = lines.source[indentation ?? 0..<0]
    addText(to: indentation?.lowerBound ?? tag.range.lowerBound)
    cursor = next
    let first = lines.firstIndentation(from: next)
    let indent = keep(
      first.map { $0.dropFirst(lines.textStart(ofLine: $0.startIndex) - $0.startIndex) } ?? own)
    try open(tag, .block(path: path, indent: indent, inline: false, end: 0))
    if let first { lines.dedent = first }
  }

  private mutating func close(_ tag: Tag) throws(Fault) {
    guard let container = containers.last, container.tag.name == tag.name else { throw stray(tag) }
    let isArgument = container.tag.kind == .block && containers.dropLast().last?.tag.kind == .parent
    if container.tag.kind == .parent {
      closeParent(container, tag)
    } else if isArgument, let indentation = lines.indentation(before: tag.range.lowerBound) {
      addText(to: indentation.lowerBound)
      cursor = tag.range.upperBound
    } else {
      addAround(tag)
    }
    containers.removeLast()
    lines.dedent = container.dedent
    isTextOpen = false
    template.nodes[container.node].end(at: template.nodes.count)
  }

  private mutating func closeParent(_ container: Container, _ tag: Tag) {
    addText(to: tag.range.lowerBound)
    cursor = tag.range.upperBound
    guard case .parent(let reference, let indent, _, true, _) = template.nodes[container.node],
      let next = lines.nextLine(after: cursor)
    else { return }
    cursor = next
    template.nodes[container.node] = .parent(
      reference: reference, indent: indent, standalone: true, startsLine: true, end: 0)
  }

  private func stray(_ tag: Tag) -> Fault {
    guard let container = containers.last else {
      return Fault(
        code: .strayClose, offset: tag.range.lowerBound,
        message: "Nothing is open that {{/\(tag.name)}} could close; remove it or add its opening tag.")
    }
    let place = Place(of: container.tag.range.lowerBound, in: lines.source)
    return Fault(
      code: .strayClose, offset: tag.range.lowerBound,
      message: "'\(container.tag.name)' of line \(place.line) is open here; close it before {{/\(tag.name)}}."
    )
  }

  private mutating func reference(_ tag: Tag) -> Int {
    let place = Place(of: tag.range.lowerBound, in: lines.source)
    template.references.append(Reference(name: tag.name, place: place))
    return template.references.count - 1
  }

  private mutating func path(_ tag: Tag) throws(Fault) -> Int {
    let keys =
      tag.name == "."
      ? [""] : tag.name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard tag.name == "." || !keys.contains("") else {
      throw Fault(
        code: .badName, offset: tag.range.lowerBound,
        message: "'\(tag.name)' has a dot without a name beside it; write it as in 'deal.owner'.")
    }
    let path = Path(first: keys[0], rest: Array(keys.dropFirst()))
    if let known = template.paths.firstIndex(of: path) { return known }
    template.paths.append(path)
    return template.paths.count - 1
  }
}

// MARK: - Text between tags, and the blanks around them

extension Parser {
  /// Adds the text before a tag that keeps the blanks around it.
  private mutating func addInline(_ tag: Tag) {
    addText(to: tag.range.lowerBound)
    if lines.indentation(before: tag.range.lowerBound)?.isEmpty == true { addLineStart() }
    cursor = tag.range.upperBound
  }

  /// Adds the text before a tag that takes its whole line away when it stands alone there.
  /// - Returns: the blanks before the tag if it stands alone.
  @discardableResult
  private mutating func addAround(_ tag: Tag) -> Range<Int>? {
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
  private mutating func addText(to end: Int) {
    while cursor < end {
      let startsLine = lines.isStart(cursor)
      let start = startsLine ? min(lines.textStart(ofLine: cursor), end) : cursor
      let newline = lines.source[start..<end].firstIndex(of: UInt8(ascii: "\n"))
      cursor = newline.map { $0 + 1 } ?? end
      if start < cursor { addText(lines.source[start..<cursor], startsLine: startsLine) }
    }
  }

  private mutating func addLineStart() {
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

  private mutating func add(_ node: Node) {
    template.nodes.append(node)
    isTextOpen = false
  }

  /// Keeps an indentation in the template's text.
  private mutating func keep(_ indentation: ArraySlice<UInt8>) -> Range<Int> {
    let start = template.text.count
    template.text += indentation
    isTextOpen = false
    return start..<template.text.count
  }
}

/// What the blanks of a text's lines mean: which tags stand alone, and where a line's own text begins.
private struct Lines {
  let source: [UInt8]
  /// Blanks that are cut from the start of every line, as far as it has them: the indentation of the block
  /// around it.
  var dedent: ArraySlice<UInt8> = []

  func isStart(_ offset: Int) -> Bool {
    offset == 0 || source[offset - 1] == UInt8(ascii: "\n")
  }

  /// The blanks between the start of the line and an offset in it, without the dedent; nil where anything
  /// else stands there.
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

  /// Where the text of a line begins, behind the dedent.
  func textStart(ofLine start: Int) -> Int {
    var index = start
    for byte in dedent {
      guard index < source.count, source[index] == byte else { break }
      index += 1
    }
    return index
  }

  /// The indentation of the first line, from a line's start on, that is not blank.
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
