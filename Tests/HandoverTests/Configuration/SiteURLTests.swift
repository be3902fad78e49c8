import Testing

@testable import Handover

@Suite("The address of the site")
struct SiteURLTests {
  @Test("It is a scheme, a host and perhaps a port, in lower case and without a slash at the end")
  func accepted() throws {
    let secure = try #require(SiteURL("https://Export.Example.com/"))
    #expect(secure.origin == "https://export.example.com")
    #expect(secure.isSecure && secure.host.name == "export.example.com" && secure.port == 443)
    let plain = try #require(SiteURL("http://localhost"))
    #expect(!plain.isSecure && plain.port == 80)
    let local = try #require(SiteURL("http://[::1]:8080"))
    #expect(local.origin == "http://[::1]:8080" && local.host.name == "::1" && local.port == 8080)
  }

  @Test(
    "Anything else is refused",
    arguments: [
      "", "https://", "export.example.com", "ftp://export.example.com", "HTTPS:export.example.com",
      "https://example.com/export", "https://example.com//", "https://example.com?a", "https://example.com#a",
      "https://maria@example.com", "https://example.com:0x1", "https://example.com:99999",
      "https://example.com evil.example",
    ])
  func refused(_ text: String) {
    #expect(SiteURL(text) == nil)
  }
}
