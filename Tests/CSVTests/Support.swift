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
