import Secrets
import ZIP

/// The entries of an archive that is being written, each with its SHA-256: all that goes into the archive comes through
/// here, so that the manifest lists it.
final class ArchiveEntries {
  private let writer: ArchiveWriter
  private var hash = SHA256()
  private var name = ""
  /// A line for each entry that was ended, in their order.
  private(set) var manifest = Manifest()

  init(_ writer: ArchiveWriter) {
    self.writer = writer
  }

  /// The SHA-256 of what was written into the open entry so far.
  var digest: [UInt8] { hash.finish() }

  /// - Throws: as `ArchiveWriter.begin`, and so do the others.
  func begin(_ name: String, isStored: Bool = false) throws(ZIPError) {
    try writer.begin(name, isStored: isStored)
    self.name = name
    hash = SHA256()
  }

  func write(_ bytes: Span<UInt8>) throws(ZIPError) {
    hash.update(bytes)
    try writer.write(bytes)
  }

  func end() throws(ZIPError) {
    try writer.endEntry()
    manifest.lines.append(.init(name: name, sha256: digest))
  }

  /// Takes back the entry that is open.
  func drop() throws(ZIPError) {
    try writer.dropEntry()
  }

  /// A whole entry.
  func add(_ name: String, _ bytes: [UInt8]) throws(ZIPError) {
    try begin(name)
    try write(bytes.span)
    try end()
  }

  /// What was written so far, as it is in the file.
  func summaries() throws(ZIPError) -> [EntrySummary] {
    try writer.entries()
  }
}
