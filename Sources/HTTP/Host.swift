/// A Host field or the authority of a URL (RFC 9110, section 7.2; RFC 3986, section 3.2.2), to compare with
/// the hosts that a server answers for.
package struct Host: Sendable, Hashable {
  /// In lower case; an IPv6 literal without its brackets.
  package let name: String
  /// Nil where none is written: then it is the scheme's default.
  package let port: Int?

  /// Nil for a text that is neither `host` nor `host:port`: user names, lists, blanks, ports beyond 65,535.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    let name: ArraySlice<UInt8>
    let rest: ArraySlice<UInt8>
    if bytes.first == UInt8(ascii: "[") {
      guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      (name, rest) = (bytes[1..<end], bytes[(end + 1)...])
      guard name.contains(UInt8(ascii: ":")), name.allSatisfy(isIPv6Byte) else { return nil }
    } else {
      let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
      (name, rest) = (bytes[..<colon], bytes[colon...])
      guard !name.isEmpty, name.allSatisfy(ByteSet.host.contains) else { return nil }
    }
    if rest.isEmpty {
      port = nil
    } else {
      let digits = rest.dropFirst()
      guard rest.first == UInt8(ascii: ":"), digits.allSatisfy(isDigit),
        let port = Int(String(decoding: digits, as: UTF8.self)), 1...65_535 ~= port
      else { return nil }
      self.port = port
    }
    self.name = String(decoding: name.map(lowercased), as: UTF8.self)
  }
}

private func isDigit(_ byte: UInt8) -> Bool {
  UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
}

private func isIPv6Byte(_ byte: UInt8) -> Bool {
  isDigit(byte) || UInt8(ascii: "a")...UInt8(ascii: "f") ~= lowercased(byte) || byte == UInt8(ascii: ":")
    || byte == UInt8(ascii: ".")
}
