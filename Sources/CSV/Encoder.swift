/// Writes records as CSV (RFC 4180) into a buffer of its own, which the caller empties every now and then.
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
/// Commas are set before every cell but the first of a record, CRLF after every record. A field is quoted
/// only when it holds a comma, a quote, CR or LF; line breaks inside it are kept as they are. Nothing here
/// can fail, and no cell becomes a `String`. Keep the encoder in a local variable or pass it `inout`: in a
/// class, each call would pay for an exclusivity check.
package struct Encoder: ~Copyable {
  /// Records ended so far, the header included.
  package private(set) var records = 0

  var buffer: Buffer
  private var isFirstOfRecord = true

  /// - Parameter capacity: bytes of the buffer at the start. It grows with the largest field and shrinks when
  ///   it is emptied.
  package init(capacity: Int = 65_536) {
    buffer = Buffer(capacity: capacity)
  }

  // MARK: Cells (numbers and the like are in Encoder+Values.swift)

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
  /// that have both already (from `cell(text:)`).
  package mutating func verbatim(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { bytes in
      beginCell(reserving: bytes.count)
      guard let source = bytes.baseAddress else { return }
      unsafe buffer.append(source, count: bytes.count)
    }
  }

  /// The same for words that stand in the source.
  package mutating func verbatim(_ string: String) {
    verbatim(string.utf8Span.span)
  }

  /// A cell without a character: unknown.
  package mutating func empty() {
    beginCell(reserving: 0)
  }

  /// The bytes that `text` writes for this text, to be kept and written many times with `verbatim`.
  package static func cell(text bytes: Span<UInt8>) -> [UInt8] {
    var encoder = Encoder(capacity: bytes.count + bytes.count / 8)
    encoder.text(bytes)
    return unsafe encoder.bytes.withUnsafeBufferPointer { unsafe Array($0) }
  }

  // MARK: Records

  /// U+FEFF, by which spreadsheets know UTF-8. Once, before everything else.
  package mutating func byteOrderMark() {
    buffer.reserve(3)
    buffer.put(0xEF)
    buffer.put(0xBB)
    buffer.put(0xBF)
  }

  /// CRLF. A record of no cells reads as one of one empty cell.
  package mutating func endRecord() {
    buffer.reserve(2)
    buffer.put(Byte.carriageReturn)
    buffer.put(Byte.lineFeed)
    isFirstOfRecord = true
    records += 1
  }

  // MARK: Emptying the buffer

  /// Bytes that wait in the buffer.
  package var count: Int { buffer.count }

  /// Bytes written so far, taken from the buffer or not.
  package var written: Int { buffer.written }

  /// The bytes that wait. They may end anywhere, within a cell too.
  package var bytes: Span<UInt8> {
    @_lifetime(borrow self) get { buffer.bytes }
  }

  /// The bytes that wait, as an array: for small files.
  package var array: [UInt8] {
    var array: [UInt8] = []
    array.reserveCapacity(count)
    let bytes = bytes
    for index in bytes.indices { array.append(bytes[index]) }
    return array
  }

  /// Forgets the bytes that wait, after the caller has used `bytes`.
  package mutating func clear() {
    buffer.clear()
  }

  /// The comma, and room for a cell of `count` bytes.
  @inline(__always)
  mutating func beginCell(reserving count: Int) {
    buffer.reserve(count + 1)
    if isFirstOfRecord {
      isFirstOfRecord = false
    } else {
      buffer.put(Byte.comma)
    }
  }
}
