import Foundation

// A document keeps the name that its owner gave it. Where it becomes a file of somebody else's (in a linked storage, in
// the ZIP of an export), the name must be one that every storage and every system takes, shows, and keeps apart from
// its neighbours. Here is what all of them have in common: what Windows forbids (naming-a-file of its documentation),
// what Dropbox refuses (the list of files that it doesn't sync), what rclone writes in another way (encoding of its
// overview), and what would hide a file or turn its name around.

/// Names of files and folders that every storage and every file system takes.
enum SafeName {
  /// What a name has at most before its ending, and a folder's name in all: so that a path of four fits Windows' 260.
  static let bytes = 120

  /// The file's name for the name of a document: NFC, `_` for what can't stand in it, never empty.
  ///
  /// - Parameter isPlain: Without what lies beyond the Basic Multilingual Plane (emoji, rare characters), which
  ///   Dropbox refuses.
  static func file(_ name: String, isPlain: Bool = false) -> String {
    let name = harmless(name, isPlain: isPlain, or: "document")
    let (stem, ending) = parts(of: name)
    return shortened(stem, to: bytes) + ending
  }

  /// The same for a folder's name, which has no ending.
  static func folder(_ name: String, isPlain: Bool = false) -> String {
    shortened(harmless(name, isPlain: isPlain, or: "folder"), to: bytes)
  }

  /// `D-12 Smith refinance`. `D-12` alone for a deal that is gone, or without a name.
  static func folder(of deal: DealID, named name: String?, isPlain: Bool = false) -> String {
    // The number makes even `CON` and `.` names like others.
    folder("\(deal) \(name ?? "")", isPlain: isPlain)
  }

  /// Whether a folder with this name is the deal's, whatever stands behind the number.
  static func isFolder(_ name: String, of deal: DealID) -> Bool {
    let number = "\(deal)"
    return name.isSame(as: number) || name.utf8.starts(with: (number + " ").utf8)
  }

  /// The name, or the first one with the document's number before its ending (`Payslip (F-13).pdf`) that is not taken.
  ///
  /// - Parameter isTaken: Whether a neighbour has the name; asked with `folded` names.
  static func unique(_ name: String, of document: DocumentID, isTaken: (String) -> Bool) -> String {
    let (stem, ending) = parts(of: name)
    let number = " (\(document))"
    var unique = name
    var numbers = ""
    while isTaken(folded(unique)) {
      numbers += number
      unique = shortened(stem, to: bytes - numbers.utf8.count) + numbers + ending
    }
    return unique
  }

  /// Whether `file` and `unique` could have made this name for the document. Where one was too long, any beginning will do:
  /// the characters that it is cut between are others in each version of Unicode.
  static func isFile(_ file: String, of document: DocumentID, named name: String) -> Bool {
    let (stem, ending) = parts(of: harmless(name, or: "document"))
    guard file.utf8.suffix(ending.utf8.count).elementsEqual(ending.utf8) else { return false }
    var rest = file.utf8.dropLast(ending.utf8.count)
    let number = " (\(document))".utf8
    var room = bytes
    while !isBeginning(rest, of: stem, upTo: room) {
      guard rest.suffix(number.count).elementsEqual(number) else { return false }
      rest = rest.dropLast(number.count)
      room -= number.count
    }
    return true
  }

  /// Whether a folder in an archive is the deal's, by its name too.
  static func isFolder(_ folder: String, of deal: DealID, named name: String?) -> Bool {
    isBeginning(folder.utf8[...], of: harmless("\(deal) \(name ?? "")", or: "folder"), upTo: bytes)
  }

  /// Whether it is the whole text, or where that is longer, at most so many bytes of it.
  private static func isBeginning(_ part: Substring.UTF8View, of text: String, upTo bytes: Int) -> Bool {
    part.elementsEqual(text.utf8)
      || text.utf8.count > bytes && part.count <= bytes && !part.isEmpty && text.utf8.starts(with: part)
  }

  /// The same text for names that some storage takes for one: without case, and without ways to compose a character.
  static func folded(_ name: String) -> String {
    // Twice, since neither alone is enough: `ß` and `SS`, `ſ` and `s`, `ς` and `σ`.
    name.uppercased().lowercased().precomposedStringWithCanonicalMapping
  }

  private static func harmless(_ name: String, isPlain: Bool = false, or substitute: String) -> String {
    var scalars = String.UnicodeScalarView()
    for character in name.precomposedStringWithCanonicalMapping {
      if isPlain, character.unicodeScalars.contains(where: { $0.value > 0xFFFF }) {
        scalars.append("_")
      } else {
        scalars.append(contentsOf: character.unicodeScalars.map { $0.isHarmful ? "_" : $0 })
      }
    }
    let trimmed = withoutEnd(String(String.UnicodeScalarView(scalars.drop { $0.properties.isWhitespace })))
    guard Name.isSeen(trimmed) else { return substitute }
    // A dot hides a file; `~$` and `.~` are what Office and Dropbox take for a lock.
    if trimmed.hasPrefix("~$") || trimmed.unicodeScalars.first == "." {
      return "_" + String(trimmed.unicodeScalars.dropFirst())
    }
    return isReserved(trimmed) ? "_" + trimmed : trimmed
  }

  /// Windows drops blanks and dots at the end, and with them the difference to another name.
  private static func withoutEnd(_ name: String) -> String {
    let end = name.unicodeScalars.lastIndex { !$0.properties.isWhitespace && $0 != "." }
    return end.map { String(name.unicodeScalars[...$0]) } ?? ""
  }

  /// Names of devices, with any ending; names that Dropbox keeps for itself.
  private static func isReserved(_ name: String) -> Bool {
    let name = name.lowercased()
    if ["desktop.ini", "thumbs.db"].contains(name) { return true }
    let device = withoutEnd(String(name.prefix { $0 != "." }))
    if ["con", "prn", "aux", "nul", "conin$", "conout$"].contains(device) { return true }
    return device.count == 4 && (device.hasPrefix("com") || device.hasPrefix("lpt"))
      && "0123456789¹²³".contains(device.suffix(1))
  }

  /// The name and its ending, with the dot; no ending where nothing short stands behind a dot.
  private static func parts(of name: String) -> (stem: String, ending: String) {
    guard let dot = name.unicodeScalars.lastIndex(of: "."), dot > name.startIndex,
      name.utf8.distance(from: dot, to: name.endIndex) <= 16
    else { return (name, "") }
    return (String(name.unicodeScalars[..<dot]), String(name.unicodeScalars[dot...]))
  }

  /// Cut between characters as people see them, where one is not longer than all that fits.
  private static func shortened(_ name: String, to bytes: Int) -> String {
    guard name.utf8.count > bytes else { return name }
    var room = bytes
    let characters = name.prefix {
      room -= $0.utf8.count
      return room >= 0
    }
    if !characters.isEmpty { return withoutEnd(String(characters)) }
    room = bytes
    let scalars = name.unicodeScalars.prefix {
      room -= UTF8.width($0)
      return room >= 0
    }
    return withoutEnd(String(String.UnicodeScalarView(scalars)))
  }
}

extension Unicode.Scalar {
  fileprivate var isHarmful: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    default: break
    }
    if properties.isBidiControl || properties.isNoncharacterCodePoint { return true }
    switch value {
    // `"*/:<>?\|`
    case 0x22, 0x2A, 0x2F, 0x3A, 0x3C, 0x3E, 0x3F, 0x5C, 0x7C: return true
    // What rclone puts in the place of those, and quotes where it stands already: full-width `＼／`, pictures of controls.
    case 0x201B, 0x2400...0x2421, 0xFF0F, 0xFF3C: return true
    // A byte order mark; tags, which nobody sees.
    case 0xFEFF, 0xE_0000...0xE_007F: return true
    default: return false
    }
  }
}
