import CZlib

/// A CRC-32 (IEEE 802.3) that grows, by bytes or by the CRC of bytes that were looked at elsewhere.
struct CRC32 {
  private(set) var value: UInt32 = 0

  mutating func add(_ bytes: Span<UInt8>) {
    value = unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe UInt32(crc32_z(UInt(value), buffer.baseAddress, buffer.count))
    }
  }

  mutating func add(crc: UInt32, count: Int) {
    value = UInt32(crc32_combine(UInt(value), UInt(crc), count))
  }
}
