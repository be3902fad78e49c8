import TestSupport
import Testing

@testable import CSV

@Suite("Decoder: errors")
struct DecoderErrorTests {
  @Test(
    "What is not CSV is refused at its line and column, however it is cut",
    arguments: [
      ("a,b\"c\n", .strayQuote, 1, 4),
      ("a,b\r\nc, \"d\"\n", .strayQuote, 2, 4),
      ("a,\"b\" ,c\n", .textAfterQuote, 1, 6),
      ("a,\"b\nc\"d\n", .textAfterQuote, 2, 3),
      ("\"a\"\"\" \"", .textAfterQuote, 1, 6),
      ("a,\"b\nc\n", .unclosedQuote, 1, 3),
      ("a\nb,\"\"\"", .unclosedQuote, 2, 3),
      ("\"", .unclosedQuote, 1, 1),
      ("\u{FEFF}\"", .unclosedQuote, 1, 1),
      ("a\rb\n", .loneReturn, 1, 2),
      ("\"a\"\r\"b\"", .loneReturn, 1, 4),
      ("a\nb\r", .loneReturn, 2, 2),
      ("a\r\r\n", .loneReturn, 1, 2),
      ("a,b\r\nc,\0\n", .nul, 2, 3),
      ("\"a\nb\0\"\n", .nul, 2, 2),
      ("\0", .nul, 1, 1),
      ("é\0", .nul, 1, 3),
    ] as [(String, CSVError.Code, Int, Int)])
  func refused(text: String, code: CSVError.Code, line: Int, column: Int) {
    expect(Array(text.utf8), code, line, column)
  }

  @Test(
    "Bytes that are no UTF-8 are refused at the first byte of the character",
    arguments: [
      [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x9F, 0xBF], [0xE2, 0x82],
      [0xE2, 0x28, 0xA1], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF],
      [0xF0, 0x9F, 0x8F],
      [0xF0, 0x9F, 0x8F, 0x41], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE],
    ] as [[UInt8]])
  func invalidUTF8(bytes: [UInt8]) {
    expect(bytes, .invalidUTF8, 1, 1)
    expect(Array("id,été\r\n1,\"two\nüx".utf8) + bytes, .invalidUTF8, 3, 4)
    expect(Array("id,été\r\n1,\"two\nüx".utf8) + bytes + Array("\"\r\n".utf8), .invalidUTF8, 3, 4)
    expect(Array("0123456789abcdefé".utf8) + bytes + Array("0123456789".utf8), .invalidUTF8, 1, 19)
  }

  @Test("The first and the last character of every length are UTF-8")
  func validUTF8() throws {
    let text = "\u{1}\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}"
    for chunk in chunkSizes { #expect(try decode(text, chunk: chunk) == [[text]]) }
  }

  @Test(
    "UTF-16 and UTF-32 are refused with the advice to save as UTF-8",
    arguments: [
      [0xFF, 0xFE], [0xFE, 0xFF], [0xFF, 0xFE, 0x61, 0x00], [0xFE, 0xFF, 0x00, 0x61],
      [0xFF, 0xFE, 0x00, 0x00],
    ] as [[UInt8]])
  func utf16(bytes: [UInt8]) {
    expect(bytes, .notUTF8, 1, 1)
    #expect(failure(bytes)?.message.contains("Save it as UTF-8") == true)
  }

  @Test("A byte order mark that is cut short is no UTF-8")
  func shortMark() {
    expect([0xEF], .invalidUTF8, 1, 1)
    expect([0xEF, 0xBB], .invalidUTF8, 1, 1)
  }

  @Test("A field may have as many bytes as its limit and not one more")
  func fieldLimit() throws {
    var limits = Decoder.Limits()
    limits.field = 10
    for good in ["x,0123456789\n", "x,\"0123456789\"\n", "x,\"01234\"\"\"\"\"\"\"\"\"\"\"", "x,0123456789"] {
      for chunk in chunkSizes {
        #expect(failure(Array(good.utf8), chunk: chunk, limits: limits) == nil, "\(good)")
      }
    }
    for bad in ["x\ny,0123456789a\n", "x\ny,\"0123456789a\"\n", "x\ny,\"0123\n456789", "x\ny,0123456789a"] {
      expect(Array(bad.utf8), .fieldTooLarge, 2, 3, limits)
    }
  }

  @Test("A record may have as many bytes as its limit, with its line break, and not one more")
  func recordLimit() {
    var limits = Decoder.Limits()
    limits.record = 10
    for good in ["0123,567\r\n0123,56789", "\"12,45\r\"\r\n"] {
      for chunk in chunkSizes {
        #expect(failure(Array(good.utf8), chunk: chunk, limits: limits) == nil, "\(good)")
      }
    }
    for bad in ["x\n0123,5678\r\n", "x\n0123,567890", "x\n\"\"\"\"\"\"\"\"\"\"\""] {
      expect(Array(bad.utf8), .recordTooLarge, 2, 1, limits)
    }
  }

  @Test("A record may have as many fields as the limit and not one more")
  func fieldsLimit() {
    var limits = Decoder.Limits()
    limits.fields = 3
    #expect(failure(Array("a,b,c\n,,".utf8), limits: limits) == nil)
    expect(Array("a,b,c\n,,,".utf8), .tooManyFields, 2, 4, limits)
  }

  @Test("A field of 16 MiB is read, and one of a byte more refused")
  func defaultFieldLimit() throws {
    let field = [UInt8](repeating: UInt8(ascii: "x"), count: 16 << 20)
    #expect(try decode(field, chunk: 65_536) == [[field]])
    #expect(failure(field + field.prefix(1), chunk: 65_536)?.code == .fieldTooLarge)
  }

  @Test("Any bytes give the same records and the same error, however they are cut", arguments: 0..<300)
  func anyBytes(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let sound = ["\"", "\"", "\",\"", ",", ",", "\r\n", "\n", "\r", "a", "é", "🏡", "\u{FEFF}", "0123456789"]
    let broken: [[UInt8]] = [[0x00], [0xE2, 0x82], [0xFF]]
    let bytes = (0..<Int.random(in: 0...60, using: &generator)).flatMap { _ in
      Int.random(in: 0..<40, using: &generator) == 0
        ? broken.randomElement(using: &generator)! : Array(sound.randomElement(using: &generator)!.utf8)
    }
    var limits = Decoder.Limits()
    limits.field = 40
    limits.record = 90
    limits.fields = 12
    let whole = outcome(bytes, .max, limits)
    for chunk in chunkSizes { #expect(outcome(bytes, chunk, limits) == whole, "chunks of \(chunk)") }
  }

  private struct Outcome: Equatable {
    var records: [[[UInt8]]] = []
    var error: CSVError?
  }

  private func outcome(_ bytes: [UInt8], _ chunk: Int, _ limits: Decoder.Limits) -> Outcome {
    var outcome = Outcome()
    do {
      try read(bytes, chunk: chunk, limits: limits) { outcome.records.append(cells($0)) }
    } catch {
      outcome.error = error
    }
    return outcome
  }

  private func expect(
    _ bytes: [UInt8], _ code: CSVError.Code, _ line: Int, _ column: Int, _ limits: Decoder.Limits = .init()
  ) {
    for chunk in chunkSizes {
      let error = failure(bytes, chunk: chunk, limits: limits)
      #expect(error?.code == code, "chunks of \(chunk): \(String(decoding: bytes, as: UTF8.self))")
      #expect(error?.position == Position(line: line, column: column), "chunks of \(chunk)")
    }
  }
}
