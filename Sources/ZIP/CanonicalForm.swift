/// Compares an archive with what `ArchiveWriter` would have written: makes the records again from what was
/// read, and refuses any other bytes, and any gap between entries. Only the content is left, which the CRCs
/// protect.
struct CanonicalForm {
  private let limits: ArchiveLimits
  private var directory: [UInt8] = []
  private var entryCount = 0
  private var end = 0

  init(_ limits: ArchiveLimits) { self.limits = limits }

  /// Checks the next entry.
  /// - Parameters:
  ///   - offset: where its local header begins.
  ///   - modified: in seconds since 1970, as the directory holds it.
  ///   - localHeader: its bytes.
  /// - Throws: `malformed`.
  mutating func add(
    _ summary: EntrySummary, at offset: Int, modified: UInt32, localHeader: [UInt8]
  ) throws(ZIPError) {
    let expected = EntryHeaders(
      summary: summary, offset: offset, modified: Timestamp(.seconds(modified)), limits: limits)
    guard offset == end, localHeader == expected.local else {
      throw ZIPError(.malformed, "The local header is damaged, or not the one that was written")
    }
    end = expected.end
    entryCount += 1
    directory += expected.directoryRecord
  }

  /// Checks the directory and what follows it, after all entries.
  /// - Throws: `malformed` or `system`.
  func finish(directory bytes: [UInt8], at offset: Int, in file: ArchiveFile) throws(ZIPError) {
    guard offset == end, bytes == directory else {
      throw ZIPError(.malformed, "The directory is damaged, or not the one that was written")
    }
    let expected = EndRecords(
      entryCount: entryCount, directoryOffset: end, directorySize: bytes.count, limits: limits
    ).encoded
    let start = end + bytes.count
    guard try file.size() == start + expected.count, try file.bytes(expected.count, at: start) == expected
    else { throw ZIPError(.malformed, "The end record is damaged, or not the one that was written") }
  }
}
