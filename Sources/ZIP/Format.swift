// The numbers of the format, from PKWARE's APPNOTE.TXT 6.3.10. All records are little-endian. `EntryHeaders`
// and `EndRecords` make the records around the content; the writer writes those bytes, and the reader of our
// own archives makes them again and compares.

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
  /// Microsoft's 'Open Packaging growth hint' (APPNOTE 4.6.10) is made for what it does here: room that
  /// readers skip.
  static let room: UInt16 = 0xA220
  static let roomMark: UInt16 = 0xA028
  /// Ours ("Hn", in nobody's list): the CRC-32 of the compressed bytes. That of the content says nothing of
  /// bits that inflate to the same content, as padding does, or a match with an equal text elsewhere.
  static let compressedCRC: UInt16 = 0x6E48
}

enum EntryMethod {
  static let stored: UInt16 = 0
  static let deflated: UInt16 = 8
}

/// Bits of the general purpose flags (APPNOTE 4.4.4).
enum EntryFlags {
  static let encrypted: UInt16 = 1 << 0
  /// Sizes and CRC follow the content, and the local header need not know them.
  static let describedAfter: UInt16 = 1 << 3
  static let patch: UInt16 = 1 << 5
  static let utf8: UInt16 = 1 << 11
}
