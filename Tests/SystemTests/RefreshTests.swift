import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The Export page keeps itself true while something runs, and rests otherwise.
  @Suite struct RefreshTests {
    let site: Site
    let demo: Demo
    let browser: Browser

    init() throws {
      site = try Site(EndToEndTests.slow)
      demo = try site.startWithDemo(rows: 300_000)
      browser = try Browser()
    }

    @Test("What waits and what runs is for everybody too")
    func accessible() throws {
      let client = try site.client(of: demo.owner)
      try browser.open(site.url + Site.exportPage, as: demo.owner)
      for scope in [[("scope", "organisation")], [("scope", "user"), ("user_id", "U-1")]] {
        _ = try client.submit(scope, to: Site.exportPage, from: Site.exportPage)
      }
      try browser.reload()
      try browser.waitForText("in the queue")
      #expect(try browser.accessibilityFindings == [])
      try browser.prefer(.dark)
      #expect(try browser.accessibilityFindings == [])
      let source = try browser.source
      #expect(source.contains("<progress"))
      try browser.look("page-export-running")
    }

    @Test("It asks while an export runs, says when it is completed, and then asks no more")
    func asksWhileItRuns() throws {
      try startExport()
      try browser.waitForState("Completed")
      #expect(try browser.find("#news").text.hasSuffix("Completed."))
      #expect(try browser.find("#news").role == "status")
      let before = try asked
      #expect(before > 0)
      // Longer than the pause between two questions.
      Thread.sleep(forTimeInterval: 2.5)
      #expect(try asked == before)
    }

    @Test("It does not ask while nobody can see it, and asks at once when it is seen again")
    func restsWhileHidden() throws {
      try startExport()
      try eventually("it asks") { try asked > 0 }
      try browser.command("POST", "/window/minimize", [:])
      try eventually("the page is hidden") { try browser.evaluate("return document.hidden") as? Bool == true }
      // A question may be under way.
      Thread.sleep(forTimeInterval: 0.5)
      let before = try asked
      Thread.sleep(forTimeInterval: 2.5)
      #expect(try asked == before)
      try browser.command("POST", "/window/rect", ["width": 1280, "height": 900])
      try browser.waitForState("Completed")
    }

    @Test("It says when the connection is lost, and goes on when it is back")
    func connectionLost() throws {
      try startExport()
      try browser.goOffline(true)
      try browser.waitForText("The connection is lost")
      #expect(try browser.find("#connection").role == "status")
      try browser.screenshot("connection-lost")
      try browser.goOffline(false)
      try browser.waitForState("Completed")
      try eventually("the sentence is gone") { try !browser.find("#connection").isDisplayed }
    }

    @Test("It says when the session has ended, and stops asking")
    func signedOut() throws {
      try startExport()
      try browser.deleteCookies()
      try browser.waitForText("You have been signed out")
    }

    @Test("Without JavaScript the page reloads itself while an export runs, and only then")
    func withoutScripts() throws {
      let browser = try Browser(runsScripts: false)
      try browser.open(site.url + Site.exportPage, as: demo.owner)
      #expect(try !browser.source.contains("http-equiv=\"refresh\""))
      try browser.link("+ NEW DATA EXPORT").click()
      try browser.button("Confirm").click()
      try browser.waitForURL("of the list") { $0.hasSuffix(Site.exportPage) }
      #expect(try browser.source.contains("http-equiv=\"refresh\""))
      try browser.waitForText("Completed")
      #expect(try !browser.source.contains("http-equiv=\"refresh\""))
    }

    private func startExport() throws {
      try browser.open(site.url + Site.exportPage, as: demo.owner)
      try browser.button("+ NEW DATA EXPORT").click()
      try browser.button("Confirm").click()
      try browser.waitForState("Queued", "Processing")
    }

    /// How often the page has asked how the exports are.
    private var asked: Int {
      get throws {
        let script =
          "return performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/status')).length"
        return try browser.evaluate(script) as? Int ?? -1
      }
    }
  }
}

extension Browser {
  fileprivate func goOffline(_ isOffline: Bool) throws {
    try protocolCommand("Network.enable")
    try protocolCommand(
      "Network.emulateNetworkConditions",
      ["offline": isOffline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1])
  }
}
