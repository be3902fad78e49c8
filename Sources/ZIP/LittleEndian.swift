/// Bytes that grow by numbers, the lowest byte first.
struct LittleEndian {
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
