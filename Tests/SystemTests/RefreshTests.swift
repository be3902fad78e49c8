import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// The Export page keeps itself true: often while something runs, seldom otherwise.
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

    @Test(
      "It asks while an export runs, says when it is completed, in the tab’s title too, and then asks seldom")
    func asksWhileItRuns() throws {
      try startExport()
      try browser.waitForState("Completed")
      #expect(try browser.find("#news").text.hasSuffix("Completed."))
      #expect(try browser.find("#news").role == "status")
      #expect(try browser.title == "✓ Export ready")
      let before = try asked
      #expect(before > 0)
      // Longer than the pause between two questions while it ran.
      Thread.sleep(forTimeInterval: 2.5)
      #expect(try asked == before)
    }

    @Test("While nobody can see it it asks seldom, and it asks at once when it is seen again")
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

    @Test("The tab’s title has the percent while an export runs")
    func title() throws {
      try startExport()
      try browser.waitForState("Processing")
      try eventually("the title has the percent") {
        try browser.title.contains(/^[0-9]+ % · Export · Handover$/)
      }
    }

    @Test(
      "An idle page shows what others did once somebody looks at it, an admin’s page too",
      arguments: [true, false])
    func idle(isOwner: Bool) throws {
      try browser.open(site.url + Site.exportPage, as: isOwner ? demo.owner : demo.admin)
      try browser.waitForText("Nothing has been exported yet")
      let elsewhere = try site.client(of: demo.owner)
      _ = try elsewhere.submit([("scope", "organisation")], to: Site.exportPage, from: Site.exportPage)
      try browser.evaluate("window.isTheSamePage = true; dispatchEvent(new Event('focus'))")
      try browser.waitForState("Completed")
      #expect(try browser.text.contains("Not downloaded yet"))
      _ = try elsewhere.get(elsewhere.get(Site.exportPage).downloadLinks[0])
      try browser.evaluate("dispatchEvent(new Event('focus'))")
      try browser.waitForText(isOwner ? "Downloaded by you, just now" : "Downloaded by Olivia")
      #expect(try browser.evaluate("return window.isTheSamePage") as? Bool == true)
    }

    @Test("A request and its answer show on open pages")
    func requests() throws {
      let users = try Browser()
      try browser.open(site.url + Site.exportPage, as: demo.owner)
      try users.open(site.url + Site.exportPage, as: demo.user)
      try users.find("#message").type("My deals")
      try users.button("Ask the owner").click()
      try users.waitForText("Waiting")
      try browser.evaluate("dispatchEvent(new Event('focus'))")
      try browser.waitForText("My deals")
      let client = try site.client(of: demo.owner)
      _ = try client.submit(
        [("scope", "user"), ("user_id", "U-3")], to: Site.exportPage, from: Site.exportPage)
      let decline = try client.get(Site.exportPage).text.firstMatch(
        of: /\/settings\/export\/ask\/\w+\/decline/)
      if let decline { _ = try client.submit([], to: String(decline.output), from: Site.exportPage) }
      try users.evaluate("dispatchEvent(new Event('focus'))")
      try eventually("it is answered") { try !users.find("#asked").text.contains("Waiting") }
    }

    @Test("A notification is asked for by a press alone")
    func notification() throws {
      try browser.protocolCommand(
        "Page.addScriptToEvaluateOnNewDocument",
        [
          "source": """
          window.timesAsked = 0;
          Object.defineProperty(Notification, 'permission', { get: () => window.timesAsked ? 'granted' : 'default' });
          Notification.requestPermission = async () => { window.timesAsked += 1; return 'granted'; };
          document.hasFocus = () => false;
          window.Notification = Object.assign(function (title) { window.told = title; return new EventTarget(); }, Notification);
          Object.defineProperty(window.Notification, 'permission', { get: () => window.timesAsked ? 'granted' : 'default' });
          """
        ])
      try startExport()
      try browser.waitForState("Processing")
      #expect(try browser.evaluate("return window.timesAsked") as? Int == 0)
      try browser.button("Tell me in this browser").click()
      try eventually("the button is gone") { try !browser.find("#notify").isDisplayed }
      #expect(try browser.evaluate("return window.timesAsked") as? Int == 1)
      try browser.waitForState("Completed")
      #expect(try browser.evaluate("return window.told") as? String == "✓ Export ready")
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
