/// A path with variables, as in `/settings/export/{id}/cancel`: a URI Template (RFC 6570) of level 1, in
/// which a variable is a whole segment. `Endpoint.path` expands it.
package struct PathTemplate: Sendable, Equatable {
  private enum Segment: Sendable, Equatable {
    case literal(String)
    case variable(String)

    var literal: String? {
      if case .literal(let text) = self { text } else { nil }
    }
  }

  package let text: String
  private let segments: [Segment]

  /// - Throws: `invalidRoute`.
  package init(_ text: String) throws(HTTPError) {
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

  /// What stands in the place of the variables, in their order; nil for another path. No variable matches an
  /// empty segment.
  package func match(_ path: Path) -> [String]? {
    guard path.segments.count == segments.count else { return nil }
    var arguments: [String] = []
    for (segment, text) in zip(segments, path.segments) {
      switch segment {
      case .literal(let literal):
        guard literal == text else { return nil }
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

  /// Whether this one spells out more, from the left.
  func precedes(_ other: PathTemplate) -> Bool {
    for (ours, theirs) in zip(segments, other.segments) where (ours.literal == nil) != (theirs.literal == nil)
    {
      return ours.literal != nil
    }
    return false
  }
}
