/// Percent-encoding (RFC 3986, section 2.1) over bytes.
package enum PercentEncoding {
  /// Every byte of the UTF-8 as `%XX`, but for RFC 3986's unreserved characters: safe in any part of a URL.
  package static func encode(_ text: String) -> String {
    text.utf8.allSatisfy(ByteSet.unreserved.contains) ? text : encode(text.utf8, keeping: .unreserved)
  }

  /// A request line's target as it came, but for bytes that a URL can't hold (controls, blanks, all beyond
  /// ASCII), which become `%XX`. So every target is printable text that decodes to the bytes that were sent.
  package static func target(_ bytes: [UInt8]) -> String {
    bytes.allSatisfy(ByteSet.target.contains)
      ? String(decoding: bytes, as: UTF8.self)
      : encode(bytes, keeping: .target)
  }

  static func encode(_ bytes: some Sequence<UInt8>, keeping kept: ByteSet) -> String {
    var encoded: [UInt8] = []
    append(bytes, keeping: kept, to: &encoded)
    return String(decoding: encoded, as: UTF8.self)
  }

  static func append(_ bytes: some Sequence<UInt8>, keeping kept: ByteSet, to encoded: inout [UInt8]) {
    for byte in bytes {
      if kept.contains(byte) {
        encoded.append(byte)
      } else {
        encoded += [UInt8(ascii: "%"), hexDigit(byte >> 4), hexDigit(byte & 15)]
      }
    }
  }

  /// The value of the two hex digits after a `%` at that place, or nil where there aren't any.
  static func byte(at place: Int, of bytes: ArraySlice<UInt8>) -> UInt8? {
    guard place + 2 < bytes.endIndex, let high = value(ofHex: bytes[place + 1]),
      let low = value(ofHex: bytes[place + 2])
    else { return nil }
    return high << 4 | low
  }

  /// Text from decoded bytes, which mustn't hold NUL: C would end the text there.
  static func text(_ bytes: some Collection<UInt8>, in place: String) throws(HTTPError) -> String {
    guard !bytes.contains(0) else { throw HTTPError(.nul, "NUL in \(place)") }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw HTTPError(.invalidUTF8, "\(place) is not UTF-8")
    }
    return text
  }
}

private func hexDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
}

private func value(ofHex digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
  default: nil
  }
}
