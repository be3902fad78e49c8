import Testing

@testable import HTTP

@Suite("A download's name")
struct ContentDispositionTests {
  @Test(
    "stands in ASCII and exactly",
    arguments: [
      ("a.zip", "a.zip", "a.zip"),
      ("€ rates.zip", "_ rates.zip", "%E2%82%AC%20rates.zip"),
      ("Jürgen & Co (2026).zip", "J_rgen & Co (2026).zip", "J%C3%BCrgen%20&%20Co%20%282026%29.zip"),
      ("100%.zip", "100_.zip", "100%25.zip"),
      ("a'b.zip", "a'b.zip", "a%27b.zip"),
    ])
  func writes(filename: String, ascii: String, exact: String) {
    #expect(
      ContentDisposition.attachment(filename)
        == "attachment; filename=\"\(ascii)\"; filename*=UTF-8''\(exact)")
  }

  @Test(
    "is at most as long as a file's name can be, and keeps its ending",
    arguments: [
      (String(repeating: "a", count: 255) + ".csv", String(repeating: "a", count: 251) + ".csv"),
      (String(repeating: "a", count: 300), String(repeating: "a", count: 255)),
      ("." + String(repeating: "a", count: 300), "_" + String(repeating: "a", count: 254)),
      (String(repeating: "🍋", count: 90) + ".zip", String(repeating: "_", count: 62) + ".zip"),
      (
        "a" + String(repeating: "\u{301}", count: 30_000) + ".zip",
        "a" + String(repeating: "_", count: 125) + ".zip"
      ),
    ])
  func shortens(filename: String, ascii: String) {
    let value = ContentDisposition.attachment(filename)
    #expect(value.hasPrefix("attachment; filename=\"\(ascii)\"; filename*=UTF-8''"))
    #expect(value.utf8.count < 1_100)
  }

  @Test(
    "harms nobody",
    arguments: [
      ("", "download"),
      ("\"; x=\"", "_; x=_"),
      ("a\r\nSet-Cookie: b", "a__Set-Cookie_ b"),
      ("../../etc/passwd", "______etc_passwd"),
      ("..\\C:\\x", "___C__x"),
      (".htaccess", "_htaccess"),
      ("a\u{202E}piz.exe", "a_piz.exe"),
      ("\u{2066}a\u{200F}\u{61C}.zip", "_a__.zip"),
      ("a*?<>|\0\u{85}\u{2028}b", "a________b"),
    ])
  func neutralises(filename: String, harmless: String) {
    let value = ContentDisposition.attachment(filename)
    #expect(value.hasPrefix("attachment; filename=\"\(harmless)\"; filename*=UTF-8''"))
    #expect(value.utf8.allSatisfy { 0x20..<0x7F ~= $0 })
    for encoded in ["%2F", "%5C", "%22", "%0D", "%0A", "%00", "%E2%80%AE", "%E2%81%A6"] {
      #expect(!value.contains(encoded))
    }
  }
}
