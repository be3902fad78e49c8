extension Wording {
  /// A name or an address as it stands within a sentence of a mail, an attribute or a message.
  ///
  /// One that may be written from right to left is put between a first strong isolate and its end (UAX #9, 2.4.2), so
  /// that it can't reorder the words and figures around it. Pages have `<bdi>` for that. Any other text stays as it
  /// is: our sentences run from left to right, and a few mail programs show an isolate as a box.
  static func isolated(_ text: String) -> String {
    text.unicodeScalars.contains(where: \.mayRunLeft) ? "\u{2068}\(text)\u{2069}" : text
  }
}

extension Unicode.Scalar {
  /// Whether it is of a block that the Unicode database reserves for writing from right to left
  /// (DerivedBidiClass.txt), or changes the direction by itself.
  fileprivate var mayRunLeft: Bool {
    switch value {
    case ..<0x590: false
    case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFE, 0x1_0800...0x1_0FFF, 0x1_E800...0x1_EFFF: true
    default: properties.isBidiControl
    }
  }
}
