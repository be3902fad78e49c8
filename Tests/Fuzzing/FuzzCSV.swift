import CSV

/// The first byte is the size of the chunks that the rest is fed in; whole or cut, it must be read alike.
func fuzzCSV(_ input: [UInt8]) throws {
  guard let first = input.first else { return }
  let rest = Array(input.dropFirst())
  let whole = read(rest, chunk: max(rest.count, 1))
  let cut = read(rest, chunk: Int(first % 17) + 1)
  try require(whole.records == cut.records, "records do not depend on the chunks")
  try require(whole.error == cut.error, "errors do not depend on the chunks")
  if let error = whole.error {
    try require(error.position.line >= 1 && error.position.column >= 1, "an error has a place")
  } else {
    // In quotes, and with those inside doubled, a record may be larger than it was.
    let again = read(written(whole.records), chunk: 7, record: 2_048)
    try require(again.records == whole.records, "what is written is read again")
  }
}

private struct Reading {
  var records: [[[UInt8]]] = []
  var error: CSVError?
}

private func read(_ bytes: [UInt8], chunk: Int, record: Int = 512) -> Reading {
  var limits = Decoder.Limits()
  (limits.field, limits.record, limits.fields) = (256, record, 20)
  var decoder = Decoder(limits: limits)
  var reading = Reading()
  do throws(CSVError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(chunk)
      decoder.feed(piece.span)
      rest = rest.dropFirst(chunk)
      while try decoder.next() { reading.records.append(cells(decoder)) }
    }
    decoder.finish()
    while try decoder.next() { reading.records.append(cells(decoder)) }
  } catch {
    reading.error = error
  }
  return reading
}

private func cells(_ decoder: borrowing Decoder) -> [[UInt8]] {
  var cells: [[UInt8]] = []
  for index in 0..<decoder.count {
    let cell = decoder[index]
    cells.append(cell.indices.map { cell[$0] })
  }
  return cells
}

/// With every cell in quotes.
private func written(_ records: [[[UInt8]]]) -> [UInt8] {
  let quote = UInt8(ascii: "\"")
  return Array(
    records.map { cells in
      cells.map { [quote] + $0.flatMap { $0 == quote ? [quote, quote] : [$0] } + [quote] }
        .joined(separator: [UInt8(ascii: ",")])
    }.map { Array($0) + Array("\r\n".utf8) }.joined())
}
