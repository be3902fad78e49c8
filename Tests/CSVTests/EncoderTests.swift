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

@Suite("Encoder: values")
struct EncoderValuesTests {
  @Test(
    "Integers are written in decimal",
    arguments: [
      0, 1, -1, 9, 10, 99, 100, 1_234_567_890, 999_999_999_999_999_999, 1_000_000_000_000_000_000, .max, .min,
    ] as [Int64])
  func integer(value: Int64) {
    #expect(cell { $0.integer(value) } == String(value))
  }

  @Test("Integers at every power of ten are written in decimal")
  func powersOfTen() {
    var power: Int64 = 1
    for _ in 0...18 {
      for value in [power - 1, power, power + 1, -power] {
        #expect(cell { $0.integer(value) } == String(value))
      }
      power = power.multipliedReportingOverflow(by: 10).partialValue
    }
  }

  @Test(
    "Money in cents has exactly two decimals",
    arguments: [
      (0, "0.00"), (5, "0.05"), (-5, "-0.05"), (50, "0.50"), (100, "1.00"), (123_450, "1234.50"),
      (-123_456, "-1234.56"), (.max, "92233720368547758.07"), (.min, "-92233720368547758.08"),
    ] as [(Int64, String)])
  func money(cents: Int64, text: String) {
    #expect(cell { $0.decimal(cents, scale: 2, minimumFraction: 2) } == text)
  }

  @Test(
    "Rates in ten-thousandths have at most four decimals and no zeros at the end",
    arguments: [
      (0, "0"), (58_900, "5.89"), (60_000, "6"), (51_234, "5.1234"), (1, "0.0001"), (100_000, "10"),
      (-2_500, "-0.25"), (50_010, "5.001"),
    ] as [(Int64, String)])
  func rates(value: Int64, text: String) {
    #expect(cell { $0.decimal(value, scale: 4, minimumFraction: 0) } == text)
  }

  @Test("A number without decimals and one with eighteen")
  func scales() {
    #expect(cell { $0.decimal(42, scale: 0, minimumFraction: 0) } == "42")
    #expect(cell { $0.decimal(1, scale: 18, minimumFraction: 0) } == "0.000000000000000001")
    #expect(cell { $0.decimal(.min, scale: 18, minimumFraction: 0) } == "-9.223372036854775808")
    #expect(cell { $0.decimal(1_500, scale: 3, minimumFraction: 2) } == "1.50")
  }

  @Test("Identifiers are a letter and a number, alone and as a list")
  func identifiers() {
    let numbers: [Int64] = [7, 12, .max]
    #expect(cell { $0.identifier(prefix: UInt8(ascii: "U"), 3) } == "U-3")
    #expect(
      cell { $0.identifiers(prefix: UInt8(ascii: "C"), numbers.span) } == "C-7; C-12; C-9223372036854775807")
    #expect(cell { $0.identifiers(prefix: UInt8(ascii: "C"), [Int64]().span) } == "")
  }

  @Test("Booleans are true and false")
  func booleans() {
    #expect(cell { $0.boolean(true) } == "true")
    #expect(cell { $0.boolean(false) } == "false")
  }

  @Test("Values after values get their commas, also where the buffer grows between them")
  func manyValues() {
    var encoder = Encoder(capacity: 64)
    for value in 0..<1_000 { encoder.decimal(Int64(value), scale: 2, minimumFraction: 2) }
    let expected = (0..<1_000).map { "\($0 / 100).\($0 % 100 / 10)\($0 % 10)" }.joined(separator: ",")
    #expect(string(encoder.bytes) == expected)
  }

  /// What one cell is written as.
  private func cell(_ write: (inout Encoder) -> Void) -> String {
    var encoder = Encoder()
    write(&encoder)
    return string(encoder.bytes)
  }
}
