import Glibc

/// Reads a ZIP that may come from anywhere and say anything.
///
/// `init` checks all records against each other and against the file, in memory bounded by the rules; `read`
/// streams an entry's content and checks it. Methods stored and deflated; no encryption, no several disks.
/// Any thread may read; each read has its own 128 KiB.
package final class ArchiveReader: Sendable {
  /// In the order of the directory.
  package let entries: [ArchiveEntry]

  private let file: File
  private let opened: Descriptor?

  /// Throws `.system` where the file cannot be opened or read, and else what `init(descriptor:rules:)`
  /// throws.
  package convenience init(path: String, rules: ArchiveRules = ArchiveRules()) throws(ZIPError) {
    try self.init(try Descriptor(path: path), rules: rules)
  }

  /// The descriptor stays the caller's, who closes it after the last read.
  package convenience init(descriptor: Int32, rules: ArchiveRules = ArchiveRules()) throws(ZIPError) {
    try self.init(File(descriptor: descriptor), nil, rules)
  }

  private convenience init(_ opened: Descriptor, rules: ArchiveRules) throws(ZIPError) {
    try self.init(File(descriptor: opened.number), opened, rules)
  }

  private init(_ file: File, _ opened: Descriptor?, _ rules: ArchiveRules) throws(ZIPError) {
    self.file = file
    self.opened = opened
    entries = try Directory(in: file, rules: rules).entries
  }

  /// The entry of that name.
  package func entry(named name: String) -> ArchiveEntry? { entries.first { $0.name == name } }

  /// Hands the content to `body`, at most 64 KiB at a time, and afterwards checks size and CRC. Throws what
  /// `body` throws; `.damaged` where the content is not what the directory says, for a larger one before the
  /// first byte too many is handed over.
  package func read(_ entry: ArchiveEntry, _ body: (Span<UInt8>) throws -> Void) throws {
    var check = ContentCheck(entry.summary)
    if entry.method == EntryMethod.stored {
      try file.read(from: entry.contentOffset, to: entry.end) { bytes in
        check.add(compressed: bytes)
        try check.add(bytes)
        try body(bytes)
      }
    } else {
      let inflater = try Inflater(entry: entry.name)
      try file.read(from: entry.contentOffset, to: entry.end) { bytes in
        check.add(compressed: bytes)
        try inflater.add(bytes) { content in
          try check.add(content)
          try body(content)
        }
      }
      try inflater.finish()
    }
    try check.finish()
  }
}
