/// Reads little-endian numbers one after the other; what is not there is an error and never a crash.
struct ByteFields {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  var remaining: Int { bytes.endIndex - position }

  mutating func uint16() throws(ZIPError) -> UInt16 { UInt16(try number(2)) }
  mutating func uint32() throws(ZIPError) -> UInt32 { UInt32(try number(4)) }

  /// 64 bits that count bytes, entries or positions: none of these can be beyond `Int`.
  mutating func count64() throws(ZIPError) -> Int {
    guard let count = Int(exactly: try number(8)) else {
      throw ZIPError(.malformed, "A 64-bit size or offset is impossibly large")
    }
    return count
  }

  mutating func slice(_ count: Int) throws(ZIPError) -> ArraySlice<UInt8> {
    guard count <= remaining else { throw ZIPError(.malformed, "A header is cut off") }
    position += count
    return bytes[position - count..<position]
  }

  mutating func skip(_ count: Int) throws(ZIPError) { _ = try slice(count) }

  private mutating func number(_ count: Int) throws(ZIPError) -> UInt64 {
    try slice(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
