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
/// How it works. The bytes lie in one window: the record that is being read, then what has been fed but not
/// read.
///
///     storage: [ …gone… | record … fieldStart … output   cursor … checked … limit ]
///
/// `feed` moves the record to the front and appends. `checked` says how far the bytes are known to be UTF-8;
/// the machine in Decoder+Machine.swift reads only up to there, so that an invalid byte is met at the line
/// and column where it stands, and a character cut by the end of a chunk waits for its rest. The machine can
/// stop after any byte and go on with the next chunk, and it never goes back. A plain field stays
/// where it lies; in a quoted one the bytes behind a doubled quote move up by one, from `cursor` to `output`.
/// So a cell is always one span of the window.
///
/// What is accepted: CRLF or LF after a record, none after the last, a byte order mark, any text in quotes.
/// An empty line is a record of one empty cell, as it must be in a file of one column; `expect(fields:)`
/// refuses it in others. What is refused: see `CSVError.Code`. After an error `next` is not to be called
/// again.
///
/// Memory: the largest record with the largest chunk, at most twice (see `Limits`).
@safe
package struct Decoder: ~Copyable {
  /// What a file may ask for; beyond it an error is thrown.
  package struct Limits: Sendable {
    /// Bytes of a field, without its quotes.
    package var field = 16 << 20
    /// Bytes of a record as it stands in the file.
    package var record = 64 << 20
    /// Fields of a record.
    package var fields = 1_024

    package init() {}
  }

  let limits: Limits
  var storage: UnsafeMutableRawPointer
  var capacity: Int

  // Places in the window.
  var recordStart = 0
  var fieldStart = 0
  var output = 0
  var cursor = 0
  var checked = 0
  var limit = 0
  /// How far the machine reads: to `checked`, or to the first byte beyond what a record may have. So of two errors the
  /// first in the file is thrown, wherever the chunks are cut.
  var horizon = 0

  // Places in the file. The starts of lines are counted as places in the window, also when they have left it.
  var line = 1
  var lineStart = 0
  var lastReturn = -2
  var fieldPosition = Position(line: 1, column: 1)

  var state = State.start
  var damage = UTF8Check.Stop.end
  var isLast = false
  var cells: [Cell] = []

  /// A field of the record, as places from `recordStart`, and where it begins in the file.
  struct Cell {
    let start: Int
    let end: Int
    let position: Position
  }

  package init(limits: Limits = Limits()) {
    self.limits = limits
    capacity = 4_096
    unsafe storage = .allocate(byteCount: capacity + Self.slack, alignment: 16)
  }

  deinit {
    unsafe storage.deallocate()
  }

  // MARK: Bytes in

  /// Hands over the next bytes of the file, cut anywhere. They are copied. Call it when `next` has returned
  /// false.
  package mutating func feed(_ bytes: Span<UInt8>) {
    makeRoom(for: bytes.count)
    unsafe bytes.withUnsafeBytes { bytes in
      guard let source = bytes.baseAddress else { return }
      unsafe (storage + limit).copyMemory(from: source, byteCount: bytes.count)
    }
    limit += bytes.count
    guard damage == .end else { return }
    (checked, damage) = unsafe UTF8Check.run(storage, from: checked, to: limit)
  }

  /// Says that the file ends here. `next` may have one more record after it.
  package mutating func finish() {
    isLast = true
    if damage == .end, checked < limit { damage = .invalid }
  }

  // MARK: Records out

  /// Goes on to the next record.
  /// - Returns: false when more bytes are needed, or, after `finish`, when there is no more record.
  package mutating func next() throws(CSVError) -> Bool {
    try readRecord()
  }

  /// Fields of this record.
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

  /// Throws unless this record has as many fields as the header.
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

  private static func counted(_ fields: Int) -> String { fields == 1 ? "1 field" : "\(fields) fields" }

  // MARK: The window

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
