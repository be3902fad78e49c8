import Glibc

/// A form with files, multipart/form-data (RFC 7578), taken apart while it arrives: memory holds one piece of it,
/// however large the files are.
///
/// A delimiter is CR LF, two hyphens and the boundary (RFC 2046, section 5.1.1). It may begin in one piece and end in
/// the next, so what is given out as a file's content is all before the last bytes that could begin one.
///
/// Stricter than the standard where leniency has cost others dearly: what follows a boundary must end its line, lines
/// end with CR LF, and a part must have a name. Names are taken as browsers write them (WHATWG HTML, section
/// 4.10.22.8), and a part in another encoding or of other parts (RFC 7578, sections 4.3 and 4.7) is refused, since no
/// browser sends either.
///
/// For one thread. First `fields`, then for each file `nextFile` and `read` until it is nil.
package final class Multipart {
  /// The heads of one part, and all fields before the first file, in bytes.
  static let maximumHead = 8_192
  static let maximumFields = 65_536
  /// Fields and files.
  static let maximumParts = 100
  private static let piece = 65_536

  private let source: Request.BodyReader
  private let delimiter: [UInt8]
  /// What was read and not yet given out begins at `start`. It begins as if a line had ended before the body.
  private var buffer: [UInt8] = [13, 10]
  private var start = 0
  private var place = Place.preamble
  private var parts = 0

  private enum Place {
    case preamble, head, content, end
    case atFile(String)
  }

  /// - Parameters:
  ///   - contentType: the value of Content-Type.
  ///   - source: reads the body.
  /// - Throws: `unsupportedMediaType` for another type; `malformedMultipart` for one without a good boundary.
  package init(_ contentType: String, from source: @escaping Request.BodyReader) throws(HTTPError) {
    guard let type = FieldValue(Array(contentType.utf8)), type.value.elementsEqual("multipart/form-data".utf8)
    else { throw HTTPError(.unsupportedMediaType, "only multipart/form-data is read") }
    guard let boundary = type["boundary"], 1...70 ~= boundary.count, boundary.last != UInt8(ascii: " "),
      boundary.allSatisfy(ByteSet.boundary.contains)
    else { throw HTTPError(.malformedMultipart, "there is no good boundary") }
    delimiter = Array("\r\n--".utf8) + boundary
    self.source = source
  }

  /// Whether a Content-Type is that of such a form.
  package static func isType(_ contentType: String) -> Bool {
    FieldValue(Array(contentType.utf8))?.value.elementsEqual("multipart/form-data".utf8) == true
  }

  /// The fields before the first file. To be called once, before all else.
  /// - Throws: `malformedMultipart`, `bodyIncomplete`; `bodyTooLarge` for fields beyond 64 KiB; as `Form(parsing:)`.
  package func fields() throws(HTTPError) -> Form {
    var form = Form()
    var size = 0
    while let part = try nextPart() {
      if let filename = part.filename {
        place = .atFile(filename)
        break
      }
      guard form[part.name] == nil else { throw HTTPError(.duplicateParameter, "a field is given twice") }
      var value: [UInt8] = []
      while let piece = try read() {
        value += piece
        size += piece.count
        guard size <= Self.maximumFields else { throw HTTPError(.bodyTooLarge, "the fields are too large") }
      }
      form = form.adding(part.name, try PercentEncoding.text(value, in: "a field's value"))
    }
    return form
  }

  /// Goes on to the next file, over what is left of the one before, and over fields between files.
  /// - Returns: its name as the browser gave it, which may be a path, and is empty where no file was chosen; nil at
  ///   the end of the form.
  /// - Throws: `malformedMultipart`, `bodyIncomplete`, `tooManyParameters`, `invalidUTF8` or `nul`.
  package func nextFile() throws(HTTPError) -> String? {
    if case .atFile(let name) = place {
      place = .content
      return name
    }
    while let part = try nextPart() {
      if let filename = part.filename { return filename }
    }
    return nil
  }

  /// The next piece of the file's content, some 64 KiB; nil at its end.
  /// - Throws: `malformedMultipart` or `bodyIncomplete`.
  package func read() throws(HTTPError) -> [UInt8]? {
    guard case .content = place else { return nil }
    return try nextPiece()
  }

  private struct Part {
    let name: String
    let filename: String?
  }

  private func nextPart() throws(HTTPError) -> Part? {
    switch place {
    case .preamble, .atFile, .content: while try nextPiece() != nil {}
    case .head, .end: break
    }
    if case .end = place { return nil }
    parts += 1
    guard parts <= Self.maximumParts else {
      throw HTTPError(.tooManyParameters, "more than \(Self.maximumParts) fields and files")
    }
    let part = try readHead()
    place = .content
    return part
  }

  /// What is before the next delimiter; nil where that is next, which is read over then.
  private func nextPiece() throws(HTTPError) -> [UInt8]? {
    while true {
      if let end = nextDelimiter() {
        if end > start { return give(upTo: end) }
        start += delimiter.count
        try endBoundary()
        return nil
      }
      let known = buffer.count - (delimiter.count - 1)
      if known > start { return give(upTo: known) }
      try fill()
    }
  }

  private func give(upTo end: Int) -> [UInt8] {
    defer { start = end }
    return Array(buffer[start..<end])
  }

  /// Looks for CR, which files have once a line, and compares the rest there.
  private func nextDelimiter() -> Int? {
    unsafe buffer.withUnsafeBytes { bytes in
      var from = start
      while let base = bytes.baseAddress, bytes.count - from >= delimiter.count,
        let found = unsafe memchr(base + from, 13, bytes.count - from)
      {
        let place = unsafe UnsafeRawPointer(found) - base
        guard bytes.count - place >= delimiter.count else { return nil }
        if unsafe bytes[place...].starts(with: delimiter) {
          return place
        }
        from = place + 1
      }
      return nil
    }
  }

  /// Behind a boundary there is the end of its line, or two hyphens at the end of the form.
  private func endBoundary() throws(HTTPError) {
    try fill(upTo: 2)
    if buffer[start...].starts(with: "--".utf8) {
      place = .end
      return
    }
    let line = try readLine(atMost: 100)
    guard line.allSatisfy(isBlank) else { throw malformed("a boundary isn't at the end of its line") }
    place = .head
  }

  private func readHead() throws(HTTPError) -> Part {
    var part: Part?
    var room = Self.maximumHead
    while true {
      let line = try readLine(atMost: room)
      if line.isEmpty { break }
      room -= line.count + 2
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
        throw malformed("a line of a part's head has no colon")
      }
      let value = FieldValue(Array(line[(colon + 1)...]))
      switch String(decoding: line[..<colon].map(lowercased), as: UTF8.self) {
      case "content-disposition":
        guard part == nil, let value, value.value.elementsEqual("form-data".utf8), let name = value["name"],
          value["filename*"] == nil
        else { throw malformed("a part has no name") }
        part = Part(
          name: try text(name, in: "a field's name"),
          filename: try value["filename"].map { name throws(HTTPError) in try text(name, in: "a file's name")
          })
      case "content-transfer-encoding":
        guard ["7bit", "8bit", "binary"].contains(where: { value?.value.elementsEqual($0.utf8) == true })
        else {
          throw HTTPError(.unsupportedMediaType, "a part is encoded")
        }
      case "content-type":
        guard value?.value.starts(with: "multipart/".utf8) != true else {
          throw HTTPError(.unsupportedMediaType, "a part has parts")
        }
      default: break
      }
    }
    guard let part else { throw malformed("a part has no name") }
    return part
  }

  /// A line without its end.
  private func readLine(atMost limit: Int) throws(HTTPError) -> [UInt8] {
    var searched = 0
    while true {
      if let end = buffer[(start + searched)...].firstIndex(of: 10) {
        guard end > start, buffer[end - 1] == 13 else { throw malformed("a line ends without CR") }
        let line = Array(buffer[start..<(end - 1)])
        guard line.count <= limit else { throw malformed("a part's head is too long") }
        start = end + 1
        return line
      }
      searched = buffer.count - start
      guard searched <= limit + 1 else { throw malformed("a part's head is too long") }
      try fill()
    }
  }

  private func fill(upTo count: Int) throws(HTTPError) {
    while buffer.count - start < count { try fill() }
  }

  private func fill() throws(HTTPError) {
    buffer.removeFirst(start)
    start = 0
    let bytes = try source(Self.piece)
    guard !bytes.isEmpty else { throw HTTPError(.bodyIncomplete, "the form ends in the middle") }
    buffer += bytes
  }

  private func malformed(_ message: String) -> HTTPError { HTTPError(.malformedMultipart, message) }
}

/// Browsers write CR, LF and the quote as `%0D`, `%0A` and `%22` in a name, and nothing else as `%`.
private func text(_ name: [UInt8], in place: String) throws(HTTPError) -> String {
  var bytes: [UInt8] = []
  var index = 0
  while index < name.count {
    if let byte = PercentEncoding.byte(at: index, of: name[...]), name[index] == UInt8(ascii: "%"),
      byte == 13 || byte == 10 || byte == UInt8(ascii: "\"")
    {
      bytes.append(byte)
      index += 3
    } else {
      bytes.append(name[index])
      index += 1
    }
  }
  return try PercentEncoding.text(bytes, in: place)
}

/// A value with parameters, as Content-Type and Content-Disposition have them: `form-data; name="a"; filename=b`.
private struct FieldValue {
  /// In small letters.
  let value: [UInt8]
  private let parameters: [(name: [UInt8], value: [UInt8])]

  /// Nil where it can't be read, or where a parameter stands twice: two readers might take one each.
  ///
  /// In quotes `\"` is a quote; any other backslash is itself, as old browsers send whole paths of Windows.
  init?(_ bytes: [UInt8]) {
    var rest = bytes[...]
    var parameters: [(name: [UInt8], value: [UInt8])] = []
    func skipBlanks() { rest = rest.drop(while: isBlank) }
    func take(while isTaken: (UInt8) -> Bool) -> [UInt8] {
      let taken = rest.prefix(while: isTaken)
      rest.removeFirst(taken.count)
      return Array(taken)
    }

    skipBlanks()
    var value = take { $0 != UInt8(ascii: ";") }
    while let last = value.last, isBlank(last) { value.removeLast() }
    while rest.popFirst() != nil {
      skipBlanks()
      if rest.isEmpty { break }
      let name = take(while: ByteSet.token.contains).map(lowercased)
      guard !name.isEmpty, rest.popFirst() == UInt8(ascii: "="),
        !parameters.contains(where: { $0.name == name })
      else { return nil }
      if rest.first == UInt8(ascii: "\"") {
        rest.removeFirst()
        if rest.isEmpty { return nil }
        var quoted: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
          if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "\"") {
            quoted.append(rest.removeFirst())
          } else {
            quoted.append(byte)
          }
          if rest.isEmpty { return nil }
        }
        parameters.append((name, quoted))
      } else {
        parameters.append((name, take { $0 != UInt8(ascii: ";") && !isBlank($0) }))
      }
      skipBlanks()
      guard rest.isEmpty || rest.first == UInt8(ascii: ";") else { return nil }
    }
    self.value = value.map(lowercased)
    self.parameters = parameters
  }

  subscript(name: String) -> [UInt8]? { parameters.first { $0.name.elementsEqual(name.utf8) }?.value }
}
