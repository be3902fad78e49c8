import System

/// The cookies of a request (RFC 6265, section 5.4). Parts that are not `name=value` are skipped.
///
/// Where a name appears twice the first one counts: browsers send the cookie with the longer path first. A
/// neighbouring host can't set a name with the prefix `__Host-`, so sessions have that prefix.
package struct Cookies: Sendable, Equatable {
  private var pairs: [Pair] = []

  private struct Pair: Sendable, Equatable {
    let name: Substring
    let value: Substring
  }

  /// - Parameter headers: the values of the Cookie fields.
  package init(_ headers: [String]) {
    for header in headers {
      for part in header.utf8.split(separator: UInt8(ascii: ";")) {
        guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
        let name = trimmed(part[..<equals])
        guard !name.isEmpty else { continue }
        pairs.append(
          Pair(name: Substring(name), value: Substring(trimmed(part[equals...].dropFirst()))))
      }
    }
  }

  /// The value of a cookie; nil where the request has none of that name.
  package subscript(name: String) -> String? {
    for pair in pairs where pair.name.isSame(as: name) { return String(pair.value) }
    return nil
  }
}

private func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
  var text = text.drop(while: isBlank)
  while let last = text.last, isBlank(last) { text.removeLast() }
  return text
}

/// RFC 9110, section 5.6.3: optional white space.
func isBlank(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
}
