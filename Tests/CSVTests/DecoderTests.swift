import Testing

@testable import CSV

@Suite("Decoder")
struct DecoderTests {
  @Test(
    "What RFC 4180 allows is read, however it is cut",
    arguments: [
      ("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n", [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]),
      ("aaa,bbb,ccc\r\nzzz,yyy,xxx", [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]),
      ("\"aaa\",\"bbb\",\"ccc\"\r\nzzz,yyy,xxx", [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]),
      ("\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz,yyy,xxx", [["aaa", "b\r\nbb", "ccc"], ["zzz", "yyy", "xxx"]]),
      ("\"aaa\",\"b\"\"bb\",\"ccc\"", [["aaa", "b\"bb", "ccc"]]),
      ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]),
      ("a,b\nc,d\r\n", [["a", "b"], ["c", "d"]]),
      ("a, b ,c\n", [["a", " b ", "c"]]),
      ("\"a\rb\",\"c\nd\"\n", [["a\rb", "c\nd"]]),
      ("\"\"\"\",\"\"\"\"\"\"\n", [["\"", "\"\""]]),
      ("\"a\"\"\",\"\"\"b\"", [["a\"", "\"b"]]),
      (",\r\n,", [["", ""], ["", ""]]),
      ("\"\",\"\"", [["", ""]]),
      ("a,", [["a", ""]]),
      ("a\r\n\r\n", [["a"], [""]]),
      ("\"\"", [[""]]),
      ("\n", [[""]]),
      ("", []),
      ("\u{FEFF}", []),
      ("\u{FEFF}a\r\n", [["a"]]),
      ("\u{FEFF}\"a\",\u{FEFF}\r\n", [["a", "\u{FEFF}"]]),
      ("\u{FEFE}a\n", [["\u{FEFE}a"]]),
      ("é,東京,🏡,\"שלום, \u{202E}x\"\n", [["é", "東京", "🏡", "שלום, \u{202E}x"]]),
      ("\u{1}\t\u{7F}\u{85}\u{2028}\n", [["\u{1}\t\u{7F}\u{85}\u{2028}"]]),
      ("'=1,''x\n", [["'=1", "''x"]]),
    ] as [(String, [[String]])])
  func accepted(text: String, records: [[String]]) throws {
    for chunk in chunkSizes {
      #expect(try decode(text, chunk: chunk) == records, "chunks of \(chunk)")
    }
  }

  @Test(
    "A field knows the line and the byte at which it begins, line breaks in quotes counted",
    arguments: chunkSizes)
  func positions(chunk: Int) throws {
    let text = "\u{FEFF}id,näme,x\r\n1,\"a\r\nb\nc\rd\r\r\n\n\",\"e\"\"\",f\n2,\"\"\n"
    var positions: [[Position]] = []
    try read(Array(text.utf8), chunk: chunk) { decoder in
      positions.append((0..<decoder.count).map { decoder.position(of: $0) })
    }
    #expect(
      positions == [
        [Position(line: 1, column: 1), Position(line: 1, column: 4), Position(line: 1, column: 10)],
        [
          Position(line: 2, column: 1), Position(line: 2, column: 3), Position(line: 8, column: 3),
          Position(line: 8, column: 9),
        ],
        [Position(line: 9, column: 1), Position(line: 9, column: 3)],
      ])
  }

  @Test("A record with the header's number of fields passes, others say what both have")
  func fieldCount() throws {
    var decoder = Decoder()
    decoder.feed("a,b\n\nc\n\"\",d,\"e\nf\"\n".utf8Span.span)
    var errors: [CSVError?] = []
    while try decoder.next() {
      do {
        try decoder.expect(fields: 2)
        errors.append(nil)
      } catch {
        errors.append(error)
      }
    }
    #expect(errors.map { $0?.position.line } == [nil, 2, 3, 4])
    #expect(errors[1]?.description == "line 2, column 1: The line is empty. Remove it.")
    #expect(errors[2]?.message.hasPrefix("The record has 1 field and the header 2 fields.") == true)
    #expect(errors[3]?.code == .fieldCount)
  }

  @Test("Nothing more comes after the last record, however often it is asked for")
  func afterTheEnd() throws {
    var decoder = Decoder()
    decoder.feed("a".utf8Span.span)
    #expect(try !decoder.next())
    decoder.finish()
    #expect(try decoder.next())
    #expect(try !decoder.next())
    #expect(try !decoder.next())
  }

  @Test("Several chunks may be fed before the records are asked for")
  func feedTwice() throws {
    var decoder = Decoder()
    decoder.feed("a,b\nc".utf8Span.span)
    #expect(try decoder.next())
    decoder.feed("c,d\n".utf8Span.span)
    decoder.feed(",\n".utf8Span.span)
    #expect(string(decoder[1]) == "b")
    #expect(try decoder.next())
    #expect(string(decoder[0]) == "cc")
    #expect(try decoder.next())
    #expect(decoder.count == 2)
  }
}
