/// What an entry holds.
package struct EntrySummary: Equatable, Sendable {
  package let name: String
  /// Before compression.
  package let bytes: Int
  package let compressedBytes: Int
  /// CRC-32 (IEEE 802.3) of the content before compression.
  package let crc32: UInt32
  /// CRC-32 of the compressed bytes, which only archives of ours hold.
  package let compressedCRC32: UInt32?
  /// Whether the content stands in the file as it is, not deflated.
  package let isStored: Bool

  package init(
    name: String, bytes: Int, compressedBytes: Int, crc32: UInt32, compressedCRC32: UInt32? = nil,
    isStored: Bool = false
  ) {
    self.name = name
    self.bytes = bytes
    self.compressedBytes = compressedBytes
    self.crc32 = crc32
    self.compressedCRC32 = compressedCRC32
    self.isStored = isStored
  }
}

/// What was written: enough to recognise the file again.
package struct ArchiveSummary: Equatable, Sendable {
  /// Bytes of the whole file.
  package let size: Int
  /// CRC-32 of the whole file, computed from what was handed to the system.
  package let crc32: UInt32
  /// In the order of the file.
  package let entries: [EntrySummary]
}
