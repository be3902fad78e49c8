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
    let content = try content(of: entry)
    while try content.next(body) {}
  }

  /// The content for whoever reads it beside something else, a piece at a time.
  package func content(of entry: ArchiveEntry) throws(ZIPError) -> EntryContent {
    try EntryContent(entry, in: file, opened)
  }
}

/// The content of an entry that is being read.
package final class EntryContent {
  private let file: ArchiveFile
  /// Keeps the file open.
  private let opened: OpenedFile?
  private let inflater: Inflater?
  private var check: ContentCheck
  private var offset: Int
  private let end: Int

  fileprivate init(_ entry: ArchiveEntry, in file: ArchiveFile, _ opened: OpenedFile?) throws(ZIPError) {
    self.file = file
    self.opened = opened
    inflater = entry.method == EntryMethod.stored ? nil : try Inflater(entry: entry.name)
    check = ContentCheck(entry.summary)
    offset = entry.contentOffset
    end = entry.end
  }

  /// Hands over what the next 64 KiB of the file hold, in any number of pieces; after the last ones, checks size and CRC.
  /// - Returns: false once there is no more.
  /// - Throws: as `ArchiveReader.read`.
  package func next(_ body: (Span<UInt8>) throws -> Void) throws -> Bool {
    guard offset < end else {
      try inflater?.finish()
      try check.finish()
      return false
    }
    let bytes = try file.bytes(min(64 << 10, end - offset), at: offset)
    offset += bytes.count
    try add(bytes.span, body)
    return true
  }

  private func add(_ bytes: Span<UInt8>, _ body: (Span<UInt8>) throws -> Void) throws {
    check.add(compressed: bytes)
    guard let inflater else {
      try check.add(bytes)
      return try body(bytes)
    }
    try inflater.add(bytes) { content in
      try check.add(content)
      try body(content)
    }
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
