import System

/// The methods and the path of a route, declared as `GET,POST /settings/users/{id}`.
package struct Endpoint: Sendable {
  let methods: [Method]
  let template: PathTemplate

  /// - Throws: `invalidRoute`.
  init(_ declaration: String) throws(HTTPError) {
    let parts = declaration.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw HTTPError(.invalidRoute, "not methods, a space and a path: \(declaration)")
    }
    methods = parts[0].split(separator: ",").map { Method(String($0)) }
    template = try PathTemplate(String(parts[1]))
  }

  /// The path of a declaration (or a template) with its variables replaced by values, in their order:
  /// `/settings/users/U-3`.
  ///
  /// There must be one value for each variable: anything else is a mistake of the author and stops the
  /// program. Reads the text itself instead of a parsed template, since a page prints dozens of links.
  package static func path(_ declaration: String, _ arguments: [String] = []) -> String {
    var rest = declaration[(declaration.utf8.firstIndex(of: UInt8(ascii: "/")) ?? declaration.startIndex)...]
    var path = ""
    for argument in arguments {
      guard let opening = rest.utf8.firstIndex(of: UInt8(ascii: "{")),
        let closing = rest.utf8[opening...].firstIndex(of: UInt8(ascii: "}"))
      else { preconditionFailure("one value too many for \(declaration)") }
      path += rest[..<opening]
      path += PercentEncoding.encode(argument)
      rest = rest[closing...].dropFirst()
    }
    precondition(!rest.utf8.contains(UInt8(ascii: "{")), "a value is missing for \(declaration)")
    return path + rest
  }
}

/// A path with variables, as in `/settings/export/{id}/cancel`: a URI Template (RFC 6570) of level 1 whose
/// variables are whole segments. `Endpoint.path` expands it.
struct PathTemplate: Sendable, Equatable {
  private enum Segment: Sendable, Equatable {
    case literal(String)
    case variable(String)

    var literal: String? {
      if case .literal(let text) = self { text } else { nil }
    }
  }

  let text: String
  private let segments: [Segment]

  /// - Throws: `invalidRoute`.
  init(_ text: String) throws(HTTPError) {
    guard text.utf8.first == UInt8(ascii: "/") else {
      throw HTTPError(.invalidRoute, "a template begins with a slash: \(text)")
    }
    var segments: [Segment] = []
    for segment in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      let name = segment.dropFirst().dropLast()
      if segment == "{\(name)}", !name.isEmpty, name.utf8.allSatisfy(ByteSet.unreserved.contains) {
        segments.append(.variable(String(name)))
      } else if segment.utf8.allSatisfy(ByteSet.unreserved.contains) {
        segments.append(.literal(String(segment)))
      } else {
        throw HTTPError(.invalidRoute, "not a template: \(text)")
      }
    }
    self.text = text
    self.segments = segments
  }

  /// The values of the variables in this path, in their order; nil where the path does not match. A variable
  /// does not match an empty segment.
  func match(_ path: Path) -> [String]? {
    guard path.segments.count == segments.count else { return nil }
    var arguments: [String] = []
    for (segment, text) in zip(segments, path.segments) {
      switch segment {
      case .literal(let literal):
        guard literal.isSame(as: text) else { return nil }
      case .variable:
        guard !text.isEmpty else { return nil }
        arguments.append(text)
      }
    }
    return arguments
  }

  var count: Int { segments.count }

  /// Whether both match the same paths.
  func hasShape(of other: PathTemplate) -> Bool {
    segments.map(\.literal) == other.segments.map(\.literal)
  }

  /// Whether, from the left, this one has a literal first where the other has a variable.
  func precedes(_ other: PathTemplate) -> Bool {
    for (ours, theirs) in zip(segments, other.segments) where (ours.literal == nil) != (theirs.literal == nil)
    {
      return ours.literal != nil
    }
    return false
  }
}
