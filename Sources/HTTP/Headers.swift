/// The header fields of a request or a response, in their order (RFC 9110, section 5).
///
/// Names are compared without regard to case, and a name may appear several times, as Set-Cookie does. A
/// value can't end its line: see `Headers.Field`.
package struct Headers: Sendable, Equatable {
  /// In their order; a name may appear several times.
  package private(set) var fields: [Field] = []

  package init() {}

  /// The first value of that name.
  package subscript(name: Name) -> String? {
    for field in fields where field.name == name { return field.value }
    return nil
  }

  /// All values of that name, in their order.
  package func values(of name: Name) -> [String] {
    fields.filter { $0.name == name }.map(\.value)
  }

  /// Adds a field behind all others, also where one has its name already.
  package mutating func append(_ name: Name, _ value: String) {
    fields.append(Field(name, value))
  }

  /// Replaces all fields of that name by this one.
  package mutating func set(_ name: Name, _ value: String) {
    fields.removeAll { $0.name == name }
    append(name, value)
  }
}

extension Headers {
  package struct Field: Sendable, Equatable {
    package let name: Name
    /// Without control characters other than TAB, so that no value can begin a new field or end the header.
    package let value: String

    /// Control characters become spaces, as RFC 9110, section 5.5, says.
    package init(_ name: Name, _ value: String) {
      self.name = name
      self.value = value.utf8.contains(where: isControl) ? spacingControls(of: value) : value
    }
  }
}

private func isControl(_ byte: UInt8) -> Bool {
  byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F
}

private func spacingControls(of value: String) -> String {
  String(decoding: value.utf8.map { isControl($0) ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
}

// MARK: - Names

extension Headers {
  /// The name of a header field: a token (RFC 9110, section 5.6.2). Names that differ only in case are equal.
  package struct Name: Sendable {
    package let text: String

    /// Nil when the text is not a token.
    package init?(_ text: String) {
      guard !text.isEmpty, text.utf8.allSatisfy(ByteSet.token.contains) else { return nil }
      self.text = text
    }
  }
}

extension Headers.Name: ExpressibleByStringLiteral {
  /// For names in the source code. One that is not a token is a mistake of its author and stops a debug
  /// build.
  package init(stringLiteral text: String) {
    assert(!text.isEmpty && text.utf8.allSatisfy(ByteSet.token.contains), "not a header name: \(text)")
    self.text = text
  }
}

extension Headers.Name: Equatable {
  package static func == (one: Headers.Name, other: Headers.Name) -> Bool {
    let (ours, theirs) = (one.text.utf8, other.text.utf8)
    return ours.count == theirs.count && zip(ours, theirs).allSatisfy { lowercased($0) == lowercased($1) }
  }
}

/// ASCII only, as all of HTTP's tokens are.
func lowercased(_ byte: UInt8) -> UInt8 {
  UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
}
