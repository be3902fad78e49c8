/// A row's cells, by which two rows of one statement are equal where each cell has the same type and the same value.
package struct RowImage: Sendable {
  /// For each cell its type and its count of bytes in one word, then the bytes, the last word filled up with zeros.
  private var words: [UInt64] = []

  init() { words.reserveCapacity(64) }

  mutating func append(_ cell: borrowing Cell) {
    switch copy cell {
    case .null: words.append(0)
    case .integer(let value): append(type: 1, UInt64(bitPattern: value))
    case .real(let value): append(type: 2, value.bitPattern)
    case .text(let bytes): append(type: 3, bytes)
    case .blob(let bytes): append(type: 4, bytes)
    }
  }

  private mutating func append(type: UInt64, _ value: UInt64) {
    words.append(type)
    words.append(value)
  }

  private mutating func append(type: UInt64, _ bytes: Span<UInt8>) {
    words.append(type | UInt64(bytes.count) << 8)
    let whole = bytes.count & ~7
    for start in stride(from: 0, to: whole, by: 8) {
      words.append(unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
    }
    if whole < bytes.count {
      words.append((whole..<bytes.count).reduce(0) { $0 << 8 | UInt64(bytes[$1]) })
    }
  }
}

extension RowImage: Hashable {
  /// Of the first cells, where a table has its key: the others cost more to hash than to compare.
  package func hash(into hasher: inout Hasher) {
    for word in words.prefix(4) { hasher.combine(word) }
  }
}
