/// Turns a text into nodes in one pass; sections, parents and blocks that are open lie on a stack.
struct Parser {
  /// So deep may sections, parents and blocks be nested in one template.
  static let deepest = 64

  private var scanner: TagScanner
  var lines: Lines
  var template: Template
  var containers: [Container] = []
  /// Where the text begins that is not in a node yet.
  var cursor = 0
  /// Whether a text may continue the last node.
  var isTextOpen = false

  /// A section, parent or block that waits for its end.
  struct Container {
    var tag: Tag
    var node: Int
    /// The dedent to go back to.
    var dedent: ArraySlice<UInt8>
  }

  init(source: [UInt8], template: Template) {
    scanner = TagScanner(source)
    lines = Lines(source: source)
    self.template = template
  }

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
