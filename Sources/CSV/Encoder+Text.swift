import Glibc

/// How a cell of text is written: most need no quotes, so the bytes are copied while they are looked at, and
/// only a cell that turns out to need quotes is written a second time.
extension Encoder {
  /// Bytes beside the text's own: a comma, an apostrophe and two quotes.
  private static let overhead = 4

  @inline(__always)
  mutating func appendText(_ text: UnsafeRawBufferPointer) {
    let count = text.count
    beginCell(reserving: count + Self.overhead)
    guard count > 0, let source = text.baseAddress else { return }
    let isProtected = unsafe FormulaProtection.applies(to: text)
    if isProtected { buffer.put(Byte.apostrophe) }
    if unsafe copyPlain(source, count, to: buffer.end) {
      buffer.advance(by: count)
    } else {
      if isProtected { buffer.advance(by: -1) }
      unsafe appendQuoted(source, count, isProtected: isProtected)
    }
  }

  /// Copies bytes until one of them asks for quotes.
  /// - Returns: whether all were copied, that is, none did.
  @inline(__always)
  private func copyPlain(
    _ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer
  ) -> Bool {
    guard count >= 8 else { return unsafe copyPlainShort(source, count, to: target) }
    // The last word overlaps the one before it, so that there is no tail.
    let last = count - 8
    var position = 0
    while position < last {
      guard unsafe copyPlainWord(source + position, to: target + position) else { return false }
      position += 8
    }
    return unsafe copyPlainWord(source + last, to: target + last)
  }

  @inline(__always)
  private func copyPlainWord(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) -> Bool {
    let word = unsafe Word.load(source)
    unsafe target.storeBytes(of: word.littleEndian, as: UInt64.self)
    return Word.specials(word) == 0
  }

  /// One to seven bytes, by two halves that overlap, or byte by byte.
  @inline(__always)
  private func copyPlainShort(
    _ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer
  ) -> Bool {
    if count >= 4 {
      let first = unsafe source.loadUnaligned(as: UInt32.self)
      let last = unsafe (source + count - 4).loadUnaligned(as: UInt32.self)
      unsafe target.storeBytes(of: first, as: UInt32.self)
      unsafe (target + count - 4).storeBytes(of: last, as: UInt32.self)
      return Word.specials(UInt64(first) | UInt64(last) << 32) == 0
    }
    var word: UInt64 = 0
    for position in 0..<count {
      let byte = unsafe source.load(fromByteOffset: position, as: UInt8.self)
      unsafe target.storeBytes(of: byte, toByteOffset: position, as: UInt8.self)
      word = word << 8 | UInt64(byte)
    }
    return Word.specials(word) == 0
  }

  /// The text between quotes, every quote in it twice.
  @inline(never)
  private mutating func appendQuoted(_ source: UnsafeRawPointer, _ count: Int, isProtected: Bool) {
    buffer.put(Byte.quote)
    if isProtected { buffer.put(Byte.apostrophe) }
    var rest = unsafe source
    var left = count
    while let quote = unsafe memchr(rest, CInt(Byte.quote), left) {
      let segment = unsafe UnsafeRawPointer(quote) - rest + 1
      unsafe buffer.append(rest, count: segment)
      left -= segment
      unsafe rest += segment
      buffer.reserve(left + 2)
      buffer.put(Byte.quote)
    }
    unsafe buffer.append(rest, count: left)
    buffer.put(Byte.quote)
  }
}
