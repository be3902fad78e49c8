/// The directory of an archive, each record checked against its local header, against the others and the
/// rules.
struct Directory {
  let entries: [ArchiveEntry]

  /// Throws `.malformed`, `.unsupported`, `.name`, `.duplicate`, `.limit` and `.system`.
  init(in file: File, rules: ArchiveRules) throws(ZIPError) {
    let place = try DirectoryPlace(in: file, size: try file.size())
    guard place.entryCount <= rules.maximumEntries, place.size <= rules.maximumEntries << 10 else {
      throw ZIPError(.limit, "The archive has more than \(rules.maximumEntries) entries")
    }
    let bytes = try file.bytes(place.size, at: place.offset)
    var fields = ByteFields(bytes)
    var entries: [ArchiveEntry] = []
    var form = rules.own.map { OwnForm($0) }
    var names: Set<String> = []
    for _ in 0..<place.entryCount {
      let record = try DirectoryRecord(from: &fields)
      let name = record.summary.name
      if !rules.allowsDuplicates, !names.insert(name).inserted {
        throw ZIPError(.duplicate, "The name is there twice", entry: name)
      }
      do throws(ZIPError) {
        let header = try LocalHeader(of: record, in: file, directoryOffset: place.offset)
        let entry = try Self.entry(record, header)
        try form?.add(record, header)
        entries.append(entry)
      } catch { throw error.in(name) }
    }
    guard fields.remaining == 0 else {
      throw ZIPError(.malformed, "The directory holds more than its entries")
    }
    try Self.checkOverlaps(entries)
    try form?.finish(place, bytes, in: file)
    self.entries = entries
  }

  private static func entry(_ record: DirectoryRecord, _ header: LocalHeader) throws(ZIPError) -> ArchiveEntry
  {
    let entry = ArchiveEntry(
      summary: record.summary, method: record.method, offset: record.offset,
      contentOffset: header.contentOffset, isMarkedAsOwn: header.reservesRoom)
    if entry.method == EntryMethod.stored, entry.summary.bytes != entry.summary.compressedBytes {
      throw ZIPError(.malformed, "A stored entry has two different sizes")
    }
    if entry.isFolder, entry.summary.bytes > 0 { throw ZIPError(.malformed, "A folder has content") }
    return entry
  }

  /// Entries that share bytes are how a small file claims to hold petabytes.
  private static func checkOverlaps(_ entries: [ArchiveEntry]) throws(ZIPError) {
    var end = 0
    for entry in entries.sorted(by: { $0.offset < $1.offset }) {
      guard entry.offset >= end else {
        throw ZIPError(.malformed, "The entry overlaps another one", entry: entry.name)
      }
      end = entry.end
    }
  }
}
