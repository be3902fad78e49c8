// The records around the content, as PKWARE's APPNOTE.TXT 6.3.10 has them (chapters 4.3 and 4.5). All numbers are
// little-endian. `ArchiveOutput` writes these bytes, and the strict reader makes them again and compares.

enum Signature {
  static let localHeader: UInt32 = 0x0403_4B50
  static let directoryRecord: UInt32 = 0x0201_4B50
  static let end: UInt32 = 0x0605_4B50
  static let end64: UInt32 = 0x0606_4B50
  static let locator64: UInt32 = 0x0706_4B50
}

enum ExtraField {
  static let zip64: UInt16 = 0x0001
  static let timestamp: UInt16 = 0x5455
  /// Microsoft's 'Open Packaging growth hint' (APPNOTE 4.6.10) is made for what it does here: room that readers skip.
  static let room: UInt16 = 0xA220
  static let roomMark: UInt16 = 0xA028
}

/// One entry as its local header and its record in the directory describe it.
struct EntryHeaders {
  let summary: EntrySummary
  /// Where the local header begins.
  let offset: Int
  let modified: Timestamp
  let limits: ArchiveLimits

  /// UTF-8 names; no encryption, no data descriptor.
  static let flags: UInt16 = 1 << 11
  static let deflated: UInt16 = 8
  /// A regular file, rw-r--r--, as Unix has it in the upper half.
  private static let attributes: UInt32 = 0o100644 << 16
  private static let madeOnUnix: UInt16 = 3 << 8

  /// How long the local header is, whatever the sizes turn out to be.
  static func localSize(name: String) -> Int { 30 + name.utf8.count + 20 + 9 }

  /// Where the next local header, or the directory, begins.
  var end: Int { offset + Self.localSize(name: summary.name) + summary.compressedBytes }

  private var needsZIP64: Bool { summary.bytes >= limits.bytes || summary.compressedBytes >= limits.bytes }

  /// The first 20 bytes of extra fields are the sizes in ZIP64 if they need it, else an equally long field without
  /// meaning: so the header's length is known before the sizes are.
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
    var bytes = LittleEndian(capacity: 46 + summary.name.utf8.count + 4 + zip64Count + 9)
    bytes.add(Signature.directoryRecord)
    bytes.add(Self.madeOnUnix | version)
    bytes.add(version)
    appendCommon(to: &bytes)
    bytes.add(UInt16((zip64Count > 0 ? 4 + zip64Count : 0) + 9))
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
    appendTimestamp(to: &bytes)
    return bytes.bytes
  }

  /// From the flags to the length of the name, which both records have alike.
  private func appendCommon(to bytes: inout LittleEndian) {
    bytes.add(Self.flags)
    bytes.add(Self.deflated)
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

/// What follows the directory: where and how long it is.
struct EndRecords {
  let entryCount: Int
  let directoryOffset: Int
  let directorySize: Int
  let limits: ArchiveLimits

  var encoded: [UInt8] {
    let manyEntries = entryCount >= limits.entries
    let large = directorySize >= limits.bytes
    let farAway = directoryOffset >= limits.bytes
    var bytes = LittleEndian(capacity: 98)
    if manyEntries || large || farAway {
      bytes.add(Signature.end64)
      bytes.add(UInt64(44))  // of what follows
      bytes.add(UInt16(3 << 8 | 45))
      bytes.add(UInt16(45))
      bytes.add(UInt32(0))  // this disk
      bytes.add(UInt32(0))  // the directory's disk
      bytes.add(UInt64(entryCount))  // on this disk
      bytes.add(UInt64(entryCount))
      bytes.add(UInt64(directorySize))
      bytes.add(UInt64(directoryOffset))
      bytes.add(Signature.locator64)
      bytes.add(UInt32(0))  // the disk of the record above
      bytes.add(UInt64(directoryOffset + directorySize))
      bytes.add(UInt32(1))  // disks
    }
    bytes.add(Signature.end)
    bytes.add(UInt16(0))
    bytes.add(UInt16(0))
    bytes.add(manyEntries ? UInt16.max : UInt16(entryCount))
    bytes.add(manyEntries ? UInt16.max : UInt16(entryCount))
    bytes.add(large ? UInt32.max : UInt32(directorySize))
    bytes.add(farAway ? UInt32.max : UInt32(directoryOffset))
    bytes.add(UInt16(0))  // comment
    return bytes.bytes
  }
}
