import Testing

@testable import HTTP

@Suite("An answer")
struct ResponseTests {
  @Test("has the type of what it was made from")
  func hasType() {
    #expect(Response.html([60, 62]).headers["content-type"] == "text/html; charset=utf-8")
    #expect(Response.html([], .notFound).status == .notFound)
    #expect(Response.text("é").body == [0xC3, 0xA9])
    #expect(Response.content([], type: "text/csv").headers["Content-Type"] == "text/csv")
  }

  @Test("sends elsewhere with 303")
  func redirects() {
    let response = Response.seeOther("/login?next=%2F")
    #expect(response.status.code == 303)
    #expect(response.headers["Location"] == "/login?next=%2F")
  }

  @Test("can't be split by a value", arguments: ["\r\n", "\n", "\r", "\0", "\u{7F}", "\u{1}"])
  func keepsLines(control: String) {
    let spaces = String(repeating: " ", count: control.utf8.count)
    let response = Response.seeOther("/a\(control)Set-Cookie: b=c")
    #expect(response.headers["Location"] == "/a\(spaces)Set-Cookie: b=c")
    #expect(Headers.Name("X\(control)Y") == nil)
  }

  @Test("keeps fields of one name apart, in their order")
  func keepsFields() throws {
    let response = Response(.ok)
      .setting(try Cookie(name: "a", value: "1", secure: true))
      .setting(try Cookie(name: "b", value: "2", secure: false))
      .with("X-Frame", "1").with("x-frame", "2")
    #expect(
      response.headers.values(of: "set-cookie") == [
        "a=1; Path=/; Secure; HttpOnly; SameSite=Lax", "b=2; Path=/; HttpOnly; SameSite=Lax",
      ])
    #expect(response.headers.values(of: "X-FRAME") == ["2"])
    #expect(response.headers["X-Fram"] == nil)
  }

  @Test("says each thing of a cookie")
  func writesCookies() throws {
    let cookie = try Cookie(
      name: "__Host-session", value: "aB3-_=", maxAge: .zero, secure: true, sameSite: .strict)
    #expect(
      cookie.header == "__Host-session=aB3-_=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict")
    let plain = try Cookie(name: "s", value: "", path: "/x", secure: false, httpOnly: false)
    #expect(plain.header == "s=; Path=/x; SameSite=Lax")
  }

  @Test(
    "has no cookie that browsers would misread or refuse",
    arguments: [
      ("", "v", "/", true), ("a b", "v", "/", true), ("a=b", "v", "/", true), ("a;", "v", "/", true),
      ("ü", "v", "/", true), ("a", "v;w", "/", true), ("a", "v w", "/", true), ("a", "v,w", "/", true),
      ("a", "\"v\"", "/", true), ("a", "v\r\nX: y", "/", true), ("a", "é", "/", true), ("a", "\\", "/", true),
      ("a", "v", "", true), ("a", "v", "/; Domain=x", true), ("a", "v", "/\n", true),
      ("__Host-a", "v", "/", false), ("__Host-a", "v", "/x", true), ("__host-a", "v", "/", false),
      ("__Secure-a", "v", "/", false),
    ])
  func refusesCookies(name: String, value: String, path: String, secure: Bool) {
    let error = #expect(throws: HTTPError.self) {
      try Cookie(name: name, value: value, path: path, secure: secure)
    }
    #expect(error?.code == .invalidCookie)
  }
}
