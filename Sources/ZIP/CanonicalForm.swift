/// Compares an archive with what `ArchiveWriter` would have written: the headers are made again from what was
/// read, and must be the same bytes; entries follow each other without a gap. What is left is the content,
/// which CRCs guard.
struct OwnForm {
  private let limits: ArchiveLimits
  private var directory: [UInt8] = []
  private var entryCount = 0
  private var end = 0

  init(_ limits: ArchiveLimits) { self.limits = limits }

  mutating func add(_ record: DirectoryRecord, _ header: LocalHeader) throws(ZIPError) {
    let modified = Timestamp(seconds: Int(record.lastExtra))
    let expected = EntryHeaders(
      summary: record.summary, offset: record.offset, modified: modified, limits: limits)
    guard record.offset == end, header.bytes == expected.local else {
      throw ZIPError(.malformed, "The local header is damaged, or not the one that was written")
    }
    end = expected.end
    entryCount += 1
    directory += expected.directoryRecord
  }

  func finish(_ place: DirectoryPlace, _ bytes: [UInt8], in file: File) throws(ZIPError) {
    guard place.offset == end, bytes == directory else {
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
