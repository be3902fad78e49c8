import CZlib
import Testing

@testable import ZIP

@Suite struct CRC32Tests {
  @Test("The check value of the standard's catalogue")
  func check() {
    var crc = CRC32()
    crc.add(Array("123456789".utf8).span)
    #expect(crc.value == 0xCBF4_3926)
  }

  @Test("Any number of bytes, from anywhere and after any others, has the CRC that zlib computes")
  func likeZlib() {
    let bytes = Content.noise(3_000)
    for count in Array(0...200) + [255, 256, 1_023, 1_024, 1_025, 2_047, 2_500] {
      for start in [0, 1, 7, 16, 33] {
        let part = Array(bytes[start..<start + count])
        for before: UInt32 in [0, 1, 0xFFFF_FFFF, 0x1234_5678] {
          let expected = unsafe UInt32(crc32_z(UInt(before), part, part.count))
          let found = unsafe part.withUnsafeBufferPointer { unsafe ZIP.crc32(before, of: $0) }
          #expect(found == expected, "\(count) bytes from \(start) after \(before)")
        }
      }
    }
  }
}
