import Glibc

/// Compares a file, record by record, with what the encoder makes of its values, and so finds each byte that
/// Handover would not have written: a line feed alone, a quote too many, a formula without protection, 1.5
/// for 1.50.
struct CanonicalBytes {
  /// Bytes of the file that are not compared yet, from `start` on.
  private var waiting: [UInt8] = []
  private var start = 0

  /// How many bytes are not compared yet.
  var count: Int { waiting.count - start }

  mutating func feed(_ bytes: Span<UInt8>) {
    waiting.removeFirst(start)
    start = 0
    waiting.append(copying: bytes)
  }

  /// Compares the next record of the file with what it should be.
  /// - Returns: the place in the record of the first byte that differs; nil where the record is the same.
  func difference(from expected: Span<UInt8>) -> Int? {
    let count = min(expected.count, self.count)
    let isSame = unsafe expected.withUnsafeBytes { expected in
      unsafe waiting.withUnsafeBytes { waiting in
        guard let left = expected.baseAddress, let right = waiting.baseAddress else { return true }
        return unsafe memcmp(left, right + start, count) == 0
      }
    }
    if isSame, count == expected.count { return nil }
    for place in 0..<count where expected[place] != waiting[start + place] { return place }
    return count
  }

  /// Moves past a record that was compared.
  mutating func advance(by count: Int) {
    start += count
  }
}
