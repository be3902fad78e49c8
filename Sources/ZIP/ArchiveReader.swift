import Glibc
import System

/// Reads a ZIP that may come from anywhere and hold anything.
///
/// `init` checks all records against each other and against the file, in memory bounded by the rules; `read`
/// streams an entry's content and checks it. Content may be stored or deflated, but neither encrypted nor
/// spread over several disks. Any thread may read; each read takes 128 KiB of its own.
package final class ArchiveReader: Sendable {
  /// In the order of the directory.
  package let entries: [ArchiveEntry]

  private let file: ArchiveFile
  private let opened: OpenedFile?

  /// - Throws: `system` where the file can't be opened; what `init(descriptor:rules:)` throws.
  package convenience init(path: String, rules: ArchiveRules = ArchiveRules()) throws(ZIPError) {
    try self.init(try OpenedFile(path: path), rules: rules)
  }

  /// The caller keeps the descriptor, and closes it after the last read.
  /// - Throws: `malformed`, `unsupported`, `name`, `duplicate` or `limit` for what the rules don't accept;
  ///   `system`.
  package convenience init(descriptor: Int32, rules: ArchiveRules = ArchiveRules()) throws(ZIPError) {
    try self.init(ArchiveFile(descriptor: descriptor), nil, rules)
  }

  /// An archive that is an entry of another one, read where it lies.
  /// - Returns: nil where the entry is deflated.
  /// - Throws: what `init(descriptor:rules:)` throws.
  package convenience init?(
    _ entry: ArchiveEntry, of outer: ArchiveReader, rules: ArchiveRules = ArchiveRules()
  ) throws(ZIPError) {
    guard entry.method == EntryMethod.stored else { return nil }
    try self.init(outer.file.part(entry.contentOffset..<entry.end), outer.opened, rules)
  }

  private convenience init(_ opened: OpenedFile, rules: ArchiveRules) throws(ZIPError) {
    try self.init(ArchiveFile(descriptor: opened.descriptor), opened, rules)
  }

  private init(_ file: ArchiveFile, _ opened: OpenedFile?, _ rules: ArchiveRules) throws(ZIPError) {
    self.file = file
    self.opened = opened
    entries = try DirectoryReader(file, rules: rules).entries
  }

  /// The entry of that name.
  package func entry(named name: String) -> ArchiveEntry? { entries.first { $0.name.isSame(as: name) } }

  /// Hands the content to `body`, at most 64 KiB at a time, and then checks its size and CRC.
  /// - Throws: `damaged` where the content is not what the directory says, and if it is too large, before
  ///   `body` gets the first byte too many; `malformed` or `system`; what `body` throws.
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

/// An entry of an archive that is being read.
package struct ArchiveEntry: Equatable, Sendable {
  /// What the directory says; `ArchiveReader.read` checks it against the content.
  package let summary: EntrySummary
  let method: UInt16
  /// Where the local header and the content begin.
  let offset: Int
  let contentOffset: Int
  /// Whether its local header reserves room as `ArchiveWriter` does, and hardly any other program: tells a
  /// damaged archive of ours from one that another program has packed again.
  package let reservesRoom: Bool

  package var name: String { summary.name }
  /// A folder has no content.
  package var isFolder: Bool { summary.name.hasSuffix("/") }
  var end: Int { contentOffset + summary.compressedBytes }
}

/// What an `ArchiveReader` accepts.
package struct ArchiveRules: Equatable, Sendable {
  package enum Form: Equatable, Sendable {
    /// What any program writes.
    case any
    /// Byte for byte the form that `ArchiveWriter` gives an archive, with nothing before, between or after.
    /// The limits are those that it was written with.
    case canonical(ArchiveLimits)
  }

  let form: Form
  /// An archive with more entries is refused; the directory may hold 1 KiB for each.
  let maximumEntries: Int
  /// Whether a name may appear twice.
  let allowsDuplicates: Bool

  package init(form: Form = .any, maximumEntries: Int = 65_536, allowsDuplicates: Bool = false) {
    self.form = form
    self.maximumEntries = maximumEntries
    self.allowsDuplicates = allowsDuplicates
  }
}

/// A file opened for reading, closed with this value.
private final class OpenedFile: Sendable {
  let descriptor: Int32

  init(path: String) throws(ZIPError) {
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ZIPError("The archive could not be opened", SystemError("open", path))
    }
  }

  deinit { close(descriptor) }
}

/// Compares an entry's content with what the directory says of it.
private struct ContentCheck {
  private let summary: EntrySummary
  private var count = 0
  private var crc = CRC32()
  private var compressedCRC = CRC32()

  init(_ summary: EntrySummary) { self.summary = summary }

  mutating func add(compressed bytes: Span<UInt8>) {
    if summary.compressedCRC32 != nil { compressedCRC.add(bytes) }
  }

  mutating func add(_ bytes: Span<UInt8>) throws(ZIPError) {
    guard bytes.count <= summary.bytes - count else {
      throw damaged("The content is larger than the directory says")
    }
    count += bytes.count
    crc.add(bytes)
  }

  func finish() throws(ZIPError) {
    guard count == summary.bytes else { throw damaged("The content is smaller than the directory says") }
    guard crc.value == summary.crc32 else {
      throw damaged("The content does not have the CRC-32 of the directory")
    }
    guard summary.compressedCRC32 == nil || summary.compressedCRC32 == compressedCRC.value else {
      throw damaged("The compressed content is not the one that was written (CRC-32)")
    }
  }

  private func damaged(_ message: String) -> ZIPError { ZIPError(.damaged, message, entry: summary.name) }
}
