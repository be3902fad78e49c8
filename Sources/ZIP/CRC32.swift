import CCRC32
import CZlib

/// A CRC-32 (IEEE 802.3) that grows by bytes, or by the CRC of bytes that were read elsewhere.
///
/// Where the processor can multiply without carry, that computes it several times as fast as zlib, which does
/// the rest.
struct CRC32 {
  private(set) var value: UInt32 = 0

  mutating func add(_ bytes: Span<UInt8>) {
    value = unsafe bytes.withUnsafeBufferPointer { unsafe crc32(value, of: $0) }
  }

  mutating func add(crc: UInt32, count: Int) {
    value = UInt32(crc32_combine(UInt(value), UInt(crc), count))
  }
}

/// Asked once: on a virtual machine, asking the processor takes microseconds.
private let hasInstructions = crc32_has_instructions()

/// - Parameter crc: that of the bytes before these, 0 where there are none.
func crc32(_ crc: UInt32 = 0, of bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
  let folded = hasInstructions && bytes.count >= 64 ? bytes.count / 16 * 16 : 0
  let value = unsafe folded > 0 ? crc32_fold(crc, bytes.baseAddress, folded) : crc
  let rest = unsafe UnsafeBufferPointer(rebasing: bytes[folded...])
  return unsafe UInt32(crc32_z(UInt(value), rest.baseAddress, rest.count))
}
