/// One rendering: walks nodes and appends to the output.
struct Renderer {
  /// Sections, blocks, partials and parents may lie in each other this deep while rendering.
  private static let maximumDepth = 128

  private let templates: [Template]
  private(set) var output: [UInt8]
  /// Names that were asked for and not found; nil where the caller does not want them.
  private(set) var missing: Set<String>?

  /// The innermost value last.
  private var context: [Value]
  /// The parents that are being rendered, the outermost first.
  private var parents: [Arguments] = []
  /// What each line of the current template begins with.
  private var indent: [UInt8] = []
  /// Whether the next text continues a line, that of an inline block, instead of beginning one.
  private var isInsideLine = false
  private var depth = 0
  /// The last partial or parent that was entered, for errors.
  private var entered: (template: String, place: Place)

  /// The blocks that a parent's tag holds.
  private struct Arguments {
    var template: Template
    var nodes: Range<Int>
  }

  /// - Parameter output: where the page is appended.
  init(
    templates: [Template], output: [UInt8] = [], value: Value, template: Template,
    collectsMissing: Bool = false
  ) {
    self.templates = templates
    self.output = output
    missing = collectsMissing ? [] : nil
    context = [value]
    entered = (template.name, Place())
  }

  /// - Throws: `recursion`.
  mutating func render(_ template: Template) throws(TemplateError) {
    try render(template.nodes.indices, of: template)
  }

  private mutating func render(_ range: Range<Int>, of template: Template) throws(TemplateError) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else { throw tooDeep() }
    var index = range.lowerBound
    while index < range.upperBound {
      let node = template.nodes[index]
      let next = node.next(after: index)
      let children = min(index + 1, next)..<next
      switch node {
      case .text(let text, let startsLine):
        write(template.text.span, text, startsLine: startsLine)
      case .value(let path, let escaped):
        write(find(template.paths[path], of: template), escaped: escaped)
      case .section(let path, _):
        try renderSection(find(template.paths[path], of: template), children, of: template)
      case .inverted(let path, _):
        let isTrue = find(template.paths[path], of: template)?.isTrue ?? false
        if !isTrue { try render(children, of: template) }
      case .partial(let reference, let indent, let standalone):
        try insert(reference, indent: standalone ? indent : nil, of: template)
      case .parent(let reference, let indent, let standalone, let startsLine, _):
        if startsLine, !standalone { write(template.text.span, indent, startsLine: true) }
        parents.append(Arguments(template: template, nodes: children))
        try insert(reference, indent: standalone ? indent : nil, of: template)
        parents.removeLast()
      case .block(let path, let indent, let inline, _):
        let site = template.text[indent]
        try renderBlock(template.paths[path], site, inline: inline, children, of: template)
      }
      index = next
    }
  }
}

// MARK: - Nodes with children

extension Renderer {
  private mutating func renderSection(
    _ value: Value?, _ children: Range<Int>, of template: Template
  ) throws(TemplateError) {
    guard let value, value.isTrue else { return }
    if case .filter(let filter) = value {
      let start = output.count
      try render(children, of: template)
      let inside = Array(output[start...])
      output.removeSubrange(start...)
      output += filter(inside)
    } else if case .list(let items) = value {
      for item in items {
        context.append(item)
        try render(children, of: template)
        context.removeLast()
      }
    } else {
      context.append(value)
      try render(children, of: template)
      context.removeLast()
    }
  }

  /// - Parameter indent: that of a tag alone on its line; nil for a tag inside a line, whose inserted lines
  ///   are not indented.
  private mutating func insert(
    _ reference: Int, indent own: Range<Int>?, of template: Template
  ) throws(TemplateError) {
    let reference = template.references[reference]
    let outer = (indent, entered)
    if let own { indent += template.text[own] } else { indent = [] }
    entered = (template.name, reference.place)
    try render(templates[reference.target])
    (indent, entered) = outer
  }

  private mutating func renderBlock(
    _ path: Path, _ site: ArraySlice<UInt8>, inline: Bool, _ children: Range<Int>, of template: Template
  ) throws(TemplateError) {
    let outerIndent = indent
    isInsideLine = inline
    if let (level, arguments, nodes) = argument(for: path) {
      // What replaces a block sees the parents that were around the place where it was written.
      let outerParents = parents
      parents.removeSubrange(level...)
      indent += site
      try render(nodes, of: arguments)
      parents = outerParents
    } else {
      if !inline { indent += site }
      try render(children, of: template)
    }
    isInsideLine = false
    indent = outerIndent
  }

  /// What replaces a block: its namesake in the outermost parent that has one.
  private func argument(for path: Path) -> (level: Int, template: Template, nodes: Range<Int>)? {
    for (level, parent) in parents.enumerated() {
      var index = parent.nodes.lowerBound
      while index < parent.nodes.upperBound {
        let node = parent.template.nodes[index]
        let next = node.next(after: index)
        if case .block(let name, _, _, _) = node, parent.template.paths[name] == path {
          return (level, parent.template, index + 1..<next)
        }
        index = next
      }
    }
    return nil
  }

  private func tooDeep() -> TemplateError {
    TemplateError(problems: [
      .init(
        code: .recursion, template: entered.template, line: entered.place.line, column: entered.place.column,
        message: "Templates and sections lie \(Self.maximumDepth) deep in each other here; end the recursion."
      )
    ])
  }
}

// MARK: - Values

extension Renderer {
  /// The innermost value that has a path's first name decides; where it lacks the rest, nothing is found.
  private mutating func find(_ path: Path, of template: Template) -> Value? {
    if path.first.isEmpty { return context.last }
    let found = find(path)
    if found == nil, missing != nil { missing?.insert("\(template.name): \(path.description)") }
    return found
  }

  private func find(_ path: Path) -> Value? {
    var level = context.count
    while level > 0 {
      level -= 1
      guard case .object(let object) = context[level], var value = object[path.first] else { continue }
      for name in path.rest {
        guard case .object(let inner) = value, let next = inner[name] else { return nil }
        value = next
      }
      return value
    }
    return nil
  }

  private mutating func write(_ value: Value?, escaped: Bool) {
    switch value {
    case .text(let text):
      if escaped { output.append(escaped: text.utf8.span) } else { output.append(text.utf8.span) }
    case .integer(let integer): output += String(integer).utf8
    case .bool(let bool): output += (bool ? "true" : "false").utf8
    case nil, .null, .list, .object, .filter: break
    }
  }
}

// MARK: - Text of templates, and the indentation of its lines

extension Renderer {
  private mutating func write(_ text: Span<UInt8>, _ range: Range<Int>, startsLine: Bool) {
    if startsLine {
      if !isInsideLine { output += indent }
      isInsideLine = false
    }
    guard !indent.isEmpty else {
      output.append(text.extracting(range))
      return
    }
    var start = range.lowerBound
    while start < range.upperBound {
      if start > range.lowerBound { output += indent }
      let end = lineEnd(text, start..<range.upperBound)
      output.append(text.extracting(start..<end))
      start = end
    }
  }
}

/// Behind the first line feed of a range, or the range's end.
private func lineEnd(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
  for index in range where text[index] == UInt8(ascii: "\n") { return index + 1 }
  return range.upperBound
}
