/// The file of an archive that is being written: compressed chunks in order, headers, directory.
///
/// A local header precedes its content and holds the content's size and CRC. So room is left for it, and it
/// is written after the entry's last chunk. The CRC of the whole file is joined in the order of the file, not
/// of the writing. The ring makes sure that one thread at a time uses it.
final class ArchiveOutput {
  private let file: ArchiveFile
  private let modified: Timestamp
  private let limits: ArchiveLimits
  private(set) var entries: [EntryHeaders] = []

  /// Where the next byte goes.
  private var offset = 0
  private var crc = CRC32()

  // The entry that is being written.
  private var isOpen = false
  private var start = 0
  private var bytes = 0
  private var contentCRC = CRC32()
  private var compressedCRC = CRC32()

  init(file: ArchiveFile, modified: Timestamp, limits: ArchiveLimits) {
    self.file = file
    self.modified = modified
    self.limits = limits
  }

  /// Writes a compressed chunk, and the entry's header after its last chunk.
  func append(_ chunk: Chunk) throws(ZIPError) {
    if chunk.isFirst { begin(chunk.entry) }
    try file.write(chunk.compressed, at: offset)
    offset += chunk.compressedCount
    bytes += chunk.count
    contentCRC.add(crc: chunk.crc, count: chunk.count)
    compressedCRC.add(crc: chunk.compressedCRC, count: chunk.compressedCount)
    if chunk.isLast { try end(chunk) }
  }

  /// Takes back what there is of an entry that has not ended.
  func dropEntry() throws(ZIPError) {
    guard isOpen else { return }
    try file.truncate(to: start)
    offset = start
    isOpen = false
  }

  /// Writes the directory; all entries have been written.
  func finish() throws(ZIPError) -> ArchiveSummary {
    let directoryOffset = offset
    var directory: [UInt8] = []
    for entry in entries { directory.append(contentsOf: entry.directoryRecord) }
    let end = EndRecords(
      entryCount: entries.count, directoryOffset: directoryOffset, directorySize: directory.count,
      limits: limits)
    directory.append(contentsOf: end.encoded)
    try file.write(directory.span, at: offset)
    crc.add(directory.span)
    offset += directory.count
    return ArchiveSummary(size: offset, crc32: crc.value, entries: entries.map(\.summary))
  }

  private func begin(_ name: String) {
    isOpen = true
    start = offset
    offset += EntryHeaders.localSize(name: name)
    bytes = 0
    contentCRC = CRC32()
    compressedCRC = CRC32()
  }

  private func end(_ chunk: Chunk) throws(ZIPError) {
    let name = chunk.entry
    let contentStart = start + EntryHeaders.localSize(name: name)
    let entry = EntryHeaders(
      summary: EntrySummary(
        name: name, bytes: bytes, compressedBytes: offset - contentStart, crc32: contentCRC.value,
        compressedCRC32: chunk.isStored ? nil : compressedCRC.value, isStored: chunk.isStored),
      offset: start, modified: modified, limits: limits)
    let header = entry.local
    try file.write(header.span, at: start)
    crc.add(header.span)
    crc.add(crc: compressedCRC.value, count: entry.summary.compressedBytes)
    entries.append(entry)
    isOpen = false
  }
}
