/// One entry as its local header and its record in the directory describe it.
struct EntryHeaders {
  let summary: EntrySummary
  /// Where the local header begins.
  let offset: Int
  let modified: Timestamp
  let limits: ArchiveLimits

  /// A regular file, rw-r--r--, as Unix has it in the upper half.
  private static let attributes: UInt32 = 0o100644 << 16
  private static let madeOnUnix: UInt16 = 3 << 8

  /// How long the local header is, whatever the sizes turn out to be.
  static func localSize(name: String) -> Int { 30 + name.utf8.count + 20 + 9 }

  /// Where the next local header, or the directory, begins.
  var end: Int { offset + Self.localSize(name: summary.name) + summary.compressedBytes }

  private var needsZIP64: Bool { summary.bytes >= limits.bytes || summary.compressedBytes >= limits.bytes }

  /// The first 20 bytes of extra fields are the sizes in ZIP64 if they need it, else an equally long field
  /// without meaning: so the header's length is known before the sizes are.
  var local: [UInt8] {
    var bytes = LittleEndian(capacity: Self.localSize(name: summary.name))
    bytes.add(Signature.localHeader)
    bytes.add(needsZIP64 ? 45 : 20 as UInt16)
    appendCommon(to: &bytes)
    bytes.add(UInt16(29))
    bytes.add(summary.name)
    if needsZIP64 {
      bytes.add(ExtraField.zip64)
      bytes.add(UInt16(16))
      bytes.add(UInt64(summary.bytes))
      bytes.add(UInt64(summary.compressedBytes))
    } else {
      bytes.add(ExtraField.room)
      bytes.add(UInt16(16))
      bytes.add(ExtraField.roomMark)
      bytes.add(UInt16(0))
      bytes.add(UInt32(0))
      bytes.add(UInt64(0))
    }
    appendTimestamp(to: &bytes)
    return bytes.bytes
  }

  var directoryRecord: [UInt8] {
    let farAway = offset >= limits.bytes
    let version: UInt16 = needsZIP64 || farAway ? 45 : 20
    let zip64Count = (needsZIP64 ? 16 : 0) + (farAway ? 8 : 0)
    var bytes = LittleEndian(capacity: 46 + summary.name.utf8.count + 4 + zip64Count + 8 + 9)
    bytes.add(Signature.directoryRecord)
    bytes.add(Self.madeOnUnix | version)
    bytes.add(version)
    appendCommon(to: &bytes)
    let crcCount = summary.compressedCRC32 == nil ? 0 : 8
    bytes.add(UInt16((zip64Count > 0 ? 4 + zip64Count : 0) + crcCount + 9))
    bytes.add(UInt16(0))  // comment
    bytes.add(UInt16(0))  // disk
    bytes.add(UInt16(0))  // internal attributes
    bytes.add(Self.attributes)
    bytes.add(farAway ? UInt32.max : UInt32(offset))
    bytes.add(summary.name)
    if zip64Count > 0 {
      bytes.add(ExtraField.zip64)
      bytes.add(UInt16(zip64Count))
      if needsZIP64 {
        bytes.add(UInt64(summary.bytes))
        bytes.add(UInt64(summary.compressedBytes))
      }
      if farAway { bytes.add(UInt64(offset)) }
    }
    if let crc = summary.compressedCRC32 {
      bytes.add(ExtraField.compressedCRC)
      bytes.add(UInt16(4))
      bytes.add(crc)
    }
    appendTimestamp(to: &bytes)
    return bytes.bytes
  }

  /// From the flags to the length of the name, which both records have alike.
  private func appendCommon(to bytes: inout LittleEndian) {
    bytes.add(EntryFlags.utf8)
    bytes.add(EntryMethod.deflated)
    bytes.add(modified.dosTime)
    bytes.add(modified.dosDate)
    bytes.add(summary.crc32)
    bytes.add(needsZIP64 ? UInt32.max : UInt32(summary.compressedBytes))
    bytes.add(needsZIP64 ? UInt32.max : UInt32(summary.bytes))
    bytes.add(UInt16(summary.name.utf8.count))
  }

  /// Info-ZIP's extended timestamp with the time of modification alone.
  private func appendTimestamp(to bytes: inout LittleEndian) {
    bytes.add(ExtraField.timestamp)
    bytes.add(UInt16(5))
    bytes.add(UInt8(1))
    bytes.add(modified.seconds)
  }
}
