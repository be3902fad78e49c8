import Testing

@testable import HTTP

@Suite("A form")
struct FormTests {
  @Test(
    "is read as the WHATWG URL standard has it",
    arguments: [
      ("", []),
      ("&&", []),
      ("a=1&b=2", ["a", "1", "b", "2"]),
      ("a", ["a", ""]),
      ("a=", ["a", ""]),
      ("=v", ["", "v"]),
      ("a=b=c", ["a", "b=c"]),
      ("&a=1&&b=2&", ["a", "1", "b", "2"]),
      ("q=J%C3%BCrgen+K%2B%26", ["q", "Jürgen K+&"]),
      ("a+b=c", ["a b", "c"]),
      ("100%=5%&c=%zz%4", ["100%", "5%", "c", "%zz%4"]),
      ("a=%e2%82%AC", ["a", "€"]),
      ("a=%F0%9F%8D%8B🍋", ["a", "🍋🍋"]),
      ("a=%EF%BB%BFx", ["a", "\u{FEFF}x"]),
      ("a=1;b=2", ["a", "1;b=2"]),
    ] as [(String, [String])])
  func reads(text: String, expected: [String]) throws {
    #expect(try Form(parsing: text.utf8).fields.flatMap { [$0.name, $0.value] } == expected)
  }

  @Test("tells names apart by their bytes, as other programs do")
  func exactNames() throws {
    let form = try Form(parsing: "%C3%A9=1&e%CC%81=2&%E2%84%AA=3&K=4".utf8)
    #expect(form["\u{E9}"] == "1" && form["e\u{301}"] == "2" && form["\u{212A}"] == "3" && form["K"] == "4")
    let request = Request(.get, "/", headers: headers("\u{212A}=kelvin; K=plain"))
    #expect(request.cookies["K"] == "plain")
    #expect(request.cookies["\u{212A}"] == "kelvin")
  }

  private func headers(_ cookie: String) -> Headers {
    var headers = Headers()
    headers.append("Cookie", cookie)
    return headers
  }

  @Test(
    "is refused where two readers could read two things",
    arguments: [
      ("a=%00", .nul),
      ("a%00b=1", .nul),
      ("a=%FF", .invalidUTF8),
      ("a=%C0%AF", .invalidUTF8),
      ("a=%E0%80%AF", .invalidUTF8),
      ("a=%ED%A0%80", .invalidUTF8),
      ("a=%F4%90%80%80", .invalidUTF8),
      ("a=%E2%82", .invalidUTF8),
      ("%80=1", .invalidUTF8),
      ("a=1&a=1", .duplicateParameter),
      ("a=1&%61=2", .duplicateParameter),
      ("a&b&a", .duplicateParameter),
      ("=1&=2", .duplicateParameter),
    ] as [(String, HTTPError.Code)])
  func refuses(text: String, code: HTTPError.Code) {
    let error = #expect(throws: HTTPError.self) { try Form(parsing: text.utf8) }
    #expect(error?.code == code)
    #expect(error?.status == .badRequest)
  }

  @Test("is refused with raw bytes that are no UTF-8, and with a raw NUL")
  func refusesRawBytes() {
    #expect(throws: HTTPError(.invalidUTF8, "a parameter's value is not UTF-8")) {
      try Form(parsing: Array("a=".utf8) + [0xE9])
    }
    #expect(throws: HTTPError(.nul, "NUL in a parameter's value")) {
      try Form(parsing: Array("a=".utf8) + [0])
    }
  }

  @Test("has two thousand parameters and no more")
  func limitsParameters() throws {
    let most = (1...2_000).map { "p\($0)=" }.joined(separator: "&")
    #expect(try Form(parsing: most.utf8).fields.count == 2_000)
    let error = #expect(throws: HTTPError.self) { try Form(parsing: (most + "&one=more").utf8) }
    #expect(error?.code == .tooManyParameters)
  }

  @Test("is looked up by name, a missing one being nil")
  func looksUp() throws {
    let form = try Form(parsing: "a=1&empty=".utf8)
    #expect(form["a"] == "1")
    #expect(form["empty"] == "")
    #expect(form["A"] == nil)
  }

  @Test("is written so that it is read as it was")
  func writes() throws {
    let form = Form(["q": "J&K = 100% +~*-._", "ü\r\n": "/settings?x=1", "": ""])
    #expect(form.encoded == "q=J%26K+%3D+100%25+%2B%7E*-._&%C3%BC%0D%0A=%2Fsettings%3Fx%3D1&=")
    #expect(try Form(parsing: form.encoded.utf8) == form)
    #expect(Form().encoded == "")
  }
}
