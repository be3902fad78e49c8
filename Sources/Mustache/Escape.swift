extension [UInt8] {
  /// Appends a text so that HTML shows it as it is, between tags and in quoted attributes: `& < > " '` become
  /// character references.
  mutating func append(escaped text: Span<UInt8>) {
    var plain = 0
    for index in text.indices {
      // All five are at or below `>`; most bytes are above.
      guard text[index] <= UInt8(ascii: ">"), let reference = reference(for: text[index]) else { continue }
      append(text.extracting(plain..<index))
      append(contentsOf: reference.utf8)
      plain = index + 1
    }
    append(text.extracting(plain..<text.count))
  }

  mutating func append(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}

private func reference(for byte: UInt8) -> String? {
  switch byte {
  case UInt8(ascii: "&"): "&amp;"
  case UInt8(ascii: "<"): "&lt;"
  case UInt8(ascii: ">"): "&gt;"
  case UInt8(ascii: "\""): "&quot;"
  case UInt8(ascii: "'"): "&#39;"
  default: nil
  }
}
