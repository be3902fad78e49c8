/// Reads the directory of an archive, and checks each record against its local header, the others and the
/// rules.
struct DirectoryReader {
  let entries: [ArchiveEntry]

  /// - Throws: `malformed`, `unsupported`, `name`, `duplicate`, `limit` or `system`.
  init(_ file: ArchiveFile, rules: ArchiveRules) throws(ZIPError) {
    let place = try DirectoryPlace(in: file, size: try file.size())
    guard place.entryCount <= rules.maximumEntries, place.size <= rules.maximumEntries << 10 else {
      throw ZIPError(.limit, "The archive has more than \(rules.maximumEntries) entries")
    }
    let bytes = try file.bytes(place.size, at: place.offset)
    var fields = ByteFields(bytes)
    var entries: [ArchiveEntry] = []
    var form: CanonicalForm?
    if case .canonical(let limits) = rules.form { form = CanonicalForm(limits) }
    var names: Set<[UInt8]> = []
    for _ in 0..<place.entryCount {
      let record = try DirectoryRecord(from: &fields)
      let name = record.summary.name
      if !rules.allowsDuplicates, !names.insert(Array(record.nameBytes)).inserted {
        throw ZIPError(.duplicate, "The name appears twice", entry: name)
      }
      do throws(ZIPError) {
        let header = try LocalHeader(of: record, in: file, directoryOffset: place.offset)
        let entry = try Self.entry(record, header)
        try form?.add(
          record.summary, at: record.offset, modified: record.lastExtra, localHeader: header.bytes)
        entries.append(entry)
      } catch { throw error.in(name) }
    }
    guard fields.remaining == 0 else {
      throw ZIPError(.malformed, "The directory holds more than its entries")
    }
    try Self.checkOverlaps(entries)
    try form?.finish(directory: bytes, at: place.offset, in: file)
    self.entries = entries
  }

  private static func entry(_ record: DirectoryRecord, _ header: LocalHeader) throws(ZIPError) -> ArchiveEntry
  {
    let entry = ArchiveEntry(
      summary: record.summary, method: record.method, offset: record.offset,
      contentOffset: header.contentOffset, reservesRoom: header.reservesRoom)
    if entry.method == EntryMethod.stored, entry.summary.bytes != entry.summary.compressedBytes {
      throw ZIPError(.malformed, "A stored entry has two different sizes")
    }
    if entry.method == EntryMethod.deflated,
      entry.summary.bytes / EntryMethod.largestExpansion > entry.summary.compressedBytes
    {
      throw ZIPError(.malformed, "The entry claims to be larger than its compressed bytes can be")
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

/// Where the directory is, as the records at the file's end say (APPNOTE 4.3.14 to 4.3.16).
private struct DirectoryPlace {
  let offset: Int
  let size: Int
  let entryCount: Int

  private static let endSize = 22
  private static let locatorSize = 20
  private static let end64Size = 56

  /// Finds it. Only a comment may follow the end record.
  init(in file: ArchiveFile, size fileSize: Int) throws(ZIPError) {
    let tailStart = max(0, fileSize - Self.endSize - 0xFFFF)
    let tail = try file.bytes(fileSize - tailStart, at: tailStart)
    guard let start = Self.endRecord(in: tail) else {
      throw ZIPError(.malformed, "There is no end record: the file is not a ZIP, or it is cut off")
    }
    var fields = ByteFields(tail[start...])
    try fields.skip(4)
    let disks = (try fields.uint16(), try fields.uint16())
    let counts = (try fields.uint16(), try fields.uint16())
    let size = try fields.uint32()
    let offset = try fields.uint32()

    var end = tailStart + start
    if let end64 = try Self.end64(in: file, before: end) {
      // A field that is not all ones must hold the same in both records.
      guard counts.1 == 0xFFFF || Int(counts.1) == end64.entryCount,
        size == .max || Int(size) == end64.size, offset == .max || Int(offset) == end64.offset
      else { throw ZIPError(.malformed, "The two end records contradict each other") }
      self = end64
      end = end - Self.locatorSize - Self.end64Size
    } else {
      guard disks == (0, 0), counts.0 == counts.1 else { throw Self.severalDisks }
      self.init(offset: Int(offset), size: Int(size), entryCount: Int(counts.1))
    }
    guard self.size <= end, self.offset == end - self.size else {
      throw ZIPError(.malformed, "The directory does not end where the end record begins")
    }
  }

  private init(offset: Int, size: Int, entryCount: Int) {
    self.offset = offset
    self.size = size
    self.entryCount = entryCount
  }

  /// The last place with the signature and a comment that reaches exactly to the end.
  private static func endRecord(in tail: [UInt8]) -> Int? {
    var start = tail.count - endSize
    while start >= 0 {
      if tail[start] == 0x50, tail[start + 1] == 0x4B, tail[start + 2] == 5, tail[start + 3] == 6 {
        let comment = Int(tail[start + 20]) | Int(tail[start + 21]) << 8
        if start + endSize + comment == tail.count { return start }
      }
      start -= 1
    }
    return nil
  }

  /// What the ZIP64 end record says, if a locator for one precedes the end record.
  private static func end64(in file: ArchiveFile, before end: Int) throws(ZIPError) -> DirectoryPlace? {
    guard end >= locatorSize + end64Size else { return nil }
    var locator = ByteFields(try file.bytes(locatorSize, at: end - locatorSize))
    guard try locator.uint32() == Signature.locator64 else { return nil }
    guard try locator.uint32() == 0 else { throw severalDisks }
    let start = try locator.count64()
    guard try locator.uint32() <= 1 else { throw severalDisks }
    guard start == end - locatorSize - end64Size else {
      throw ZIPError(.malformed, "The ZIP64 end record is not where its locator says")
    }
    var fields = ByteFields(try file.bytes(end64Size, at: start))
    guard try fields.uint32() == Signature.end64, try fields.count64() == end64Size - 12 else {
      throw ZIPError(.malformed, "The ZIP64 end record is damaged")
    }
    try fields.skip(4)
    guard try fields.uint32() == 0, try fields.uint32() == 0 else { throw severalDisks }
    let counts = (try fields.count64(), try fields.count64())
    guard counts.0 == counts.1 else { throw severalDisks }
    let size = try fields.count64()
    return DirectoryPlace(offset: try fields.count64(), size: size, entryCount: counts.0)
  }

  private static let severalDisks = ZIPError(.unsupported, "The archive is spread over several disks")
}

/// An entry as the directory describes it (APPNOTE 4.3.12).
private struct DirectoryRecord {
  let summary: EntrySummary
  /// The name as in the record.
  let nameBytes: ArraySlice<UInt8>
  let flags: UInt16
  let method: UInt16
  /// Where the local header begins.
  let offset: Int
  /// The last four bytes of the extra fields: in our own archives the time of modification.
  let lastExtra: UInt32

  /// Reads the next record.
  /// - Throws: `malformed`, `unsupported` or `name`, for what this kit can't or won't read.
  init(from fields: inout ByteFields) throws(ZIPError) {
    guard try fields.uint32() == Signature.directoryRecord else {
      throw ZIPError(.malformed, "The directory is damaged")
    }
    try fields.skip(4)
    flags = try fields.uint16()
    method = try fields.uint16()
    try fields.skip(4)
    let crc = try fields.uint32()
    let compressed = try fields.uint32()
    let bytes = try fields.uint32()
    let nameCount = Int(try fields.uint16())
    let extraCount = Int(try fields.uint16())
    let commentCount = Int(try fields.uint16())
    let disk = try fields.uint16()
    try fields.skip(2)
    let attributes = try fields.uint32()
    let offset = try fields.uint32()
    nameBytes = try fields.slice(nameCount)
    let extra = try fields.slice(extraCount)
    try fields.skip(commentCount)

    guard let name = String(validating: nameBytes, as: UTF8.self) else {
      throw ZIPError(.name, "The name is not UTF-8", entry: String(decoding: nameBytes, as: UTF8.self))
    }
    try EntryName.check(name)
    if let reason = Self.unsupported(flags: flags, method: method, disk: disk) {
      throw ZIPError(.unsupported, reason, entry: name)
    }
    do throws(ZIPError) {
      try ExtraFields.check(type: attributes >> 28)
      let extraFields = ExtraFields(extra)
      try extraFields.check(ofEntry: nameBytes)
      var wide = WideFields(extra)
      // The ZIP64 field holds, in this order, those that need it (APPNOTE 4.5.3).
      let bytes = try wide.value(bytes)
      let compressed = try wide.value(compressed)
      self.offset = try wide.value(offset)
      summary = EntrySummary(
        name: name, bytes: bytes, compressedBytes: compressed, crc32: crc,
        compressedCRC32: extraFields.compressedCRC, isStored: method == EntryMethod.stored)
    } catch { throw error.in(name) }
    lastExtra = extra.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func unsupported(flags: UInt16, method: UInt16, disk: UInt16) -> String? {
    if flags & EntryFlags.encrypted != 0 { return "The entry is encrypted" }
    if flags & EntryFlags.patch != 0 { return "The entry is a patch to another one" }
    if method != EntryMethod.stored, method != EntryMethod.deflated {
      return "The entry is compressed in a way that this reader does not know (method \(method))"
    }
    if disk != 0 { return "The archive is spread over several disks" }
    return nil
  }
}

/// The header in front of an entry's content (APPNOTE 4.3.7), which must agree with the directory.
private struct LocalHeader {
  /// All of it, with name and extra fields.
  let bytes: [UInt8]
  /// Where the content begins.
  let contentOffset: Int
  /// Whether the extra fields begin with the room that `EntryHeaders` reserves.
  let reservesRoom: Bool

  private static let fixedSize = 30
  /// The field's id, its size, and Microsoft's mark in it.
  private static let room: [UInt8] = [0x20, 0xA2, 16, 0, 0x28, 0xA0]

  /// Reads the header that `record` points to.
  /// - Throws: `malformed` where the two contradict each other; `system`.
  init(of record: DirectoryRecord, in file: ArchiveFile, directoryOffset: Int) throws(ZIPError) {
    let contradiction = ZIPError(.malformed, "The local header contradicts the directory")
    let room = directoryOffset - record.offset
    guard room >= Self.fixedSize else {
      throw ZIPError(.malformed, "The directory points outside the archive's content")
    }
    let fixed = try file.bytes(Self.fixedSize, at: record.offset)
    var fields = ByteFields(fixed)
    guard try fields.uint32() == Signature.localHeader else {
      throw ZIPError(.malformed, "There is no local header where the directory points")
    }
    try fields.skip(2)
    let flags = try fields.uint16()
    let method = try fields.uint16()
    try fields.skip(4)
    let crc = try fields.uint32()
    let compressed = try fields.uint32()
    let bytes = try fields.uint32()
    let nameCount = Int(try fields.uint16())
    let extraCount = Int(try fields.uint16())
    let size = Self.fixedSize + nameCount + extraCount
    guard size <= room, record.summary.compressedBytes <= room - size else {
      throw ZIPError(.malformed, "The entry does not fit before the directory")
    }
    let rest = try file.bytes(nameCount + extraCount, at: record.offset + Self.fixedSize)
    guard method == record.method, flags & EntryFlags.encrypted == record.flags & EntryFlags.encrypted,
      rest.prefix(nameCount) == record.nameBytes
    else { throw contradiction }
    try ExtraFields(rest[nameCount...]).check(ofEntry: record.nameBytes)
    if flags & EntryFlags.describedAfter == 0 {
      var wide = WideFields(rest[nameCount...])
      let bytes = try wide.value(bytes)
      let compressed = try wide.value(compressed)
      guard crc == record.summary.crc32, bytes == record.summary.bytes,
        compressed == record.summary.compressedBytes
      else { throw contradiction }
    }
    self.bytes = fixed + rest
    contentOffset = record.offset + size
    reservesRoom = rest.dropFirst(nameCount).starts(with: Self.room)
  }
}

/// The extra fields of a record, up to where one is cut off: some programs write nonsense there (APPNOTE 4.5).
private struct ExtraFields {
  private var fields: [(id: UInt16, content: ArraySlice<UInt8>)] = []

  init(_ extra: ArraySlice<UInt8>) {
    var rest = ByteFields(extra)
    while let id = try? rest.uint16(), let count = try? rest.uint16(),
      let content = try? rest.slice(Int(count))
    {
      fields.append((id, content))
    }
  }

  var compressedCRC: UInt32? {
    guard let field = fields.first(where: { $0.id == ExtraField.compressedCRC }) else { return nil }
    var content = ByteFields(field.content)
    return try? content.uint32()
  }

  /// Refuses what makes another thing of the entry than its name and its attributes say: other programs would unpack
  /// another file than the one that is read here.
  /// - Throws: `name` or `unsupported`.
  func check(ofEntry name: ArraySlice<UInt8>) throws(ZIPError) {
    for field in fields {
      // Behind a version and a CRC-32 (APPNOTE 4.6.9).
      if field.id == ExtraField.unicodePath, field.content.dropFirst(5) != name {
        throw ZIPError(.name, "The entry has a second name, in a Unicode Path field")
      }
      if field.id == ExtraField.asiUnix, field.content.count >= 6 {
        try Self.check(type: UInt32(field.content[field.content.startIndex + 5]) >> 4)
      }
    }
  }

  /// - Parameter type: the highest four bits of a file's mode, as Unix has it; 0 where nothing is said.
  /// - Throws: `unsupported` for a link, a device and the like.
  static func check(type: UInt32) throws(ZIPError) {
    guard [0, 0o10, 0o4].contains(type) else {
      throw ZIPError(.unsupported, "The entry is neither a file nor a folder")
    }
  }
}

/// The 64-bit numbers of a record, whose own fields for them have 32 bits (APPNOTE 4.5.3).
private struct WideFields {
  private let extra: ArraySlice<UInt8>
  private var zip64: ByteFields?

  /// - Parameter extra: the record's extra fields.
  init(_ extra: ArraySlice<UInt8>) { self.extra = extra }

  /// The number itself or, where it is all ones, the next one of the ZIP64 field; call it in the order of
  /// that field. Other extra fields are ignored: some programs write nonsense there.
  mutating func value(_ narrow: UInt32) throws(ZIPError) -> Int {
    guard narrow == .max else { return Int(narrow) }
    var field: ByteFields
    if let zip64 { field = zip64 } else { field = try find() }
    let value = try field.count64()
    zip64 = field
    return value
  }

  private func find() throws(ZIPError) -> ByteFields {
    var fields = ByteFields(extra)
    while fields.remaining >= 4 {
      let id = try fields.uint16()
      let content = try fields.slice(Int(try fields.uint16()))
      if id == ExtraField.zip64 { return ByteFields(content) }
    }
    throw ZIPError(.malformed, "A size or offset should stand in a ZIP64 field, and there is none")
  }
}

/// Reads little-endian numbers one after another; where bytes are missing it throws `malformed`.
private struct ByteFields {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  var remaining: Int { bytes.endIndex - position }

  mutating func uint16() throws(ZIPError) -> UInt16 { UInt16(try number(2)) }
  mutating func uint32() throws(ZIPError) -> UInt32 { UInt32(try number(4)) }

  /// 64 bits that count bytes, entries or positions: none of these can be beyond `Int`.
  mutating func count64() throws(ZIPError) -> Int {
    guard let count = Int(exactly: try number(8)) else {
      throw ZIPError(.malformed, "A 64-bit size or offset is impossibly large")
    }
    return count
  }

  mutating func slice(_ count: Int) throws(ZIPError) -> ArraySlice<UInt8> {
    guard count <= remaining else { throw ZIPError(.malformed, "A header is cut off") }
    position += count
    return bytes[position - count..<position]
  }

  mutating func skip(_ count: Int) throws(ZIPError) { _ = try slice(count) }

  private mutating func number(_ count: Int) throws(ZIPError) -> UInt64 {
    try slice(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
