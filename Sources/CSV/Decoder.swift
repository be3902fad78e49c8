/// Reads CSV (RFC 4180) from chunks of bytes, one record at a time.
///
///     var decoder = Decoder()
///     while let chunk = source.read() {
///       decoder.feed(chunk)
///       while try decoder.next() { insert(decoder[0], decoder[1]) }
///     }
///     decoder.finish()
///     while try decoder.next() { insert(decoder[0], decoder[1]) }
///
/// How it works. All bytes lie in one window: first the record being read, then what has been fed but not
/// read yet.
///
///     storage: [ …gone… | record … fieldStart … output   cursor … checked … limit ]
///
/// `feed` moves the record to the front and appends the new bytes. `checked` says how far they are known to
/// be UTF-8. The machine reads no further, so an invalid byte is reported at its line and column, and a
/// character cut by the end of a chunk waits for its rest. The machine can stop after any byte and go on with
/// the next chunk; it never goes back. A plain field stays where it lies. In a quoted field, the bytes after
/// a doubled quote move up by one, from `cursor` to `output`. So a cell is always one span of the window.
///
/// What it accepts: CRLF or LF after a record, none after the last, a byte order mark, any text in quotes. An
/// empty line is a record of one empty cell, as it must be in a file of one column; `expect(fields:)` refuses
/// it in others. What it refuses: see `CSVError.Code`. Do not call `next` again after an error.
///
/// Files of others may have another separator or another encoding; of these `feed` makes UTF-8. Whoever changes the
/// cells of a record puts them together in a decoder of its own, which is not fed: `clear`, then `append` for each.
///
/// Memory: the largest record and the largest chunk together, at most twice (see `Limits`).
@safe
package struct Decoder: ~Copyable {
  /// How large a file's parts may be. `next` throws where a file exceeds a limit.
  package struct Limits: Sendable {
    /// Bytes of a field as it is read: without its quotes, and without the `'` of formula protection.
    package var field = 16 << 20
    /// Bytes of a record, as in the file. Quotes that are doubled, and names that a record repeats of others,
    /// make it larger than the fields that somebody filled in.
    package var record = 256 << 20
    /// Fields of a record.
    package var fields = 1_024

    package init() {}
  }

  private let limits: Limits
  private let separator: UInt8
  private let separators: UInt64
  private var storage: UnsafeMutableRawPointer
  private var capacity: Int

  // Places in the window.
  private var recordStart = 0
  private var fieldStart = 0
  private var output = 0
  private var cursor = 0
  private var checked = 0
  private var limit = 0
  /// How far the machine reads: to `checked`, or to the first byte beyond what a record may have. So it
  /// throws the error that comes first in the file, wherever the chunks are cut.
  private var horizon = 0

  // Places in the file. The starts of lines are counted as places in the window, even after they have left
  // it.
  private var line = 1
  private var lineStart = 0
  private var lastReturn = -2
  private var fieldPosition = Position(line: 1, column: 1)

  private var state = State.start
  private var damage = UTF8Check.Stop.end
  private var isLast = false
  private var cells: [Cell] = []

  /// Of the bytes from here on; `.utf8OrWindows1252` becomes `.windows1252` where it turns out to be that.
  package private(set) var encoding: Encoding
  /// Where that is not UTF-8.
  private var transcoder: Transcoder?
  private var transcoded: [UInt8] = []
  /// Whether all up to `checked` is ASCII; looked at only where the encoding is a guess.
  private var isASCII = true

  /// What the last byte has left open.
  private enum State {
    /// Nothing has been read: a byte order mark may come.
    case start
    /// The record in the window has been handed out.
    case record
    case field
    case plain
    case quoted
    /// After a quote in a quoted field: it closes the field, or another one follows.
    case quote
    /// After CR: LF must follow.
    case carriageReturn
  }

  /// A field of the record, as places from `recordStart`, and where it begins in the file.
  private struct Cell {
    let start: Int
    let end: Int
    let position: Position
  }

  package init(
    limits: Limits = Limits(), separator: Separator = .comma, encoding: Encoding = .utf8
  ) {
    self.limits = limits
    self.separator = separator.rawValue
    self.encoding = encoding
    separators = Word.repeating(separator.rawValue)
    switch encoding {
    case .utf8, .utf8OrWindows1252: break
    default: transcoder = Transcoder(encoding)
    }
    capacity = 4_096
    unsafe storage = .allocate(byteCount: capacity + Self.slack, alignment: 16)
  }

  deinit {
    unsafe storage.deallocate()
  }

  // MARK: Bytes in

  /// Takes the next bytes of the file, cut anywhere. It copies them. Call it when `next` has returned false.
  package mutating func feed(_ bytes: Span<UInt8>) {
    guard transcoder == nil else { return transcode(bytes) }
    add(bytes)
    if encoding == .utf8OrWindows1252 { guessEncoding() }
  }

  private mutating func add(_ bytes: Span<UInt8>) {
    let start = checked - recordStart
    makeRoom(for: bytes.count)
    unsafe bytes.withUnsafeBytes { bytes in
      guard let source = bytes.baseAddress else { return }
      unsafe (storage + limit).copyMemory(from: source, byteCount: bytes.count)
    }
    limit += bytes.count
    if damage == .end { (checked, damage) = unsafe UTF8Check.run(storage, from: checked, to: limit) }
    if encoding == .utf8OrWindows1252, isASCII {
      isASCII = unsafe Word.isASCII(storage + start, count: checked - start)
    }
  }

  private mutating func transcode(_ bytes: Span<UInt8>) {
    guard damage == .end, var transcoder else { return }
    transcoded.removeAll(keepingCapacity: true)
    let isText = transcoder.append(bytes, to: &transcoded)
    self.transcoder = transcoder
    let text = transcoded
    add(text.span)
    if !isText, damage == .end { damage = .invalid }
  }

  /// Where the first bytes that are not ASCII are not UTF-8, takes them and all that follow for Windows-1252.
  private mutating func guessEncoding() {
    guard damage == .invalid, isASCII else { return }
    encoding = .windows1252
    transcoder = Transcoder(.windows1252)
    damage = .end
    let rest = unsafe [UInt8](UnsafeRawBufferPointer(start: storage + checked, count: limit - checked))
    limit = checked
    transcode(rest.span)
  }

  /// Says that the file ends here. `next` may have one more record after it.
  package mutating func finish() {
    isLast = true
    if damage == .end, checked < limit || transcoder?.isWithin == true { damage = .invalid }
    if encoding == .utf8OrWindows1252 { guessEncoding() }
  }

  /// Says in which line of a file stands what is fed next, where records are written anew before they are read. Call it
  /// between two records, when all that was fed has been read.
  package mutating func goOn(inLine line: Int) {
    self.line = line
    lineStart = limit
  }

  // MARK: Records out

  /// Goes on to the next record.
  /// - Returns: false when it needs more bytes or, after `finish`, when there are no more records.
  /// - Throws: a `CSVError` of any code but `fieldCount`.
  package mutating func next() throws(CSVError) -> Bool {
    if state == .start { try readByteOrderMark() }
    if state == .start { return false }
    if state == .record { beginRecord() }
    horizon = min(checked, recordStart + limits.record + 1)
    while cursor < horizon {
      switch state {
      case .start, .record: return true
      case .field: beginFieldText()
      case .plain: try readPlain()
      case .quoted: try readQuoted()
      case .quote: try readAfterQuote()
      case .carriageReturn: try readLineFeed()
      }
      if state == .record { return true }
    }
    try checkRecordSize()
    try checkDamage()
    return isLast ? try endFile() : false
  }

  /// Bytes of this record, as in the file.
  package var size: Int { cursor - recordStart }

  /// How many fields this record has.
  package var count: Int { cells.count }

  /// A field of this record, without its quotes; formula protection is still on it.
  package subscript(index: Int) -> Span<UInt8> {
    @_lifetime(borrow self)
    get {
      let cell = cells[index]
      let first = unsafe UnsafeRawPointer(storage + recordStart + cell.start)
      let span = unsafe Span<UInt8>(
        _unsafeStart: first.assumingMemoryBound(to: UInt8.self), count: cell.end - cell.start)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Where a field of this record begins in the file, its quote included.
  package func position(of index: Int) -> Position { cells[index].position }

  /// Checks that this record has as many fields as the header.
  /// - Throws: `fieldCount`.
  package func expect(fields expected: Int) throws(CSVError) {
    guard count != expected else { return }
    let isEmptyLine = count == 1 && cells[0].start == cells[0].end
    let message =
      isEmptyLine
      ? "The line is empty. Remove it."
      : "The record has \(Self.counted(count)) and the header \(Self.counted(expected)). "
        + "Put a field that holds a comma, a quote or a line break in quotes."
    throw CSVError(code: .fieldCount, message: message, position: position(of: 0))
  }

  // MARK: Records put together

  /// Empties the record of a decoder that is not fed.
  package mutating func clear() {
    cells.removeAll(keepingCapacity: true)
    recordStart = 0
    checked = 0
    limit = 0
    cursor = 0
  }

  /// Appends a cell to the record of a decoder that is not fed.
  /// - Parameter position: where the cell comes from.
  package mutating func append(_ cell: Span<UInt8>, at position: Position) {
    add(cell)
    cells.append(Cell(start: cursor, end: limit, position: position))
    cursor = limit
  }

  private static func counted(_ fields: Int) -> String { fields == 1 ? "1 field" : "\(fields) fields" }
}

// MARK: - The window

extension Decoder {
  /// Bytes behind the window that may be loaded, as part of a word, but are not looked at.
  private static let slack = 8

  private mutating func makeRoom(for count: Int) {
    let shift = recordStart
    let kept = limit - shift
    if kept + count > capacity {
      capacity = max(kept + count, 2 * capacity)
      let new = UnsafeMutableRawPointer.allocate(byteCount: capacity + Self.slack, alignment: 16)
      unsafe new.copyMemory(from: storage + shift, byteCount: kept)
      unsafe storage.deallocate()
      unsafe storage = new
    } else if shift > 0 {
      unsafe storage.copyMemory(from: storage + shift, byteCount: kept)
    }
    recordStart = 0
    fieldStart -= shift
    output -= shift
    cursor -= shift
    checked -= shift
    limit -= shift
    lineStart -= shift
    lastReturn -= shift
  }
}

// MARK: - Records

extension Decoder {
  private mutating func readByteOrderMark() throws(CSVError) {
    guard limit >= 3 || isLast else { return }
    if starts(with: 0xFF, 0xFE) || starts(with: 0xFE, 0xFF) {
      throw error(.notUTF8, "The file is UTF-16 or UTF-32. Save it as UTF-8.", at: 0)
    }
    if checked >= 3, starts(with: 0xEF, 0xBB), byte(at: 2) == 0xBF { cursor = 3 }
    lineStart = cursor
    state = .record
  }

  private func starts(with first: UInt8, _ second: UInt8) -> Bool {
    limit >= 2 && byte(at: 0) == first && byte(at: 1) == second
  }

  private mutating func beginRecord() {
    recordStart = cursor
    cells.removeAll(keepingCapacity: true)
    beginField()
  }

  /// The last record may lack its line break.
  private mutating func endFile() throws(CSVError) -> Bool {
    switch state {
    case .start, .record: return false
    case .field where cells.isEmpty: return false
    case .field, .plain: try endField(at: cursor)
    case .quote: try endField(at: output)
    case .carriageReturn: throw loneReturn()
    case .quoted:
      throw CSVError(
        code: .unclosedQuote,
        message: "The quote that opens here is not closed. Add a quote at the field's end.",
        position: fieldPosition)
    }
    state = .record
    return true
  }
}

// MARK: - Steps within a record

// Each begins at `cursor`, which is below `horizon`, and leaves the state that is right for the next byte.
extension Decoder {
  private mutating func beginField() {
    fieldStart = cursor
    fieldPosition = position(at: cursor)
    state = .field
  }

  private mutating func beginFieldText() {
    guard byte(at: cursor) == Byte.quote else {
      state = .plain
      return
    }
    cursor += 1
    fieldStart = cursor
    output = cursor
    state = .quoted
  }

  private mutating func readPlain() throws(CSVError) {
    let separators = separators
    cursor = find({ Word.specials($0, separators) }, from: cursor)
    try checkFieldSize(cursor - fieldStart)
    guard cursor < horizon else { return }
    if byte(at: cursor) == Byte.quote {
      throw error(
        .strayQuote,
        "A quote stands inside a field without quotes. Put the field in quotes and double the quote.",
        at: cursor)
    }
    try endField(at: cursor)
    try readSeparator()
  }

  private mutating func readQuoted() throws(CSVError) {
    var position = cursor
    while true {
      position = find(Word.quotesAndBreaks, from: position)
      if position == horizon || byte(at: position) == Byte.quote { break }
      countLine(endingAt: position)
      position += 1
    }
    keepQuoted(upTo: position)
    try checkFieldSize(output - fieldStart)
    if cursor < horizon {
      cursor += 1
      state = .quote
    }
  }

  private mutating func readAfterQuote() throws(CSVError) {
    switch byte(at: cursor) {
    case Byte.quote:
      unsafe storage.storeBytes(of: Byte.quote, toByteOffset: output, as: UInt8.self)
      output += 1
      cursor += 1
      state = .quoted
    case separator, Byte.carriageReturn, Byte.lineFeed:
      try endField(at: output)
      try readSeparator()
    default:
      throw error(
        .textAfterQuote, "Text follows a closing quote. Double the quotes that belong to the field.",
        at: cursor)
    }
  }

  private mutating func readSeparator() throws(CSVError) {
    let found = byte(at: cursor)
    cursor += 1
    switch found {
    case separator: beginField()
    case Byte.lineFeed: try endLine()
    default: state = .carriageReturn
    }
  }

  private mutating func readLineFeed() throws(CSVError) {
    guard byte(at: cursor) == Byte.lineFeed else { throw loneReturn() }
    cursor += 1
    try endLine()
  }

  private mutating func endLine() throws(CSVError) {
    try checkRecordSize()
    line += 1
    lineStart = cursor
    state = .record
  }

  private mutating func endField(at end: Int) throws(CSVError) {
    guard cells.count < limits.fields else {
      throw CSVError(
        code: .tooManyFields, message: "The record has more than \(limits.fields) fields. Check its quotes.",
        position: fieldPosition)
    }
    cells.append(Cell(start: fieldStart - recordStart, end: end - recordStart, position: fieldPosition))
  }

  /// Moves the bytes of a quoted field from `cursor` to where the field ends so far.
  private mutating func keepQuoted(upTo position: Int) {
    let count = position - cursor
    if output != cursor { unsafe (storage + output).copyMemory(from: storage + cursor, byteCount: count) }
    output += count
    cursor = position
  }

  /// The first byte that `mask` marks, or `horizon`.
  @inline(__always)
  private func find(_ mask: (UInt64) -> UInt64, from start: Int) -> Int {
    var position = start
    while position < horizon {
      let found = unsafe mask(Word.load(storage + position))
      if found != 0 { return min(position + found.trailingZeroBitCount / 8, horizon) }
      position += 8
    }
    return horizon
  }

  @inline(__always)
  private func byte(at position: Int) -> UInt8 {
    unsafe storage.load(fromByteOffset: position, as: UInt8.self)
  }

  /// A line ends inside a quoted field; CRLF ends one line.
  private mutating func countLine(endingAt position: Int) {
    if byte(at: position) == Byte.carriageReturn {
      lastReturn = position
      line += 1
    } else if lastReturn != position - 1 {
      line += 1
    }
    lineStart = position + 1
  }
}

// MARK: - Errors

extension Decoder {
  private func checkFieldSize(_ count: Int) throws(CSVError) {
    guard count > limits.field else { return }
    if count == limits.field + 1, byte(at: fieldStart) == Byte.apostrophe { return }
    throw CSVError(
      code: .fieldTooLarge,
      message:
        "The field is larger than \(limits.field) bytes. Shorten it, or close its quote if that is missing.",
      position: fieldPosition)
  }

  private func checkRecordSize() throws(CSVError) {
    guard cursor - recordStart > limits.record else { return }
    throw CSVError(
      code: .recordTooLarge,
      message:
        "The record is larger than \(limits.record) bytes. "
        + "Shorten it, or close its quote if that is missing.",
      position: cells.first?.position ?? fieldPosition)
  }

  /// The machine has read all that is valid. Throws if something invalid comes next.
  private func checkDamage() throws(CSVError) {
    switch damage {
    case .end: return
    case .invalid:
      let name = Self.name(of: encoding)
      throw error(.invalidUTF8, "A character is not \(name). Save the file as UTF-8.", at: cursor)
    case .nul:
      throw error(.nul, "The file holds a NUL character. Remove it, or save the file as UTF-8.", at: cursor)
    }
  }

  private static func name(of encoding: Encoding) -> String {
    switch encoding {
    case .utf8, .utf8OrWindows1252: "UTF-8"
    case .windows1252: "Windows-1252"
    case .utf16LittleEndian, .utf16BigEndian: "UTF-16"
    }
  }

  private func loneReturn() -> CSVError {
    error(
      .loneReturn, "A carriage return stands alone. End lines with CRLF or LF, or put the field in quotes.",
      at: cursor - 1)
  }

  private func error(_ code: CSVError.Code, _ message: String, at place: Int) -> CSVError {
    CSVError(code: code, message: message, position: position(at: place))
  }

  /// The line and column of a place in the window.
  @inline(__always)
  private func position(at place: Int) -> Position {
    Position(line: line, column: place - lineStart + 1)
  }
}
