extension Headers {
  /// The name of a header field: a token (RFC 9110, section 5.6.2), equal to its other spellings in case.
  package struct Name: Sendable {
    package let text: String

    /// Nil when the text is no token, and so no name.
    package init?(_ text: String) {
      guard !text.isEmpty, text.utf8.allSatisfy(ByteSet.token.contains) else { return nil }
      self.text = text
    }
  }
}

extension Headers.Name: ExpressibleByStringLiteral {
  /// For names that stand in the source; one that is no token is a slip of its author and stops a debug
  /// build.
  package init(stringLiteral text: String) {
    assert(!text.isEmpty && text.utf8.allSatisfy(ByteSet.token.contains), "no header name: \(text)")
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
