/// What a request for a file gets, by its conditions and its range (RFC 9110, sections 13 and 14).
///
/// The web server that sends the file decides it too (nginx: `ngx_http_not_modified_header_filter`,
/// `ngx_http_range_parse`), and this decides it the same way. Where no bytes may flow, whoever asks answers
/// without the web server, so that nothing depends on both being of one opinion.
package enum RequestedBytes: Equatable, Sendable {
  /// All of them, in a response with 200: there is no range, or one that does not count.
  case whole
  /// A response with 206 that holds the first byte.
  case fromTheFirst
  /// A response with 206 that doesn't.
  case later
  /// None: 416.
  case unsatisfiable
  /// None: 304, the client has them.
  case notModified
  /// None: 412, a condition of the request doesn't hold.
  case preconditionFailed

  /// - Parameters:
  ///   - headers: of a GET or HEAD.
  ///   - tag: the file's ETag, quoted and strong.
  ///   - modifiedAt: in seconds since 1970-01-01T00:00:00Z.
  ///   - size: of the file, in bytes.
  package init(_ headers: Headers, tag: String, modifiedAt: Int64, size: Int) {
    func time(_ name: Headers.Name) -> Int64?? { headers[name].map(HTTPDate.seconds) }

    if let tags = headers["If-Match"], !lists(tags, tag, weakly: false) {
      self = .preconditionFailed
    } else if let time = time("If-Unmodified-Since"), (time ?? .min) < modifiedAt {
      self = .preconditionFailed
    } else if let tags = headers["If-None-Match"] {
      self = lists(tags, tag, weakly: true) ? .notModified : .ranges(headers, tag, modifiedAt, size)
    } else if let time = time("If-Modified-Since"), let time, time >= modifiedAt {
      self = .notModified
    } else {
      self = .ranges(headers, tag, modifiedAt, size)
    }
  }

  private static func ranges(_ headers: Headers, _ tag: String, _ modifiedAt: Int64, _ size: Int) -> Self {
    if let condition = headers["If-Range"], !condition.utf8.elementsEqual(tag.utf8),
      HTTPDate.seconds(condition) != modifiedAt
    {
      return .whole
    }
    return Self(range: headers["Range"], size: size)
  }
}

extension RequestedBytes {
  /// As nginx reads the header field Range: more leniently than RFC 9110, section 14.1.2.
  ///
  /// - Parameters:
  ///   - range: the value of Range; nil where there is none.
  ///   - size: of the file, in bytes.
  package init(range: String?, size: Int) {
    guard let range, range.utf8.count > 6,
      range.utf8.prefix(6).map(lowercased).elementsEqual("bytes=".utf8)
    else {
      self = .whole
      return
    }
    var text = range.utf8.dropFirst(6)
    var starts: [Int] = []
    var total = 0
    repeat {
      guard let (start, end) = text.takeRange(of: size) else {
        self = .unsatisfiable
        return
      }
      if start < end {
        starts.append(start)
        total = total.addingReportingOverflow(end - start).partialValue
      } else if start == 0 {
        self = .whole
        return
      }
    } while text.popFirst() == UInt8(ascii: ",")
    if starts.isEmpty {
      self = .unsatisfiable
    } else if !(0...size).contains(total) {
      self = .whole
    } else {
      self = starts.contains(0) ? .fromTheFirst : .later
    }
  }
}

/// Whether a field's list of tags has this one, or is `*`.
private func lists(_ tags: String, _ tag: String, weakly: Bool) -> Bool {
  if tags.utf8.elementsEqual("*".utf8) { return true }
  return tags.utf8.split(separator: UInt8(ascii: ",")).contains { listed in
    let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var listed = listed.drop(while: isBlank)
    while let last = listed.last, isBlank(last) { listed.removeLast() }
    if weakly, listed.starts(with: "W/".utf8) { listed = listed.dropFirst(2) }
    return listed.elementsEqual(tag.utf8)
  }
}

extension Substring.UTF8View {
  /// Takes one range, up to the comma behind it or the end: its first byte and the one behind its last.
  fileprivate mutating func takeRange(of size: Int) -> (start: Int, end: Int)? {
    skipBlanks()
    if first == UInt8(ascii: "-") {
      removeFirst()
      guard let length = takeNumber(), endsRange() else { return nil }
      return (length < size ? size - length : 0, size)
    }
    guard let start = takeNumber() else { return nil }
    skipBlanks()
    guard popFirst() == UInt8(ascii: "-") else { return nil }
    skipBlanks()
    if endsRange() { return (start, size) }
    guard let last = takeNumber(), endsRange() else { return nil }
    return (start, last < size ? last + 1 : size)
  }

  /// Nil where there is none, or where it is above 2^63 - 1.
  private mutating func takeNumber() -> Int? {
    let digits = prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    removeFirst(digits.count)
    return Int(Substring(digits))
  }

  private mutating func endsRange() -> Bool {
    skipBlanks()
    return first == nil || first == UInt8(ascii: ",")
  }

  private mutating func skipBlanks() {
    while first == UInt8(ascii: " ") { removeFirst() }
  }
}
