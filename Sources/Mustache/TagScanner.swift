/// One `{{…}}`.
struct Tag {
  enum Kind: Character {
    case comment = "!"
    case delimiters = "="
    case escaped = " "
    case raw = "&"
    case section = "#"
    case inverted = "^"
    case close = "/"
    case partial = ">"
    case parent = "<"
    case block = "$"
  }

  var kind: Kind
  /// From the first byte of the opening delimiter to behind the last of the closing one.
  var range: Range<Int>
  /// Without the sigil and the blanks around it; empty for comments and delimiters.
  var name = ""
}

/// Finds the tags of a text one after another, and follows changes of the delimiters.
struct TagScanner {
  private let source: [UInt8]
  private var opening = Array("{{".utf8)
  private var closing = Array("}}".utf8)

  init(_ source: [UInt8]) {
    self.source = source
  }

  /// The first tag at or after an offset.
  mutating func next(from offset: Int) throws(Fault) -> Tag? {
    guard let start = find(opening, from: offset) else { return nil }
    let inside = start + opening.count
    let (kind, sigil, ending) = kind(at: inside)
    guard let end = find(ending, from: inside + sigil) else {
      let ending = String(decoding: ending, as: UTF8.self)
      throw Fault(
        code: .unclosedTag, offset: start, message: "This tag is never closed; add '\(ending)' behind it.")
    }
    var tag = Tag(kind: kind, range: start..<end + ending.count)
    let content = source[inside + sigil..<end]
    switch kind {
    case .comment: break
    case .delimiters: try setDelimiters(content, tag: tag)
    default: tag.name = try name(content, tag: tag)
    }
    return tag
  }

  /// The kind of the tag whose inside begins at an offset, the length of its sigil, and what ends it.
  private func kind(at inside: Int) -> (Tag.Kind, sigil: Int, ending: [UInt8]) {
    guard inside < source.count else { return (.escaped, 0, closing) }
    let sigil = source[inside]
    if sigil == UInt8(ascii: "{") { return (.raw, 1, [UInt8(ascii: "}")] + closing) }
    if sigil == UInt8(ascii: "=") { return (.delimiters, 1, [UInt8(ascii: "=")] + closing) }
    guard let kind = Tag.Kind(rawValue: Character(Unicode.Scalar(sigil))), kind != .escaped else {
      return (.escaped, 0, closing)
    }
    return (kind, 1, closing)
  }

  private mutating func setDelimiters(_ content: ArraySlice<UInt8>, tag: Tag) throws(Fault) {
    let parts = content.split(whereSeparator: \.isBlank)
    guard parts.count == 2, !content.contains(UInt8(ascii: "=")) else {
      throw Fault(
        code: .badDelimiters, offset: tag.range.lowerBound,
        message: "Write the new delimiters with a blank between them and without '=', as in {{=<% %>=}}.")
    }
    opening = Array(parts[0])
    closing = Array(parts[1])
  }

  private func name(_ content: ArraySlice<UInt8>, tag: Tag) throws(Fault) -> String {
    if let other = find(opening, from: content.startIndex), other < content.endIndex {
      let closing = String(decoding: closing, as: UTF8.self)
      throw Fault(
        code: .unclosedTag, offset: tag.range.lowerBound,
        message: "Another tag begins inside this one; close it with '\(closing)'.")
    }
    let words = content.split(whereSeparator: \.isBlank)
    guard words.count == 1, let name = String(validating: words[0], as: UTF8.self) else {
      throw Fault(
        code: .badName, offset: tag.range.lowerBound,
        message: "A tag holds exactly one name, without blanks and in UTF-8.")
    }
    return name
  }

  private func find(_ pattern: [UInt8], from offset: Int) -> Int? {
    var index = offset
    while index + pattern.count <= source.count {
      if source[index] == pattern[0], source[index..<index + pattern.count].elementsEqual(pattern) {
        return index
      }
      index += 1
    }
    return nil
  }
}

extension UInt8 {
  /// Space, tab, line feed or carriage return.
  var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }

  /// Space or tab.
  var isIndentation: Bool { self == 0x20 || self == 0x09 }
}
