/// Holds an entry's content against what the directory says of it.
struct ContentCheck {
  private let summary: EntrySummary
  private var count = 0
  private var crc = CRC32()
  private var compressedCRC = CRC32()

  init(_ summary: EntrySummary) { self.summary = summary }

  mutating func add(compressed bytes: Span<UInt8>) {
    if summary.compressedCRC32 != nil { compressedCRC.add(bytes) }
  }

  mutating func add(_ bytes: Span<UInt8>) throws(ZIPError) {
    guard bytes.count <= summary.bytes - count else {
      throw damaged("The content is larger than the directory says")
    }
    count += bytes.count
    crc.add(bytes)
  }

  func finish() throws(ZIPError) {
    guard count == summary.bytes else { throw damaged("The content is smaller than the directory says") }
    guard crc.value == summary.crc32 else {
      throw damaged("The content does not have the CRC-32 of the directory")
    }
    guard summary.compressedCRC32 == nil || summary.compressedCRC32 == compressedCRC.value else {
      throw damaged("The compressed content is not the one that was written (CRC-32)")
    }
  }

  private func damaged(_ message: String) -> ZIPError { ZIPError(.damaged, message, entry: summary.name) }
}
