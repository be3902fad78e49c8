/// What the machine does with the bytes of the window.
extension Decoder {
  /// Moves the bytes of a quoted field from `cursor` to where the field ends so far.
  mutating func keepQuoted(upTo position: Int) {
    let count = position - cursor
    if output != cursor { unsafe (storage + output).copyMemory(from: storage + cursor, byteCount: count) }
    output += count
    cursor = position
  }

  /// The first byte that `mask` marks, or `horizon`.
  @inline(__always)
  func find(_ mask: (UInt64) -> UInt64, from start: Int) -> Int {
    var position = start
    while position < horizon {
      let found = unsafe mask(Word.load(storage + position))
      if found != 0 { return min(position + found.trailingZeroBitCount / 8, horizon) }
      position += 8
    }
    return horizon
  }

  @inline(__always)
  func byte(at position: Int) -> UInt8 {
    unsafe storage.load(fromByteOffset: position, as: UInt8.self)
  }

  /// A line ends inside a quoted field; CRLF ends one line.
  mutating func countLine(endingAt position: Int) {
    if byte(at: position) == Byte.carriageReturn {
      lastReturn = position
      line += 1
    } else if lastReturn != position - 1 {
      line += 1
    }
    lineStart = position + 1
  }
}
