/// Where the directory is, as the records at the file's end tell (APPNOTE 4.3.14 to 4.3.16).
struct DirectoryPlace {
  let offset: Int
  let size: Int
  let entryCount: Int

  private static let endSize = 22
  private static let locatorSize = 20
  private static let end64Size = 56

  /// Finds it. A comment after the end record is allowed, anything else there is not.
  init(in file: File, size fileSize: Int) throws(ZIPError) {
    let tailStart = max(0, fileSize - Self.endSize - 0xFFFF)
    let tail = try file.bytes(fileSize - tailStart, at: tailStart)
    guard let start = Self.endRecord(in: tail) else {
      throw ZIPError(.malformed, "There is no end record: it is no ZIP, or cut off")
    }
    var fields = ByteFields(tail[start...])
    try fields.skip(4)
    let disks = (try fields.uint16(), try fields.uint16())
    let counts = (try fields.uint16(), try fields.uint16())
    let size = try fields.uint32()
    let offset = try fields.uint32()

    var end = tailStart + start
    if let end64 = try Self.end64(in: file, before: end) {
      // A field that is not all ones has to say the same in both records.
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

  /// The last place where the signature stands and the comment then reaches exactly to the end.
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

  /// What the ZIP64 end record says, if a locator for one stands before the end record.
  private static func end64(in file: File, before end: Int) throws(ZIPError) -> DirectoryPlace? {
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
