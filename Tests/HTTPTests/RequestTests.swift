import Testing

@testable import HTTP

@Suite("A request")
struct RequestTests {
  @Test("divides its target at the first question mark")
  func dividesTarget() throws {
    let request = Request(.get, "/exports/x/download?expires=1&next=a?b")
    #expect(try request.path.segments == ["exports", "x", "download"])
    #expect(request.rawQuery == "expires=1&next=a?b")
    #expect(try request.query["next"] == "a?b")
    #expect(Request(.get, "/a").rawQuery == "")
    #expect(Request(.get, "/a?").rawQuery == "")
  }

  @Test(
    "keeps its target, apart from bytes that no URL holds",
    arguments: [
      ("/a%2fb?c=%00#'\"<>[]{}|\\^`", "/a%2fb?c=%00#'\"<>[]{}|\\^`"),
      ("/ü\u{7F}\r\n x\t", "/%C3%BC%7F%0D%0A%20x%09"),
    ])
  func keepsTarget(raw: String, target: String) {
    #expect(PercentEncoding.target(Array(raw.utf8)) == target)
  }

  @Test("with raw bytes in its target that are no UTF-8 is refused when it is read")
  func refusesRawBytes() {
    let target = PercentEncoding.target(Array("/a".utf8) + [0xFF] + Array("?b=".utf8) + [0xFE])
    #expect(target == "/a%FF?b=%FE")
    #expect(throws: HTTPError(.invalidUTF8, "the path is not UTF-8")) { try Request(.get, target).path }
    #expect(throws: HTTPError.self) { try Request(.get, target).query }
  }

  @Test(
    "has a form in HTML's default type only",
    arguments: [
      ("application/x-www-form-urlencoded", true),
      ("Application/X-WWW-Form-Urlencoded ; charset=UTF-8", true),
      ("application/x-www-form-urlencoded;charset=iso-8859-1", true),
      ("application/x-www-form-urlencoded2", false),
      ("text/plain", false),
      ("multipart/form-data; boundary=application/x-www-form-urlencoded", false),
      ("application/json", false),
      ("", false),
      (nil, false),
    ] as [(String?, Bool)])
  func checksType(type: String?, isForm: Bool) throws {
    var request = Request(.post, "/", body: Array("a=1".utf8))
    if let type { request.headers.append("content-type", type) }
    if isForm {
      #expect(try request.form["a"] == "1")
    } else {
      let error = #expect(throws: HTTPError.self) { try request.form }
      #expect(error?.status == .unsupportedMediaType)
    }
  }

  @Test("without a body has an empty form, and so have GET and HEAD")
  func hasEmptyForm() throws {
    #expect(try Request(.post, "/").form == Form())
    #expect(try Request(.get, "/", body: Array("a=1&a=1".utf8)).form == Form())
    #expect(try Request(.head, "/", body: [0xFF]).form == Form())
  }

  @Test(
    "with too large a body has no form, whatever the method", arguments: [Method.get, .post, .other("PUT")])
  func refusesLargeBody(method: Method) {
    let error = #expect(throws: HTTPError.self) { try Request(method, "/", isBodyTooLarge: true).form }
    #expect(error?.status == .contentTooLarge)
  }

  @Test("knows its methods by their exact names")
  func knowsMethods() {
    #expect(
      ["GET", "HEAD", "POST", "get", "PUT"].map(Method.init) == [
        .get, .head, .post, .other("get"), .other("PUT"),
      ])
    #expect([Method.get, .head, .post, .other("PUT")].map(\.name) == ["GET", "HEAD", "POST", "PUT"])
  }

  @Test(
    "skips cookies that are malformed",
    arguments: [
      (["a=1; b=2"], "a", "1"),
      (["a=1; b=2"], "b", "2"),
      (["a=1;b=2"], "b", "2"),
      ([" a = 1 ;\tb=2"], "a", "1"),
      (["junk; =x; ;; a=1"], "a", "1"),
      (["a=1; a=2"], "a", "1"),
      (["a=b=c"], "a", "b=c"),
      (["a=\"q\""], "a", "\"q\""),
      (["b=1", "a=2"], "a", "2"),
      (["a="], "a", ""),
      (["A=1"], "a", nil),
      (["a"], "a", nil),
      ([], "a", nil),
    ] as [([String], String, String?)])
  func readsCookies(fields: [String], name: String, value: String?) {
    var request = Request(.get, "/")
    for field in fields { request.headers.append("Cookie", field) }
    #expect(request.cookies[name] == value)
  }
}
