/// A path, split at its slashes and only then percent-decoded, so that `%2F` is not a separator.
///
/// `/settings/` has the segments `settings` and an empty one: it is not the same resource as `/settings`. `.`
/// and `..` are names like any other; nothing is resolved.
package struct Path: Sendable, Equatable {
  package let segments: [String]

  /// - Parameter raw: as in a request line, without the query.
  /// - Throws: `malformedPath`, `invalidUTF8` or `nul`.
  package init(_ raw: some StringProtocol) throws(HTTPError) {
    let bytes = Array(raw.utf8)
    guard bytes.first == UInt8(ascii: "/") else {
      throw HTTPError(.malformedPath, "a path begins with a slash")
    }
    var segments: [String] = []
    var start = 1
    while start <= bytes.endIndex {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.endIndex
      segments.append(try decoded(bytes[start..<end]))
      start = end + 1
    }
    self.segments = segments
  }
}

private func decoded(_ segment: ArraySlice<UInt8>) throws(HTTPError) -> String {
  guard segment.contains(UInt8(ascii: "%")) else {
    return try PercentEncoding.text(segment, in: "the path")
  }
  var decoded: [UInt8] = []
  var index = segment.startIndex
  while index < segment.endIndex {
    if segment[index] == UInt8(ascii: "%") {
      guard let byte = PercentEncoding.byte(at: index, of: segment) else {
        throw HTTPError(.malformedPath, "a % in the path is not followed by two hex digits")
      }
      decoded.append(byte)
      index += 3
    } else {
      decoded.append(segment[index])
      index += 1
    }
  }
  return try PercentEncoding.text(decoded, in: "the path")
}
