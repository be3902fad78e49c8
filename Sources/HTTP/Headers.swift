/// The header fields of a request or an answer, in their order (RFC 9110, section 5).
///
/// Names are compared without regard to case, and one name may stand several times, as Set-Cookie does. A
/// value can't end its line: see `Headers.Field`.
package struct Headers: Sendable, Equatable {
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

  /// Adds a field after those that are there, of the same name or not.
  package mutating func append(_ name: Name, _ value: String) {
    fields.append(Field(name, value))
  }

  /// Puts the field in the place of all those of its name.
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

    /// Control characters become spaces, as RFC 9110, section 5.5, has it.
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
