// How a template becomes bytes
//
// `TagScanner` finds the tags. `Parser` decides what each tag means and which blanks around it stay. The
// result is a flat array of nodes: a section holds the index behind its last child, so rendering it is
// walking a range and skipping it is one jump. Nodes are plain numbers (places in `text`, `paths`,
// `references`), so walking them counts no references. `Templates` ties the references of all templates to
// each other, and `Renderer` walks.
//
// Lines. A partial that stands alone on its line is indented: each of its lines begins with the blanks in
// front of its tag. Only lines of templates are indented, never those inside a value. So a text node knows
// whether its first byte begins a line of the template; where a tag begins a line, an empty text node before
// it says so.
//
// Blocks (the specification's optional inheritance). `{{<layout}}{{$title}}…{{/title}}{{/layout}}` renders
// `layout` with its blocks replaced. A block whose opening tag ends its line is kept without the
// indentation of its first line, and is indented like the place that it fills. A block that is opened
// inside a line goes on in that line. Blocks are looked up from the outermost parent inwards. What replaces a
// block is itself rendered with the blocks around the place where it was written, so a dialog's title in a
// page's body does not become the page's title.

/// A template, parsed. The syntax is mustache(5) and the specification 1.x with inheritance, without lambdas.
struct Template: Sendable {
  var name: String
  var text: [UInt8] = []
  var nodes: [Node] = []
  var paths: [Path] = []
  var references: [Reference] = []

  /// - Throws: the first problem.
  init(name: String, source: [UInt8]) throws(TemplateError) {
    self.name = name
    var parser = Parser(source: source, template: self)
    do throws(Fault) {
      self = try parser.parse()
    } catch {
      let place = Place(of: error.offset, in: source)
      throw TemplateError(problems: [
        .init(
          code: error.code, template: name, line: place.line, column: place.column, message: error.message)
      ])
    }
  }
}

enum Node {
  /// - startsLine: the first byte begins a line of the template.
  case text(Range<Int>, startsLine: Bool)
  case value(path: Int, escaped: Bool)
  case section(path: Int, end: Int)
  case inverted(path: Int, end: Int)
  /// - indent: a place in the template's text: what the partial's lines begin with if it is `standalone`,
  ///   alone on its line.
  case partial(reference: Int, indent: Range<Int>, standalone: Bool)
  /// As a partial. A parent that begins a line without being alone on it writes its indentation itself.
  case parent(reference: Int, indent: Range<Int>, standalone: Bool, startsLine: Bool, end: Int)
  /// - inline: the opening tag does not end its line, and the first line of the content goes on in that line.
  case block(path: Int, indent: Range<Int>, inline: Bool, end: Int)

  /// The index of the next sibling of a node.
  func next(after index: Int) -> Int {
    switch self {
    case .text, .value, .partial: index + 1
    case .section(_, let end), .inverted(_, let end), .parent(_, _, _, _, let end), .block(_, _, _, let end):
      end
    }
  }

  /// Sets the end of a node with children, which is unknown when the node is opened.
  mutating func end(at end: Int) {
    switch self {
    case .text, .value, .partial: break
    case .section(let path, _): self = .section(path: path, end: end)
    case .inverted(let path, _): self = .inverted(path: path, end: end)
    case .parent(let reference, let indent, let standalone, let startsLine, _):
      self = .parent(
        reference: reference, indent: indent, standalone: standalone, startsLine: startsLine, end: end)
    case .block(let path, let indent, let inline, _):
      self = .block(path: path, indent: indent, inline: inline, end: end)
    }
  }
}

/// A name of the context: `deal.owner.name`. In the path of `.` the first name is empty.
struct Path: Sendable, Equatable {
  var first: String
  var rest: [String]

  var description: String { first.isEmpty ? "." : ([first] + rest).joined(separator: ".") }
}

/// A partial or parent that a template names.
struct Reference: Sendable {
  var name: String
  var place: Place
  /// The template's index in `Templates`, once that is complete.
  var target = 0
}
