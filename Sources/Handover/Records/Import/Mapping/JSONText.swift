/// A value of JSON (RFC 8259) as its author wrote it: the members of an object in their order, each value with its line.
/// Foundation's decoders tell neither, nor of a member that stands twice.
struct JSONText: Sendable, Equatable {
  enum Value: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// As it was written.
    case number(String)
    case text(String)
    case list([JSONText])
    case object([Member])
  }

  struct Member: Sendable, Equatable {
    let name: String
    let line: Int
    let value: JSONText
  }

  let line: Int
  let value: Value

  /// - Throws: `FileProblem` with the line, where the bytes are not JSON.
  init(_ bytes: [UInt8], file: String) throws(FileProblem) {
    var reader = JSONReader(bytes: bytes, file: file)
    self = try reader.document()
  }

  fileprivate init(line: Int, value: Value) {
    self.line = line
    self.value = value
  }
}

private struct JSONReader {
  let bytes: [UInt8]
  let file: String
  private var place = 0
  private var line = 1
  private var depth = 0

  /// A mapping needs seven, datapackage.json eight.
  private static let deepest = 32

  init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
  }

  mutating func document() throws(FileProblem) -> JSONText {
    let value = try value()
    skipBlanks()
    guard place == bytes.count else { throw problem("something stands after the end of the JSON") }
    return value
  }

  private mutating func value() throws(FileProblem) -> JSONText {
    skipBlanks()
    let start = line
    guard place < bytes.count else { throw problem("the file ends too early; close what was opened") }
    switch bytes[place] {
    case UInt8(ascii: "{"): return JSONText(line: start, value: .object(try members()))
    case UInt8(ascii: "["): return JSONText(line: start, value: .list(try elements()))
    case UInt8(ascii: "\""): return JSONText(line: start, value: .text(try text()))
    default: return JSONText(line: start, value: try word())
    }
  }

  private mutating func members() throws(FileProblem) -> [JSONText.Member] {
    var members: [JSONText.Member] = []
    try open()
    defer { depth -= 1 }
    if take("}") { return members }
    repeat {
      skipBlanks()
      let start = line
      guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else {
        throw problem("a name in double quotes is missing here")
      }
      let name = try text()
      guard take(":") else { throw problem("a colon is missing after \(quotation(of: name.utf8.span))") }
      members.append(.init(name: name, line: start, value: try value()))
    } while take(",")
    guard take("}") else { throw problem("a comma or a closing brace is missing here") }
    return members
  }

  private mutating func elements() throws(FileProblem) -> [JSONText] {
    var elements: [JSONText] = []
    try open()
    defer { depth -= 1 }
    if take("]") { return elements }
    repeat { elements.append(try value()) } while take(",")
    guard take("]") else { throw problem("a comma or a closing bracket is missing here") }
    return elements
  }

  private mutating func open() throws(FileProblem) {
    place += 1
    depth += 1
    guard depth <= Self.deepest else { throw problem("lists and objects stand too deep in each other") }
  }

  /// `true`, `false`, `null` or a number.
  private mutating func word() throws(FileProblem) -> JSONText.Value {
    let start = place
    while place < bytes.count, Self.isWord(bytes[place]) { place += 1 }
    let word = String(decoding: bytes[start..<place], as: UTF8.self)
    switch word {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "null": return .null
    default:
      guard Double(word) != nil else {
        throw problem(
          "\(quotation(of: bytes[start..<min(start + 20, bytes.count)].span)) is not JSON; quotes missing?")
      }
      return .number(word)
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private mutating func text() throws(FileProblem) -> String {
    let start = line
    var text: [UInt8] = []
    place += 1
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
      guard bytes[place] >= 0x20 else {
        throw problem("the text that begins in line \(start) has no closing quote")
      }
      if bytes[place] == UInt8(ascii: "\\") {
        text += try escaped().utf8
      } else {
        text.append(bytes[place])
        place += 1
      }
    }
    guard place < bytes.count else {
      throw problem("the text that begins in line \(start) has no closing quote")
    }
    place += 1
    guard let string = String(validating: text, as: UTF8.self) else {
      throw problem("a character is not UTF-8; save the file as UTF-8")
    }
    return string
  }

  private mutating func escaped() throws(FileProblem) -> String {
    place += 2
    guard place <= bytes.count else { throw problem("the file ends too early; close what was opened") }
    switch bytes[place - 1] {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "u"):
      var units = [try unit()]
      // The second half of a pair, for characters beyond U+FFFF.
      if units[0] & 0xFC00 == 0xD800, bytes[place...].starts(with: [0x5C, 0x75]) {
        place += 2
        units.append(try unit())
      }
      if let character = String(validating: units, as: UTF16.self) { return character }
    default: break
    }
    throw problem("a backslash stands before something that it can't")
  }

  private mutating func unit() throws(FileProblem) -> UInt16 {
    let digits = bytes[place...].prefix(4)
    guard digits.count == 4, let unit = UInt32(digits: digits, radix: 16) else {
      throw problem("\\u needs four hexadecimal digits")
    }
    place += 4
    return UInt16(unit)
  }

  private mutating func take(_ sign: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard place < bytes.count, bytes[place] == UInt8(ascii: sign) else { return false }
    place += 1
    return true
  }

  private mutating func skipBlanks() {
    while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) {
      if bytes[place] == 0x0A { line += 1 }
      place += 1
    }
  }

  private func problem(_ message: String) -> FileProblem { FileProblem(file: file, line: line, message) }
}
