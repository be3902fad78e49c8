import Testing

@testable import HTTP

@Suite("A host")
struct HostTests {
  @Test(
    "is a name and perhaps a port",
    arguments: [
      ("localhost", "localhost", nil), ("LocalHost:8080", "localhost", 8080), ("127.0.0.1:1", "127.0.0.1", 1),
      ("[::1]", "::1", nil), ("[2001:DB8::1]:443", "2001:db8::1", 443),
      ("a.example:65535", "a.example", 65_535),
    ] as [(String, String, Int?)])
  func reads(text: String, name: String, port: Int?) throws {
    let host = try #require(Host(text))
    #expect(host.name == name)
    #expect(host.port == port)
  }

  @Test(
    "is nothing else",
    arguments: [
      "", ":80", "a:", "a:b", "a:0", "a:65536", "a:99999999999999999999", "a:+80", "a:80:80", "a b", "a,b",
      "user@a", "a/b", "http://a", "[::1", "[::1]80", "[]", "[localhost]", "::1", "ü", "a\r\n", "a?", "a:８０",
    ])
  func refuses(text: String) {
    #expect(Host(text) == nil)
  }

  @Test("equals its other spellings in case, and no other port")
  func compares() {
    #expect(Host("Example.com:80") == Host("example.COM:80"))
    #expect(Host("example.com") != Host("example.com:80"))
  }
}
