import TestSupport
import Testing

@testable import CSV

/// Files with other separators and encodings, in chunks of any size.
@Suite struct DialectTests {
  private struct Reading {
    var cells: [[String]] = []
    var encoding = Encoding.utf8
  }

  private func read(
    _ bytes: [UInt8], separator: Separator = .comma, as encoding: Encoding = .utf8, chunk: Int
  ) throws(CSVError) -> Reading {
    var reading = Reading()
    var decoder = Decoder(separator: separator, encoding: encoding)
    func take(_ decoder: borrowing Decoder) {
      reading.cells.append((0..<decoder.count).map { string(decoder[$0]) })
    }
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      decoder.feed(bytes[start..<min(start + chunk, bytes.count)].span)
      while try decoder.next() { take(decoder) }
    }
    decoder.finish()
    while try decoder.next() { take(decoder) }
    reading.encoding = decoder.encoding
    return reading
  }

  private func utf16(_ text: String, littleEndian: Bool) -> [UInt8] {
    text.utf16.flatMap { unit in
      let bytes = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
      return littleEndian ? bytes.reversed() : bytes
    }
  }

  @Test("Another separator parts cells, and the comma is text", arguments: [Separator.semicolon, .tab, .bar])
  func separators(_ separator: Separator) throws {
    let sign = String(Unicode.Scalar(separator.rawValue))
    let file =
      ["a,b", "c", "\"d\(sign)\"\"e\"\"\""].joined(separator: sign) + "\r\n"
      + ["1,5", "", "long, long text"].joined(separator: sign)
    for chunk in [1, 3, 1_000] {
      #expect(
        try read(Array(file.utf8), separator: separator, chunk: chunk).cells
          == [["a,b", "c", "d\(sign)\"e\""], ["1,5", "", "long, long text"]])
    }
  }

  @Test(
    "UTF-16 is read with or without its mark, pairs included", arguments: [true, false], [1, 2, 3, 7, 1_000])
  func utf16(littleEndian: Bool, chunk: Int) throws {
    let text = "näme,€\r\n\"𝄞\",日本\n"
    for mark in ["", "\u{FEFF}"] {
      let reading = try read(
        utf16(mark + text, littleEndian: littleEndian),
        as: littleEndian ? .utf16LittleEndian : .utf16BigEndian, chunk: chunk)
      #expect(reading.cells == [["näme", "€"], ["𝄞", "日本"]])
    }
  }

  @Test("Half a character and half a pair are no UTF-16")
  func brokenUTF16() {
    let lone: [UInt8] = [0x61, 0, 0x00, 0xD8, 0x62, 0]
    for bytes in [lone, [0x61, 0, 0x62], [0x61, 0, 0x00, 0xDC], [0x61, 0, 0x00, 0xD8]] as [[UInt8]] {
      #expect(throws: CSVError.self) { _ = try read(bytes, as: .utf16LittleEndian, chunk: 2) }
    }
    #expect(throws: Never.self) { _ = try read([0x61, 0, 0x62, 0], as: .utf16LittleEndian, chunk: 2) }
  }

  @Test("Windows-1252 has its own signs, and five bytes that are none")
  func windows1252() throws {
    #expect(
      try read([0x80, 0x2C, 0x93, 0x2C, 0xE9, 0x2C, 0x9F, 0x2C, 0xFF], as: .windows1252, chunk: 1).cells
        == [["€", "\u{201C}", "é", "Ÿ", "ÿ"]])
    for byte in [0x81, 0x8D, 0x8F, 0x90, 0x9D] as [UInt8] {
      #expect(throws: CSVError.self) { _ = try read([0x61, byte], as: .windows1252, chunk: 10) }
    }
  }

  @Test("A guess takes what is UTF-8 for that, and else Windows-1252", arguments: [1, 2, 3, 5, 64, 1_000])
  func guess(chunk: Int) throws {
    let ascii = "name,note\n" + String(repeating: "Ann,plain\n", count: 20)
    let utf8 = try read(Array((ascii + "Zoë,x\n").utf8), as: .utf8OrWindows1252, chunk: chunk)
    #expect(utf8.cells.last == ["Zoë", "x"] && utf8.encoding == .utf8OrWindows1252)
    let latin = Array(ascii.utf8) + [0x5A, 0x6F, 0xEB, 0x2C, 0x80, 0x0A, 0xC3, 0xA9, 0x2C, 0x62]
    let reading = try read(latin, as: .utf8OrWindows1252, chunk: chunk)
    // From there on, what would be UTF-8 isn't either.
    #expect(reading.cells.suffix(2) == [["Zoë", "€"], ["Ã©", "b"]])
    #expect(reading.encoding == .windows1252 && reading.cells.count == 23)
    // At the very end, where a character could go on.
    #expect(try read([0x61, 0xE9], as: .utf8OrWindows1252, chunk: chunk).cells == [["aé"]])
  }

  @Test("A guess doesn't take damaged UTF-8 for Windows-1252", arguments: [1, 4, 1_000])
  func damaged(chunk: Int) {
    let bytes = Array("é,\n".utf8) + [0x61, 0xE9, 0x0A]
    #expect(throws: CSVError.self) { _ = try read(bytes, as: .utf8OrWindows1252, chunk: chunk) }
    #expect(throws: CSVError.self) { _ = try read([0x61, 0, 0x62], as: .utf8OrWindows1252, chunk: chunk) }
  }

  @Test("A record is put together from cells of others, each with its place")
  func together() {
    var record = Decoder()
    for round in 1...3 {
      record.clear()
      #expect(record.count == 0)
      let cells = ["", "a", String(repeating: "é", count: 5_000 * round)]
      for (place, cell) in cells.enumerated() {
        record.append(Array(cell.utf8).span, at: Position(line: round, column: 10 * place))
      }
      #expect((0..<record.count).map { string(record[$0]) } == cells)
      #expect(record.position(of: 2) == Position(line: round, column: 20))
      #expect(record.size == cells.reduce(0) { $0 + $1.utf8.count })
    }
  }
}
