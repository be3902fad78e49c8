/// An e-mail address and its owner's name, as in `Handover <handover@localhost>` (RFC 5322, 3.4).
///
/// No value of this type can break out of a header or be two addresses: the address is letters, digits and
/// the few signs of an unquoted local part, and the name is encoded when it is written.
package struct Address: Sendable, Hashable {
  /// Shown beside the address; any text. Nil where there is none.
  package let name: String?
  /// `local@domain`, ASCII; unchanged, but that a domain with other letters is in its `xn--` form.
  package let email: String

  /// Nil where `email` is not an address, or the name holds a CR, LF or NUL. An empty name becomes nil.
  ///
  /// Quoted local parts, domains in brackets and comments are refused: people enter them by mistake only. So are
  /// letters beyond ASCII before the `@`, which most mail servers don't take (RFC 6531).
  package init?(name: String? = nil, email: String) {
    guard let email = address(email) else { return nil }
    let name = name?.trimmed ?? ""
    guard !name.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) else { return nil }
    self.name = name.isEmpty ? nil : name
    self.email = email
  }

  /// Reads `local@domain`, `<local@domain>`, `Name <local@domain>` or `"Name" <local@domain>`; nil for
  /// anything else.
  package init?(_ text: String) {
    let text = text.trimmed
    guard text.utf8.last == UInt8(ascii: ">"), let open = text.lastIndex(of: "<") else {
      self.init(email: text)
      return
    }
    let email = text[text.index(after: open)...].dropLast()
    guard let name = displayName(text[..<open]) else { return nil }
    self.init(name: name, email: String(email))
  }
}

/// The address with its domain in ASCII; nil where it is none.
private func address(_ text: String) -> String? {
  let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
  guard parts.count == 2, parts[0].count <= 64, isDotAtom(parts[0]),
    let domain = asciiDomain(Substring(parts[1])), isDomain(domain[...].utf8)
  else { return nil }
  let email = "\(Substring(parts[0]))@\(domain)"
  return email.utf8.count <= 254 ? email : nil
}

/// Labels of letters, digits and inner hyphens, 63 at most (RFC 1123, 2.1).
private func isDomain(_ text: Substring.UTF8View) -> Bool {
  text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
    let hyphen = UInt8(ascii: "-")
    return (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
      && label.allSatisfy { isLetterOrDigit($0) || $0 == hyphen }
  }
}

/// The name before the angle bracket: a quoted string without its quotes, or the words as they stand.
private func displayName(_ text: Substring) -> String? {
  let text = String(text).trimmed
  guard text.first == "\"" else {
    // Outside quotes these would begin a comment, a group, a route or a second address.
    return text.contains(where: { "\"<>()[]:;,@\\".contains($0) }) ? nil : text
  }
  var name = ""
  var letters = text.dropFirst().makeIterator()
  while let letter = letters.next() {
    switch letter {
    case "\"": return letters.next() == nil ? name : nil
    case "\\":
      guard let escaped = letters.next() else { return nil }
      name.append(escaped)
    default: name.append(letter)
    }
  }
  return nil
}
