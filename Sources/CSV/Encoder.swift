import Glibc

/// Writes records as CSV (RFC 4180) into a buffer of its own, which the caller empties from time to time.
///
///     var encoder = Encoder()
///     encoder.byteOrderMark()
///     encoder.text("deal_id"); encoder.text("deal_name"); encoder.endRecord()
///     for each row {
///       encoder.identifier(prefix: UInt8(ascii: "D"), row.id)
///       encoder.text(row.name)
///       encoder.endRecord()
///       if encoder.count >= 16_384 { sink.write(encoder.bytes); encoder.clear() }
///     }
///
/// It writes a comma before every cell but the first of a record, and CRLF after every record. It quotes a
/// field only when that holds a comma, a quote, CR or LF; line breaks inside a field stay as they are.
/// Nothing here can fail, and no cell becomes a `String`. Keep the encoder in a local variable or pass it
/// `inout`: in a class, each call would pay for an exclusivity check.
package struct Encoder: ~Copyable {
  private var buffer: Buffer
  private var isFirstOfRecord = true

  /// - Parameter capacity: bytes of the buffer at the start. It grows with the largest field and shrinks when
  ///   it is emptied.
  package init(capacity: Int = 65_536) {
    buffer = Buffer(capacity: capacity)
  }

  // MARK: Cells of text

  /// A cell of text: protected against formulas, quoted where that is needed.
  /// - Parameter bytes: UTF-8.
  package mutating func text(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe appendText($0) }
  }

  /// The same for headers and small files.
  package mutating func text(_ string: String) {
    text(string.utf8Span.span)
  }

  /// A cell of bytes that need neither protection nor quotes (ids, dates, times, words of a closed list), or
  /// already have both (from `cell(text:)`).
  package mutating func verbatim(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { bytes in
      beginCell(reserving: bytes.count)
      guard let source = bytes.baseAddress else { return }
      unsafe buffer.append(source, count: bytes.count)
    }
  }

  /// The same for words from the source code.
  package mutating func verbatim(_ string: String) {
    verbatim(string.utf8Span.span)
  }

  /// An empty cell: the value is unknown.
  package mutating func empty() {
    beginCell(reserving: 0)
  }

  /// The bytes that `text` writes for this text, for callers that write it many times with `verbatim`.
  package static func cell(text bytes: Span<UInt8>) -> [UInt8] {
    var encoder = Encoder(capacity: bytes.count + bytes.count / 8)
    encoder.text(bytes)
    return encoder.array
  }

  // MARK: Cells of values, which never need quotes or protection

  /// A whole number: `0`, `-12`.
  package mutating func integer(_ value: Int64) {
    beginCell(reserving: Self.longest)
    if value < 0 { buffer.put(Byte.minus) }
    appendDigits(value.magnitude)
  }

  /// A number stored as a whole number of its smallest parts, without rounding.
  ///
  /// Money in cents: `decimal(123_450, scale: 2, minimumFraction: 2)` is `1234.50`. A rate in
  /// ten-thousandths: `decimal(58_900, scale: 4, minimumFraction: 0)` is `5.89`, and 60,000 is `6`.
  /// - Parameters:
  ///   - scale: how many digits there are behind the point, 0 to 18.
  ///   - minimumFraction: zeros at the end are left out, but this many digits behind the point stay.
  package mutating func decimal(_ value: Int64, scale: Int, minimumFraction: Int) {
    beginCell(reserving: Self.longest)
    if value < 0 { buffer.put(Byte.minus) }
    let (whole, fraction) = value.magnitude.quotientAndRemainder(dividingBy: Self.powersOfTen[scale])
    appendDigits(whole)
    appendFraction(fraction, digits: scale, minimum: minimumFraction)
  }

  /// A letter and a number: `D-12`.
  package mutating func identifier(prefix: UInt8, _ number: Int64) {
    beginCell(reserving: Self.longest)
    appendIdentifier(prefix, number)
  }

  /// Identifiers in the given order, joined with `; `. An empty list is an empty cell.
  package mutating func identifiers(prefix: UInt8, _ numbers: Span<Int64>) {
    beginCell(reserving: numbers.count * Self.longest)
    for index in numbers.indices {
      if index > 0 {
        buffer.put(Byte.semicolon)
        buffer.put(Byte.space)
      }
      appendIdentifier(prefix, numbers[index])
    }
  }

  /// `true` or `false`.
  package mutating func boolean(_ value: Bool) {
    verbatim(value ? "true" : "false")
  }

  // MARK: Records

  /// U+FEFF, by which spreadsheets recognise UTF-8. Write it once, before everything else.
  package mutating func byteOrderMark() {
    buffer.reserve(3)
    buffer.put(0xEF)
    buffer.put(0xBB)
    buffer.put(0xBF)
  }

  /// CRLF. A record without cells is read back as one with a single empty cell.
  package mutating func endRecord() {
    buffer.reserve(2)
    buffer.put(Byte.carriageReturn)
    buffer.put(Byte.lineFeed)
    isFirstOfRecord = true
  }

  // MARK: Emptying the buffer

  /// How many bytes wait in the buffer.
  package var count: Int { buffer.count }

  /// How many bytes have been written so far, including those cleared since.
  package var written: Int { buffer.written }

  /// The bytes that wait. They may end anywhere, within a cell too.
  package var bytes: Span<UInt8> {
    @_lifetime(borrow self) get { buffer.bytes }
  }

  /// The bytes that wait, as an array: for small files.
  package var array: [UInt8] {
    unsafe buffer.bytes.withUnsafeBufferPointer { unsafe Array($0) }
  }

  /// Whether a `Decoder` reads back the record that was written last: it is UTF-8 without NUL, and not too
  /// large. Its fields are not measured.
  /// - Parameter start: what `count` was before the record.
  package func isReadable(from start: Int) -> Bool {
    let end = count
    guard end - start <= Self.limits.record else { return false }
    return unsafe buffer.bytes.withUnsafeBytes { bytes in
      guard let first = bytes.baseAddress else { return true }
      let (place, stop) = unsafe UTF8Check.run(first, from: start, to: end)
      return stop == .end && place == end
    }
  }

  private static let limits = Decoder.Limits()

  /// Forgets the bytes that wait, after the caller has used `bytes`.
  package mutating func clear() {
    buffer.clear()
  }
}

// MARK: - Text

// Most texts need no quotes, so the bytes are copied while they are looked at, and only a text that turns out
// to need quotes is written a second time.
extension Encoder {
  /// The comma, and room for a cell of `count` bytes.
  @inline(__always)
  private mutating func beginCell(reserving count: Int) {
    buffer.reserve(count + 1)
    if isFirstOfRecord {
      isFirstOfRecord = false
    } else {
      buffer.put(Byte.comma)
    }
  }

  /// Bytes besides the text's own: a comma, an apostrophe and two quotes.
  private static let overhead = 4

  @inline(__always)
  private mutating func appendText(_ text: UnsafeRawBufferPointer) {
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
    return Word.specials(word, Word.commas) == 0
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
      return Word.specials(UInt64(first) | UInt64(last) << 32, Word.commas) == 0
    }
    var word: UInt64 = 0
    for position in 0..<count {
      let byte = unsafe source.load(fromByteOffset: position, as: UInt8.self)
      unsafe target.storeBytes(of: byte, toByteOffset: position, as: UInt8.self)
      word = word << 8 | UInt64(byte)
    }
    return Word.specials(word, Word.commas) == 0
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

// MARK: - Numbers

extension Encoder {
  /// Bytes of the longest number with its sign, point, prefix, hyphen and `; `, and more.
  private static let longest = 32

  private static let powersOfTen: InlineArray<19, UInt64> = [
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
    100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
    10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
  ]

  private mutating func appendIdentifier(_ prefix: UInt8, _ number: Int64) {
    buffer.put(prefix)
    buffer.put(Byte.minus)
    if number < 0 { buffer.put(Byte.minus) }
    appendDigits(number.magnitude)
  }

  private mutating func appendFraction(_ fraction: UInt64, digits: Int, minimum: Int) {
    var rest = fraction
    var digits = digits
    while digits > minimum, rest % 10 == 0 {
      rest /= 10
      digits -= 1
    }
    guard digits > 0 else { return }
    buffer.put(Byte.point)
    appendDigits(rest, atLeast: digits)
  }

  /// - Parameter atLeast: shorter numbers get zeros in front.
  private mutating func appendDigits(_ value: UInt64, atLeast minimum: Int = 1) {
    var count = minimum
    while count < Self.powersOfTen.count, value >= Self.powersOfTen[count] { count += 1 }
    if value >= 10_000_000_000_000_000_000 { count = 20 }
    var rest = value
    for position in stride(from: count - 1, through: 0, by: -1) {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      unsafe buffer.end.storeBytes(of: Byte.zero + UInt8(digit), toByteOffset: position, as: UInt8.self)
      rest = quotient
    }
    buffer.advance(by: count)
  }
}
