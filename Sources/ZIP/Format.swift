import Glibc

// The format, from PKWARE's APPNOTE.TXT 6.3.10: its numbers, and the records as this kit writes them, all
// little-endian. `ArchiveOutput` writes those bytes; `CanonicalForm` makes them again from what was read, and
// compares. DirectoryReader.swift reads records, which may come from anywhere.

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
  /// Microsoft's 'Open Packaging growth hint' (APPNOTE 4.6.10), made for what it does here: room that readers
  /// skip.
  static let room: UInt16 = 0xA220
  static let roomMark: UInt16 = 0xA028
  /// Ours ("Hn", in no list): the CRC-32 of the compressed bytes. That of the content misses flipped bits
  /// that inflate to the same content, in padding or in a match with an equal text elsewhere.
  static let compressedCRC: UInt16 = 0x6E48
  /// Info-ZIP's second name of an entry, which many programs take in the place of the first.
  static let unicodePath: UInt16 = 0x7075
  /// ASi's mode of a file, by which `unzip` makes links (proginfo/extrafld.txt of Info-ZIP).
  static let asiUnix: UInt16 = 0x756E
}

enum EntryMethod {
  static let stored: UInt16 = 0
  static let deflated: UInt16 = 8
  /// A deflated byte makes at most this many: a match of 258 bytes takes two bits (RFC 1951, section 3.2.5).
  static let largestExpansion = 1_032
}

/// Bits of the general purpose flags (APPNOTE 4.4.4).
enum EntryFlags {
  static let encrypted: UInt16 = 1 << 0
  /// Sizes and CRC follow the content, and may be missing in the local header.
  static let describedAfter: UInt16 = 1 << 3
  static let patch: UInt16 = 1 << 5
  static let utf8: UInt16 = 1 << 11
}

/// Where ZIP64 begins. Only tests choose other limits than the standard ones, to cross them with little data.
package struct ArchiveLimits: Equatable, Sendable {
  /// The smallest size or offset that does not fit into 32 bits: all ones mean that the value is elsewhere.
  let bytes: Int
  /// The smallest number of entries that does not fit into 16 bits, likewise.
  let entries: Int

  package static let standard = ArchiveLimits(bytes: 0xFFFF_FFFF, entries: 0xFFFF)
}

// MARK: - Records

/// One entry as its local header and its record in the directory describe it (APPNOTE 4.3.7, 4.3.12).
struct EntryHeaders {
  let summary: EntrySummary
  /// Where the local header begins.
  let offset: Int
  let modified: Timestamp
  let limits: ArchiveLimits

  /// A regular file, rw-r--r--, as Unix has it in the upper half.
  private static let attributes: UInt32 = 0o100644 << 16
  private static let madeOnUnix: UInt16 = 3 << 8

  /// The length of the local header, whatever the sizes turn out to be.
  static func localSize(name: String) -> Int { 30 + name.utf8.count + 20 + 9 }

  /// Where the next local header, or the directory, begins.
  var end: Int { offset + Self.localSize(name: summary.name) + summary.compressedBytes }

  private var needsZIP64: Bool { summary.bytes >= limits.bytes || summary.compressedBytes >= limits.bytes }

  /// The first 20 bytes of extra fields hold the sizes in ZIP64 if they need it, else a field of the same
  /// length without meaning. So the header's length is known before the sizes are.
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
    bytes.add(summary.isStored ? EntryMethod.stored : EntryMethod.deflated)
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

/// The records that follow the directory: where it is and how long (APPNOTE 4.3.14 to 4.3.16).
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

// MARK: - Fields

/// A point in time in the two forms that a ZIP has: MS-DOS date and time, here in UTC, to even seconds, and
/// for readers that know Info-ZIP's extended timestamp, seconds since 1970.
struct Timestamp: Equatable {
  /// 1980 to 2106, which both forms can express.
  let seconds: UInt32
  /// Years since 1980, month, day in 7, 4 and 5 bits (APPNOTE 4.4.6).
  let dosDate: UInt16
  /// Hour, minute and half of the second in 5, 6 and 5 bits.
  let dosTime: UInt16

  /// - Parameter time: since 1970-01-01T00:00:00Z. A time outside of the range becomes the nearest one
  ///   within.
  init(_ time: Duration) {
    seconds = UInt32(min(max(time.components.seconds, 315_532_800), Int64(UInt32.max)))
    var time = time_t(seconds)
    var calendar = unsafe tm()
    unsafe gmtime_r(&time, &calendar)
    dosDate = unsafe UInt16((calendar.tm_year - 80) << 9 | (calendar.tm_mon + 1) << 5 | calendar.tm_mday)
    dosTime = unsafe UInt16(calendar.tm_hour << 11 | calendar.tm_min << 5 | calendar.tm_sec / 2)
  }
}

/// Bytes to which numbers are appended, the lowest byte first.
private struct LittleEndian {
  private(set) var bytes: [UInt8] = []

  init(capacity: Int) { bytes.reserveCapacity(capacity) }

  mutating func add(_ value: UInt8) { bytes.append(value) }
  mutating func add(_ value: UInt16) { add(UInt64(value), count: 2) }
  mutating func add(_ value: UInt32) { add(UInt64(value), count: 4) }
  mutating func add(_ value: UInt64) { add(value, count: 8) }
  mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func add(_ value: UInt64, count: Int) {
    for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(place)))) }
  }
}
