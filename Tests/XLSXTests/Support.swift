import Foundation
import TestSupport
import Testing

@testable import XLSX

/// What the encoder makes of the rows that `write` writes.
func xml(
  columns: Int = 3, hasHeader: Bool = false, _ write: (inout SheetEncoder) -> Void
) -> String {
  var encoder = SheetEncoder()
  encoder.begin(columns: .init(repeating: SheetColumn(width: 10), count: columns), hasHeader: hasHeader)
  write(&encoder)
  encoder.end()
  return text(encoder.bytes)
}

func text(_ bytes: Span<UInt8>) -> String {
  var copy: [UInt8] = []
  for place in bytes.indices { copy.append(bytes[place]) }
  return String(decoding: copy, as: UTF8.self)
}

/// What stands in the one cell of a row that `write` writes.
func cell(_ write: (inout SheetEncoder) -> Void) throws -> String {
  let sheet = xml { encoder in
    encoder.beginRow()
    write(&encoder)
    encoder.endRow()
  }
  return String(try #require(sheet.firstMatch(of: /<row r="1">(.*)<\/row>/.dotMatchesNewlines())).1)
}

/// The text of a cell of text.
func inner(_ text: String) throws -> String {
  let found = try cell { $0.text(text) }
  return String(
    try #require(found.firstMatch(of: /<t(?: xml:space="preserve")?>(.*)<\/t>/.dotMatchesNewlines())).1)
}

/// A text as a reader makes it of what stands in a cell (XML 1.0; ECMA-376, part 1, 22.9.2.19).
func read(_ xml: String) -> String {
  var plain = xml
  for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&#13;", "\r"), ("&amp;", "&")] {
    plain = plain.replacing(entity, with: character)
  }
  return plain.replacing(/_x([0-9A-Fa-f]{4})_/) { match in
    UInt32(match.1, radix: 16).flatMap(Unicode.Scalar.init).map { String($0) } ?? String(match.0)
  }
}
