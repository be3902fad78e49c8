import System
import Testing

@testable import Handover

@Suite("curl")
struct CurlTests {
  @Test("The request stands in quotes, whatever is in it")
  func quotes() {
    let text = Curl.configuration(
      for: WebRequest(
        method: "POST", url: "https://a.example/?q=\"x\"", headers: [("A", "b\\c")],
        body: "{\"a\": \"\n\r\t\"}"))
    #expect(text.contains(#"url = "https://a.example/?q=\"x\"""#))
    #expect(text.contains(#"header = "A: b\\c""#))
    #expect(text.contains(#"data-raw = "{\"a\": \"\n\r\t\"}""#))
    #expect(text.contains("proto = \"=https\""))
    #expect(text.split(separator: "\n").allSatisfy { !$0.hasPrefix("location") }, "no redirect is followed")
  }

  @Test("An answer is read from its end, so that no body can pretend to be one")
  func answers() {
    func answer(_ text: String) -> WebAnswer? { Curl.answer(in: Array(text.utf8)) }
    #expect(answer("{}\n200 ")?.status == 200 && answer("{}\n200 ")?.body == Array("{}".utf8))
    #expect(answer("500 \n\n429 17")?.status == 429 && answer("\n429 17")?.retryAfter == .seconds(17))
    #expect(answer("\n429 Wed, 21 Oct 2026 07:28:00 GMT")?.retryAfter == nil)
    #expect(answer("\n503 99999999")?.retryAfter == .hours(1))
    for none in ["", "200", "\n000 ", "{}\n"] { #expect(answer(none) == nil) }
  }

  @Test("Where curl is missing, it is said who has to do what")
  func missing() {
    #expect(throws: StorageProblem.self) {
      try Curl(["PATH": "/nowhere"]).answer(to: WebRequest(url: "https://a.example"), of: .google)
    }
  }
}
