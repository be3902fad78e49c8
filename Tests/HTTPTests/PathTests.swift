import Testing

@testable import HTTP

@Suite("A path")
struct PathTests {
  @Test(
    "is split first and decoded then",
    arguments: [
      ("/", [""]),
      ("/settings", ["settings"]),
      ("/settings/", ["settings", ""]),
      ("//a", ["", "a"]),
      ("/a%2Fb/c", ["a/b", "c"]),
      ("/a%252Fb", ["a%2Fb"]),
      ("/a+b", ["a+b"]),
      ("/J%c3%BCrgen", ["Jürgen"]),
      ("/a/../b/.", ["a", "..", "b", "."]),
    ] as [(String, [String])])
  func splits(raw: String, segments: [String]) throws {
    #expect(try Path(raw).segments == segments)
  }

  @Test(
    "is refused where it is none",
    arguments: [
      ("", .malformedPath), ("settings", .malformedPath), ("*", .malformedPath),
      ("http://host/", .malformedPath), ("/a%", .malformedPath), ("/a%4", .malformedPath),
      ("/%4/1", .malformedPath), ("/%zz", .malformedPath), ("/a%00", .nul), ("/%FF", .invalidUTF8),
      ("/%C0%AE%C0%AE", .invalidUTF8), ("/%E2%82/%AC", .invalidUTF8),
    ] as [(String, HTTPError.Code)])
  func refuses(raw: String, code: HTTPError.Code) {
    let error = #expect(throws: HTTPError.self) { try Path(raw) }
    #expect(error?.code == code)
    #expect(error?.status == .badRequest)
  }
}
