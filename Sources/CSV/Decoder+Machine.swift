/// The machine that reads records: one state for what the last byte has left open.
extension Decoder {
  enum State {
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

  mutating func readRecord() throws(CSVError) -> Bool {
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

  // MARK: Start and end

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

  /// What stands before the end of the file may be a record without its line break.
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
