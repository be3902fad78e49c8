import Foundation

/// What a document can be called.
enum DocumentName {
  /// The last part of a path of any system, in NFC, without what turns text or controls a terminal.
  ///
  /// - Returns: nil where that shows nothing, or is longer than `TextLimit.fileName`.
  static func valid(_ text: String) -> String? {
    let last = text.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    let shown = Wording.unturned(last).unicodeScalars.filter { $0.properties.generalCategory != .control }
    let name = String(String.UnicodeScalarView(shown)).precomposedStringWithCanonicalMapping
    return Name.isSeen(name) && TextLimit.fileName.allows(name) ? name : nil
  }

  /// The ending with its dot, as `.pdf`; empty where there is none.
  static func ending(of name: String) -> Substring {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return name[dot...]
  }

  /// The name of a document that another file replaces: its own, with the file's ending where that is
  /// another.
  static func replacing(_ name: String, by file: String) -> String {
    let (own, other) = (ending(of: name), ending(of: file))
    return own.lowercased() == other.lowercased()
      ? name : valid(String(name.dropLast(own.count)) + other) ?? name
  }
}
