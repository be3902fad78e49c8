/// The names that an archive may hold: relative paths with `/` that every system unpacks to the same place.
enum EntryName {
  /// Checks a name. A slash at the end makes it a folder.
  /// - Throws: `name` for one that is empty, is longer than 65,535 bytes, holds control characters or a
  ///   backslash, begins with a root or a drive, or has `.`, `..` or nothing between two slashes.
  static func check(_ name: String) throws(ZIPError) {
    if name.isEmpty { throw ZIPError(.name, "An entry has an empty name") }
    if name.utf8.count > 0xFFFF { throw ZIPError(.name, "An entry's name is longer than 65,535 bytes") }
    if name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      throw ZIPError(.name, "The name holds a control character", entry: printable(name))
    }
    if name.utf8.contains(UInt8(ascii: "\\")) {
      throw ZIPError(.name, "The name holds a backslash", entry: name)
    }
    if name.hasPrefix("/") || hasDrive(name) {
      throw ZIPError(.name, "The name is an absolute path", entry: name)
    }
    var parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    if parts.last?.isEmpty == true { parts.removeLast() }
    for part in parts where part.isEmpty || part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) {
      throw ZIPError(.name, "The name leads out of its folder or is not in its shortest form", entry: name)
    }
  }

  private static func hasDrive(_ name: String) -> Bool {
    let start = Array(name.utf8.prefix(2))
    guard start.count == 2, start[1] == UInt8(ascii: ":") else { return false }
    return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(start[0] & 0xDF)
  }

  /// Fit for a message on one line.
  private static func printable(_ name: String) -> String {
    String(
      String.UnicodeScalarView(name.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }))
  }
}
