import Glibc

/// Reads XML 1.0 from chunks of bytes, as far as workbooks need it: elements, attributes and text, in UTF-8.
///
/// A document type is refused, since with it a small file can stand for a large one; comments and instructions are
/// passed over. Whether every element is closed by its own end is not looked at: who reads a workbook knows the elements
/// that it looks for. Memory: the largest chunk and the largest tag.
struct XMLScanner {
  enum Event {
    case start(XMLTag)
    /// The element's name, without its prefix. It comes for an element without content, too.
    case end([UInt8])
    /// Some of an element's text; the next event may be more of it.
    case text([UInt8])
  }

  /// Bytes from `<` to `>`.
  private static let largestTag = 1 << 20

  private var window: [UInt8] = []
  private var isFirst = true

  /// Hands over what is complete in these bytes and those before.
  /// - Throws: `WorkbookError`; what `body` throws.
  mutating func feed(_ bytes: Span<UInt8>, _ body: (Event) throws -> Void) throws {
    window.reserveCapacity(window.count + bytes.count)
    for place in bytes.indices { window.append(bytes[place]) }
    if isFirst {
      guard window.count > 4 else { return }
      isFirst = false
      if window.starts(with: [0xEF, 0xBB, 0xBF]) { window.removeFirst(3) }
      if window[0] >= 0xFE || window[0] == 0 || window[1] == 0 { throw WorkbookError("its XML is not UTF-8") }
    }
    var place = 0
    while place < window.count {
      let next =
        window[place] == UInt8(ascii: "<") ? try readMarkup(at: place, body) : try readText(at: place, body)
      guard let next else { break }
      place = next
    }
    window.removeFirst(place)
    if window.count > Self.largestTag { throw WorkbookError("a tag of its XML has no end") }
  }

  /// - Throws: `WorkbookError` where the file ends within a tag.
  func finish() throws {
    if window.contains(UInt8(ascii: "<")) { throw WorkbookError("its XML is cut off") }
  }

  /// - Returns: nil where more bytes are needed.
  private func readText(at start: Int, _ body: (Event) throws -> Void) throws -> Int? {
    var end = window[start...].firstIndex(of: UInt8(ascii: "<")) ?? window.count
    if end == window.count {
      // A reference or a character may be cut.
      end = window[start...].lastIndex { $0 == UInt8(ascii: "&") || $0 >= 0xC0 } ?? end
      if end == start, window.count - start < 16 { return nil }
      if end == start { end = window.count }
    }
    try body(.text(try XMLTag.decoded(window[start..<end])))
    return end
  }

  private func readMarkup(at start: Int, _ body: (Event) throws -> Void) throws -> Int? {
    let rest = window[start...]
    if rest.starts(with: "<!".utf8) {
      // Enough to tell them apart.
      guard rest.count >= 9 else { return nil }
      if rest.starts(with: "<!--".utf8) { return end(of: "-->", from: start + 4) }
      guard rest.starts(with: "<![CDATA[".utf8) else { throw WorkbookError("its XML has a document type") }
      guard let end = end(of: "]]>", from: start + 9) else { return nil }
      try body(.text(Array(window[(start + 9)..<(end - 3)])))
      return end
    }
    if rest.starts(with: "<?".utf8) { return end(of: "?>", from: start + 2) }
    guard let end = endOfTag(from: start + 1) else { return nil }
    if window[start + 1] == UInt8(ascii: "/") {
      try body(.end(XMLTag.localName(window[(start + 2)..<end])))
      return end + 1
    }
    let isEmpty = window[end - 1] == UInt8(ascii: "/")
    let tag = XMLTag(window[(start + 1)..<(isEmpty ? end - 1 : end)])
    try body(.start(tag))
    if isEmpty { try body(.end(tag.name)) }
    return end + 1
  }

  private func end(of mark: String, from start: Int) -> Int? {
    let mark = Array(mark.utf8)
    var place = start
    while place + mark.count <= window.count {
      if window[place] == mark[0], window[place...].starts(with: mark) { return place + mark.count }
      place += 1
    }
    return nil
  }

  /// The place of `>`, which may stand in an attribute's value, too.
  private func endOfTag(from start: Int) -> Int? {
    var quote: UInt8?
    for place in start..<max(start, window.count) {
      let byte = window[place]
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == UInt8(ascii: ">") {
        return place
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
      }
    }
    return nil
  }
}

/// The beginning of an element.
struct XMLTag {
  /// Without its prefix: `row` of `x:row`.
  let name: [UInt8]
  private let attributes: ArraySlice<UInt8>

  /// - Parameter bytes: what stands between `<` and `>`.
  init(_ bytes: ArraySlice<UInt8>) {
    let end = bytes.firstIndex(where: isBlank) ?? bytes.endIndex
    name = Self.localName(bytes[..<end])
    attributes = bytes[end...]
  }

  /// The value of an attribute, by its name without a prefix.
  /// - Throws: `WorkbookError` for a reference that is none.
  func value(_ name: String) throws -> [UInt8]? {
    let wanted = Array(name.utf8)
    var rest = attributes
    while let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
      let key = Self.localName(rest[..<equals].filter { !isBlank($0) }[...])
      guard
        let open = rest[equals...].firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }),
        let close = rest[(open + 1)...].firstIndex(of: rest[open])
      else { return nil }
      if key == wanted { return try Self.decoded(rest[(open + 1)..<close]) }
      rest = rest[(close + 1)...]
    }
    return nil
  }

  func text(_ name: String) throws -> String? {
    try value(name).map { String(decoding: $0, as: UTF8.self) }
  }

  func number(_ name: String) throws -> Int? { try text(name).flatMap { Int($0) } }

  static func localName(_ name: ArraySlice<UInt8>) -> [UInt8] {
    let end = name.firstIndex(where: isBlank) ?? name.endIndex
    let start = name[..<end].firstIndex(of: UInt8(ascii: ":")).map { $0 + 1 } ?? name.startIndex
    return Array(name[start..<end])
  }

  /// Text with its references resolved: `&amp;`, `&#10;`, `&#xA;`.
  /// - Throws: `WorkbookError` for any other.
  static func decoded(_ text: ArraySlice<UInt8>) throws -> [UInt8] {
    guard text.contains(UInt8(ascii: "&")) else { return Array(text) }
    var decoded: [UInt8] = []
    var rest = text
    while let start = rest.firstIndex(of: UInt8(ascii: "&")) {
      decoded += rest[..<start]
      guard let end = rest[start...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
        throw WorkbookError("a reference of its XML has no end")
      }
      let name = String(decoding: rest[(start + 1)..<end], as: UTF8.self)
      decoded += try character(name)
      rest = rest[(end + 1)...]
    }
    return decoded + rest
  }

  private static func character(_ name: String) throws -> [UInt8] {
    switch name {
    case "amp": return [UInt8(ascii: "&")]
    case "lt": return [UInt8(ascii: "<")]
    case "gt": return [UInt8(ascii: ">")]
    case "quot": return [UInt8(ascii: "\"")]
    case "apos": return [UInt8(ascii: "'")]
    default:
      let isHexadecimal = name.hasPrefix("#x")
      guard name.hasPrefix("#"),
        let scalar = Unicode.Scalar(
          digits: name.utf8.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10)
      else { throw WorkbookError("its XML has a reference that is not known: &\(name);") }
      return Array(String(scalar).utf8)
    }
  }
}

extension Unicode.Scalar {
  /// The character of a code, which is written in digits alone: no sign, as Swift's own numbers take, and not NUL.
  init?(digits: some Collection<UInt8>, radix: UInt32) {
    guard let code = UInt32(digits: digits, radix: radix), code > 0 else { return nil }
    self.init(code)
  }
}

extension UInt32 {
  /// - Returns: nil where there is anything else than digits, or none.
  init?(digits: some Collection<UInt8>, radix: UInt32) {
    var value: UInt64 = 0
    for byte in digits {
      let digit =
        byte < UInt8(ascii: "A") ? byte &- UInt8(ascii: "0") : (byte | 0x20) &- UInt8(ascii: "a") &+ 10
      let isDigit = byte < UInt8(ascii: "A") ? digit < 10 : digit >= 10 && digit < 36
      guard isDigit, digit < radix else { return nil }
      value = value * UInt64(radix) + UInt64(digit)
      guard value <= UInt64(UInt32.max) else { return nil }
    }
    guard !digits.isEmpty else { return nil }
    self = UInt32(value)
  }
}

private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

extension [UInt8] {
  func isNamed(_ name: StaticString) -> Bool {
    guard count == name.utf8CodeUnitCount else { return false }
    return unsafe withUnsafeBufferPointer {
      unsafe memcmp($0.baseAddress!, name.utf8Start, name.utf8CodeUnitCount) == 0
    }
  }
}
