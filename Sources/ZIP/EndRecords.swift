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
