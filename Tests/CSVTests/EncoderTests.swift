import Testing

@testable import CSV

@Suite("Encoder")
struct EncoderTests {
  @Test("Commas stand between cells and CRLF after every record")
  func records() {
    var encoder = Encoder()
    encoder.text("deal_id")
    encoder.text("name")
    encoder.endRecord()
    encoder.identifier(prefix: UInt8(ascii: "D"), 12)
    encoder.empty()
    encoder.endRecord()
    #expect(string(encoder.bytes) == "deal_id,name\r\nD-12,\r\n")
    #expect(encoder.written == 21)
  }

  @Test("The byte order mark is U+FEFF in UTF-8 and is not a cell")
  func byteOrderMark() {
    var encoder = Encoder()
    encoder.byteOrderMark()
    encoder.text("a")
    encoder.endRecord()
    #expect(array(encoder.bytes) == [0xEF, 0xBB, 0xBF, 0x61, 0x0D, 0x0A])
  }

  @Test(
    "Only a field with comma, quote, CR or LF is quoted, and its quotes are doubled",
    arguments: [
      ("", ""), ("plain", "plain"), ("two words", "two words"), (" padded ", " padded "),
      ("semi;colon", "semi;colon"), ("tab\tinside", "tab\tinside"), ("b=c", "b=c"),
      ("a,b", "\"a,b\""), (",", "\",\""), ("\"", "\"\"\"\""), ("say \"hi\"", "\"say \"\"hi\"\"\""),
      ("\"\"", "\"\"\"\"\"\""), ("a\r\nb", "\"a\r\nb\""), ("a\nb", "\"a\nb\""), ("a\rb", "\"a\rb\""),
      ("line\n", "\"line\n\""), ("Zoë, 東京 🏡", "\"Zoë, 東京 🏡\""), ("Zoë 東京 🏡", "Zoë 東京 🏡"),
      ("\u{B}\u{C}\u{85}\u{2028}", "\u{B}\u{C}\u{85}\u{2028}"), ("¬­Œ", "¬­Œ"),
    ])
  func quotes(text: String, cell: String) {
    #expect(encoded(text) == cell)
  }

  @Test(
    "A special character is found at every place of a text of every length",
    arguments: [",", "\"", "\r", "\n"])
  func everyPlace(special: Character) {
    for length in 1...40 {
      // A CR in front would be protected too.
      for place in (special == "\r" ? 1 : 0)..<length {
        var text = [Character](repeating: "x", count: length)
        text[place] = special
        let doubled = text.flatMap { $0 == "\"" ? ["\"", "\""] : [$0] }
        #expect(encoded(String(text)) == "\"" + String(doubled) + "\"")
      }
      #expect(encoded(String(repeating: "x", count: length)) == String(repeating: "x", count: length))
    }
  }

  @Test("A protected field is quoted around the apostrophe")
  func protectedAndQuoted() {
    #expect(encoded("=A1") == "'=A1")
    #expect(encoded("=SUM(A1,A2)") == "\"'=SUM(A1,A2)\"")
    #expect(encoded("\r") == "\"'\r\"")
    #expect(encoded("\n") == "\"\n\"")
    #expect(encoded("'") == "''")
    #expect(encoded("\t") == "'\t")
  }

  @Test("Verbatim cells are copied as they are, and a cell encoded once is the same as text")
  func verbatim() {
    let cell = Encoder.cell(text: "=a, \"b\"".utf8Span.span)
    var encoder = Encoder()
    encoder.verbatim("2026-05-02")
    encoder.verbatim("")
    encoder.verbatim(cell.span)
    encoder.text("=a, \"b\"")
    #expect(string(encoder.bytes) == "2026-05-02,,\"'=a, \"\"b\"\"\",\"'=a, \"\"b\"\"\"")
  }

  @Test("A field larger than the buffer, made of quotes only, is doubled")
  func largeField() {
    let quotes = String(repeating: "\"", count: 3_000_000)
    #expect(encoded(quotes) == "\"" + quotes + quotes + "\"")
  }

  @Test("Clearing between writes gives the same bytes")
  func clearing() {
    var encoder = Encoder(capacity: 64)
    var taken: [UInt8] = []
    var whole: [UInt8] = []
    for row in 0..<200 {
      let note = String(repeating: "note \(row), ", count: row % 50)
      encoder.integer(Int64(row))
      encoder.text(note)
      encoder.endRecord()
      whole += Array((row % 50 == 0 ? "\(row),\r\n" : "\(row),\"\(note)\"\r\n").utf8)
      #expect(encoder.written == whole.count)
      guard row % 3 == 0 else { continue }
      taken += encoder.array
      encoder.clear()
      #expect(encoder.count == 0)
    }
    taken += encoder.array
    #expect(taken == whole)
  }

  @Test("After a large field has been cleared the encoder goes on")
  func shrinking() {
    var encoder = Encoder()
    encoder.text(String(repeating: "x", count: 5_000_000))
    encoder.clear()
    encoder.text("y")
    #expect(string(encoder.bytes) == ",y")
    #expect(encoder.written == 5_000_002)
  }
}
