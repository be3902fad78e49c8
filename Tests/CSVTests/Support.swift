import Testing

@testable import CSV

/// The bytes of a span, to compare.
func array(_ span: Span<UInt8>) -> [UInt8] {
  unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
}

/// The bytes of a span as text, to compare and to read in a failure.
func string(_ span: Span<UInt8>) -> String {
  String(decoding: array(span), as: UTF8.self)
}

/// How a text is written as a cell.
func encoded(_ text: String) -> String {
  string(Encoder.cell(text: text.utf8Span.span).span)
}

/// Reads a whole file that is fed in chunks of this many bytes, record by record.
func read(
  _ bytes: [UInt8], chunk: Int, limits: Decoder.Limits = .init(), _ record: (borrowing Decoder) -> Void
) throws(CSVError) {
  var decoder = Decoder(limits: limits)
  var rest = bytes[...]
  while !rest.isEmpty {
    let piece = rest.prefix(chunk)
    decoder.feed(piece.span)
    rest = rest.dropFirst(chunk)
    while try decoder.next() { record(decoder) }
  }
  decoder.finish()
  while try decoder.next() { record(decoder) }
}

/// The cells of a whole file.
func decode(
  _ bytes: [UInt8], chunk: Int = .max, limits: Decoder.Limits = .init()
) throws(CSVError) -> [[[UInt8]]] {
  var records: [[[UInt8]]] = []
  try read(bytes, chunk: chunk, limits: limits) { records.append(cells($0)) }
  return records
}

/// The cells of a record.
func cells(_ decoder: borrowing Decoder) -> [[UInt8]] {
  var cells: [[UInt8]] = []
  for index in 0..<decoder.count { cells.append(array(decoder[index])) }
  return cells
}

/// The same for text.
func decode(_ text: String, chunk: Int = .max) throws(CSVError) -> [[String]] {
  try decode(Array(text.utf8), chunk: chunk).map { $0.map { String(decoding: $0, as: UTF8.self) } }
}

/// The error that reading a file ends with.
func failure(_ bytes: [UInt8], chunk: Int = .max, limits: Decoder.Limits = .init()) -> CSVError? {
  do {
    _ = try decode(bytes, chunk: chunk, limits: limits)
    return nil
  } catch {
    return error
  }
}

/// Chunk sizes that put a border at every byte, and some that don't.
let chunkSizes = [1, 2, 3, 5, 7, 8, 9, 16, 64, 1_000, .max]
