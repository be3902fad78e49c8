/// An entry as the directory describes it (APPNOTE 4.3.12).
struct DirectoryRecord {
  let summary: EntrySummary
  /// The name as it stands there.
  let nameBytes: ArraySlice<UInt8>
  let flags: UInt16
  let method: UInt16
  /// Where the local header begins.
  let offset: Int
  /// The last four bytes of the extra fields: in our own archives the time of modification.
  let lastExtra: UInt32

  /// Reads the next record. Throws for what this kit cannot read, or will not.
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
    try fields.skip(6)
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
      var wide = WideFields(extra)
      // In this order they stand in the ZIP64 field, those that are needed (APPNOTE 4.5.3).
      let bytes = try wide.value(bytes)
      let compressed = try wide.value(compressed)
      self.offset = try wide.value(offset)
      summary = EntrySummary(
        name: name, bytes: bytes, compressedBytes: compressed, crc32: crc,
        compressedCRC32: Self.compressedCRC(in: extra))
    } catch { throw error.in(name) }
    lastExtra = extra.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Some programs write nonsense into the extra fields; then there is none.
  private static func compressedCRC(in extra: ArraySlice<UInt8>) -> UInt32? {
    var fields = ByteFields(extra)
    while let id = try? fields.uint16(), let count = try? fields.uint16(),
      let content = try? fields.slice(Int(count))
    {
      guard id == ExtraField.compressedCRC else { continue }
      var content = ByteFields(content)
      return try? content.uint32()
    }
    return nil
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
