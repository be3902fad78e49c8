import TestSupport
import Testing

@testable import CSV

@Suite("Round trip")
struct RoundTripTests {
  @Test("Decoded and unprotected, every table is what was encoded", arguments: 0..<150)
  func tables(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let table = Self.table(&generator)
    let file = Self.file(table)
    for chunk in [1, 2, 3, 7, Int.random(in: 4...400, using: &generator), .max] {
      let cells = try decode(file, chunk: chunk)
      #expect(cells.map { $0.map { array(FormulaProtection.undo($0.span)) } } == table, "chunks of \(chunk)")
    }
  }

  @Test("A cell encoded once and copied is the same as the cell encoded in place", arguments: 0..<20)
  func copies(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let table = Self.table(&generator)
    var encoder = Encoder()
    encoder.byteOrderMark()
    for record in table {
      for cell in record { encoder.verbatim(Encoder.cell(text: cell.span).span) }
      encoder.endRecord()
    }
    #expect(array(encoder.bytes) == Self.file(table))
  }

  @Test(
    "Fields of 1 MiB come back, whatever they are made of",
    arguments: ["x", "\"", "\r\n", "\r", ",", "🏡", "'", "é\""])
  func largeFields(unit: String) throws {
    let field = Array(String(repeating: unit, count: (1 << 20) / unit.utf8.count).utf8)
    let table = [[field, Array("y".utf8)], [Array("z".utf8), field]]
    for chunk in [999, 65_536, .max] {
      let cells = try decode(Self.file(table), chunk: chunk)
      #expect(cells.map { $0.map { array(FormulaProtection.undo($0.span)) } } == table)
    }
  }

  /// Words that are awkward on their own or beside each other.
  private static let words = [
    "\"", "\"\"", ",", "\r", "\n", "\r\n", "'", "=", "+", "-", "@", "\t", " ", ";", "a", "loan", "-1.5",
    "+61 4", "\u{1}",
    "\u{B}", "\u{1B}", "\u{7F}", "\u{85}", "\u{A0}", "é", "ﬁ", "東京", "🏡", "👩‍👩‍👧", "שלום", "\u{202E}", "\u{200B}",
    "\u{2028}", "\u{FEFF}", "\u{FFFD}", "\u{10FFFF}", "NULL", "<b>", "\\", "\\n", "0",
  ]

  static func table(_ generator: inout SeededGenerator) -> [[[UInt8]]] {
    let width = Int.random(in: 1...6, using: &generator)
    return (0..<Int.random(in: 0...12, using: &generator)).map { _ in
      (0..<width).map { _ in
        let count = Int.random(in: 0...3, using: &generator) * Int.random(in: 0...9, using: &generator)
        return (0..<count).flatMap { _ in Array(words.randomElement(using: &generator)!.utf8) }
      }
    }
  }

  static func file(_ table: [[[UInt8]]]) -> [UInt8] {
    var encoder = Encoder()
    encoder.byteOrderMark()
    for record in table {
      for cell in record { encoder.text(cell.span) }
      encoder.endRecord()
    }
    return array(encoder.bytes)
  }
}
