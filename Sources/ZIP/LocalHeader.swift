/// The header in front of an entry's content (APPNOTE 4.3.7), which has to say what the directory says.
struct LocalHeader {
  /// All of it, with name and extra fields.
  let bytes: [UInt8]
  /// Where the content begins.
  let contentOffset: Int
  /// Whether the extra fields begin with the room that `EntryHeaders` reserves.
  let reservesRoom: Bool

  private static let fixedSize = 30
  /// The field's id, its size, and Microsoft's mark in it.
  private static let room: [UInt8] = [0x20, 0xA2, 16, 0, 0x28, 0xA0]

  /// Reads the header that `record` points to. Throws where the two contradict each other.
  init(of record: DirectoryRecord, in file: File, directoryOffset: Int) throws(ZIPError) {
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
