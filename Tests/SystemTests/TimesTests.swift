import TestSupport
import Testing

@testable import Handover

extension SystemTests {
  /// Pages that stay open say the truth about time.
  @Suite struct TimesTests {
    @Test("The script writes every time in the words of the server")
    func words() throws {
      let site = try Site()
      try site.start()
      let browser = try Browser()
      try browser.open(site.url + "/login")
      let edges: [Int64] = [
        0, 4, 5, 59, 60, 89, 90, 119, 120, 3_569, 3_570, 3_599, 3_600, 5_399, 5_400, 86_399, 86_400, 172_799,
        172_800, 215_999, 216_000, 86_400 * 999, 86_400 * 1_000, 86_400 * 12_345,
      ]
      let spans = (edges + (1...400).map { $0 * $0 * $0 }).flatMap { [$0, -$0] }
      let words = try browser.evaluate("return arguments[0].map(relative)", [spans]) as? [String]
      let now = UnixTime(rawValue: 2_000_000_000)
      #expect(words == spans.map { Wording.relative(UnixTime(rawValue: now.rawValue - $0), to: now) })
      #expect(try site.stop() == (0, 0))
    }

    @Test("A time goes on while the page stays open, by the server’s clock")
    func ticks() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      let browser = try Browser()
      try browser.open(site.url + "/settings", as: demo.user)
      try browser.waitForText("just now")
      try browser.waitForText("6 seconds ago")
      // A machine whose clock is an hour ahead shows the same.
      try browser.protocolCommand(
        "Page.addScriptToEvaluateOnNewDocument",
        ["source": "const now = Date.now; Date.now = () => now() + 3600000"])
      try browser.reload()
      try browser.waitForText("seconds ago")
      #expect(try !browser.text.contains("hour ago"))
      #expect(try site.stop() == (0, 0))
    }
  }
}
