/// What each kind of tag does.
extension Parser {
  mutating func addPartial(_ tag: Tag) {
    let indentation = addAround(tag)
    let indent = keep(lines.source[indentation ?? 0..<0])
    add(.partial(reference: reference(tag), indent: indent, standalone: indentation != nil))
  }

  mutating func open(_ tag: Tag, _ node: Node) throws(Fault) {
    guard containers.count < Self.deepest else {
      throw Fault(
        code: .nestedTooDeep, offset: tag.range.lowerBound,
        message: "More than \(Self.deepest) sections lie in each other; move some into a partial.")
    }
    containers.append(Container(tag: tag, node: template.nodes.count, dedent: lines.dedent))
    add(node)
  }

  /// Whether a parent stands alone is known at its end; until then its indentation is kept.
  mutating func openParent(_ tag: Tag) throws(Fault) {
    let indentation = lines.indentation(before: tag.range.lowerBound)
    addText(to: indentation?.lowerBound ?? tag.range.lowerBound)
    cursor = tag.range.upperBound
    let indent = keep(lines.source[indentation ?? 0..<0])
    try open(
      tag,
      .parent(
        reference: reference(tag), indent: indent, standalone: false, startsLine: indentation != nil, end: 0))
  }

  mutating func openBlock(_ tag: Tag) throws(Fault) {
    let path = try path(tag)
    let indentation = lines.indentation(before: tag.range.lowerBound)
    // What else is inside a parent does not count as text before the tag.
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

  mutating func close(_ tag: Tag) throws(Fault) {
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

  mutating func path(_ tag: Tag) throws(Fault) -> Int {
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
