/// The steps of the machine within a record. Each begins at `cursor`, which is below `horizon`, and leaves the
/// state that is right for the next byte.
extension Decoder {
  mutating func beginField() {
    fieldStart = cursor
    fieldPosition = position(at: cursor)
    state = .field
  }

  mutating func beginFieldText() {
    guard byte(at: cursor) == Byte.quote else {
      state = .plain
      return
    }
    cursor += 1
    fieldStart = cursor
    output = cursor
    state = .quoted
  }

  mutating func readPlain() throws(CSVError) {
    cursor = find(Word.specials, from: cursor)
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

  mutating func readQuoted() throws(CSVError) {
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

  mutating func readAfterQuote() throws(CSVError) {
    switch byte(at: cursor) {
    case Byte.quote:
      unsafe storage.storeBytes(of: Byte.quote, toByteOffset: output, as: UInt8.self)
      output += 1
      cursor += 1
      state = .quoted
    case Byte.comma, Byte.carriageReturn, Byte.lineFeed:
      try endField(at: output)
      try readSeparator()
    default:
      throw error(
        .textAfterQuote, "Text follows a closing quote. Double the quotes that belong to the field.",
        at: cursor)
    }
  }

  mutating func readSeparator() throws(CSVError) {
    let separator = byte(at: cursor)
    cursor += 1
    switch separator {
    case Byte.comma: beginField()
    case Byte.lineFeed: try endLine()
    default: state = .carriageReturn
    }
  }

  mutating func readLineFeed() throws(CSVError) {
    guard byte(at: cursor) == Byte.lineFeed else { throw loneReturn() }
    cursor += 1
    try endLine()
  }

  mutating func endLine() throws(CSVError) {
    try checkRecordSize()
    line += 1
    lineStart = cursor
    state = .record
  }

  mutating func endField(at end: Int) throws(CSVError) {
    guard cells.count < limits.fields else {
      throw CSVError(
        code: .tooManyFields, message: "The record has more than \(limits.fields) fields. Check its quotes.",
        position: fieldPosition)
    }
    cells.append(Cell(start: fieldStart - recordStart, end: end - recordStart, position: fieldPosition))
  }
}
