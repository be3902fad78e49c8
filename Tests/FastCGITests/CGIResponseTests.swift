import HTTP
import Testing

@testable import FastCGI

@Suite("The bytes of a response")
struct CGIResponseTests {
  private func text(_ response: Response, to method: Method = .get) -> String {
    let answer = CGIResponse(response, to: method)
    return String(decoding: answer.head + answer.body, as: UTF8.self)
  }

  @Test("are status, fields in their order, length, an empty line, the body")
  func writes() {
    #expect(
      text(.text("hé", .notFound).with("X-B", "1").with("X-A", "2"))
        == "Status: 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nX-B: 1\r\nX-A: 2\r\n"
        + "Content-Length: 3\r\n\r\nhé")
  }

  @Test("for HEAD are those for GET without the body")
  func leavesOutBody() {
    let response = Response.text("body")
    #expect(text(response, to: .head) + "body" == text(response))
    #expect(text(response, to: .post) == text(response))
  }

  @Test("have no length where there is none, or where the web server knows it")
  func leavesOutLength() {
    #expect(text(Response(Status(204, "No Content"))) == "Status: 204 No Content\r\n\r\n")
    #expect(
      text(Response(.ok).with("X-Accel-Redirect", "/f")) == "Status: 200 OK\r\nX-Accel-Redirect: /f\r\n\r\n")
    #expect(text(Response(.seeOther)) == "Status: 303 See Other\r\nContent-Length: 0\r\n\r\n")
  }
}
