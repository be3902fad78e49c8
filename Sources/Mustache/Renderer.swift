/// One rendering: walks nodes and appends to the output.
struct Renderer {
  /// So deep may sections, blocks, partials and parents lie in each other while rendering.
  static let deepest = 128

  let templates: [Template]
  var output: [UInt8]
  /// What was asked for and not found, where somebody wants to know it.
  var missing: Set<String>?

  /// The innermost value last.
  var context: [Value]
  /// The parents that are being rendered, the outermost first.
  private var parents: [Arguments] = []
  /// What each line of the current template begins with.
  var indent: [UInt8] = []
  /// Whether the next start of a line was written before, by the line that an inline block stands in.
  var isInsideLine = false
  private var depth = 0
  /// The last partial or parent that was entered, for errors.
  private var entered: (template: String, place: Place)

  /// The blocks that a parent's tag holds.
  private struct Arguments {
    var template: Template
    var nodes: Range<Int>
  }

  init(templates: [Template], output: [UInt8], value: Value, template: Template) {
    self.templates = templates
    self.output = output
    context = [value]
    entered = (template.name, Place())
  }

  mutating func render(_ template: Template) throws(TemplateError) {
    try render(template.nodes.indices, of: template)
  }

  private mutating func render(_ range: Range<Int>, of template: Template) throws(TemplateError) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw tooDeep() }
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
    if case .list(let items) = value {
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

  /// - Parameter indent: of a tag alone on its line; nil inside a line, where the inserted lines get none
  /// at all.
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

  /// What the outermost parent that has it puts in the place of a block.
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
        message: "Templates and sections lie \(Self.deepest) deep in each other here; end the recursion.")
    ])
  }
}
