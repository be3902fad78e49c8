// Names run from left to right or from right to left. Within a sentence a name must not reorder the words and figures
// around it (UAX #9, the Unicode Bidirectional Algorithm). Pages have `<bdi>` for that; what has no markup has isolates.

extension Wording {
  /// A name or an address as it stands within a sentence of a mail, an attribute or a message.
  ///
  /// One that may be written from right to left is put between a first strong isolate and its end (UAX #9, 2.4.2). Any
  /// other stays as it is: our sentences run from left to right, and a few mail programs show an isolate as a box.
  static func isolated(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.mayRunLeft), !isIsolated(text) else { return text }
    return "\u{2068}\(unturned(text))\u{2069}"
  }

  /// A sentence with names in it that nobody has isolated, as the audit trail's: each run of letters from right to left
  /// is isolated, with the blanks and marks within it, and what turns text is left out.
  static func isolatingRuns(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.mayRunLeft) else { return text }
    var isolated = String.UnicodeScalarView()
    // What may belong to the run, where another such letter follows it.
    var pending = String.UnicodeScalarView()
    var isInside = false
    func end() {
      if isInside { isolated.append("\u{2069}") }
      isInside = false
      isolated.append(contentsOf: pending)
      pending.removeAll()
    }
    for scalar in text.unicodeScalars where !scalar.turnsText {
      if scalar.mayRunLeft {
        if !isInside { isolated.append("\u{2068}") }
        isInside = true
        isolated.append(contentsOf: pending)
        pending.removeAll()
        isolated.append(scalar)
      } else if isInside, !scalar.properties.isAlphabetic, scalar.properties.numericType == nil {
        pending.append(scalar)
      } else {
        end()
        isolated.append(scalar)
      }
    }
    end()
    return String(isolated)
  }

  /// Whether all that may turn anything in the text stands between isolates of ours already.
  private static func isIsolated(_ text: String) -> Bool {
    var isInside = false
    for scalar in text.unicodeScalars where scalar.mayRunLeft {
      switch scalar {
      case "\u{2068}" where !isInside: isInside = true
      case "\u{2069}" where isInside: isInside = false
      default: if !isInside || scalar.turnsText { return false }
      }
    }
    return !isInside
  }

  /// The text without embeddings, overrides and isolates, whose ends may be missing, or end one of ours. Marks of
  /// direction (U+061C, U+200E, U+200F) stay: they act on their neighbours only, and Arabic and Hebrew need them.
  static func unturned(_ text: String) -> String {
    turnsText(text) ? String(String.UnicodeScalarView(text.unicodeScalars.filter { !$0.turnsText })) : text
  }

  /// Whether the text holds an embedding, an override or an isolate, or the end of one.
  static func turnsText(_ text: String) -> Bool { text.unicodeScalars.contains(where: \.turnsText) }
}

extension Unicode.Scalar {
  fileprivate var turnsText: Bool { 0x202A...0x202E ~= value || 0x2066...0x2069 ~= value }

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
