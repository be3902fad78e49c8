import TestSupport
import Testing

extension SystemTests {
  /// What somebody writes while the session ends is not lost, and nobody else finds it.
  @Suite struct DraftTests {
    let site: Site
    let demo: Demo
    let browser: Browser
    private let written = "All my deals, <please>; I’m leaving on Friday."

    init() throws {
      site = try Site()
      demo = try site.startWithDemo()
      browser = try Browser()
    }

    @Test("A message waits while its writer signs in again, and is gone once it was sent")
    func comesBack() throws {
      try write()
      try browser.deleteCookies()
      try browser.button("Ask the owner").click()
      try browser.waitForText("You were signed out, so nothing was sent.")
      #expect(try browser.text.contains("What you wrote is kept."))
      #expect(try browser.accessibilityFindings == [])
      try browser.look("signed-out-unsent")
      try browser.signIn(demo.user)
      try browser.waitForText("This is what you wrote.")
      #expect(try browser.url.hasSuffix(Site.exportPage))
      #expect(try message == written)
      #expect(try browser.accessibilityFindings == [])
      try browser.look("draft")
      try browser.button("Ask the owner").click()
      try browser.waitForText("You can ask again")
      #expect(try kept == [])
      #expect(try site.stop() == (0, 0))
    }

    @Test("Whoever signs in next in the same tab finds nothing of it")
    func notForOthers() throws {
      try write()
      try browser.deleteCookies()
      try browser.button("Ask the owner").click()
      try browser.waitForText("What you wrote is kept.")
      try browser.signIn(demo.admin)
      try browser.waitForURL("of the exports") { $0.hasSuffix(Site.exportPage) }
      #expect(try message == "")
      #expect(try kept == [])
      #expect(try site.stop() == (0, 0))
    }

    @Test("A form without a text doesn’t say that one is kept, even while one waits for another form")
    func saysWhatIsKept() throws {
      try browser.open(site.url + "/settings", as: demo.owner)
      try browser.field("Name").type("x")
      try browser.deleteCookies()
      try browser.button("Save").click()
      try browser.waitForText("What you wrote is kept.")
      try browser.signIn(demo.owner)
      try browser.waitForText("This is what you wrote.")
      try browser.open(site.url + Site.exportPage)
      try browser.link("+ NEW DATA EXPORT").click()
      try browser.deleteCookies()
      try browser.button("Confirm").click()
      try browser.waitForText("You were signed out, so nothing was sent.")
      #expect(try !browser.text.contains("What you wrote is kept."))
      #expect(try site.stop() == (0, 0))
    }

    @Test("Signing out leaves nothing in the browser, nor does another page that was gone to")
    func leavesNothing() throws {
      try write()
      try browser.link("Help").click()
      try browser.waitForURL("of the help") { $0.hasSuffix("/help") }
      #expect(try kept == [])
      try browser.back()
      try browser.find("#message").type("again")
      #expect(try kept.count == 1)
      try browser.signOut()
      #expect(try kept == [])
      #expect(try browser.evaluate("return localStorage.length") as? Int == 0)
      #expect(try site.stop() == (0, 0))
    }

    @Test("A form that another tab has overtaken is as the server shows it, not as it was kept")
    func overtaken() throws {
      let page = site.url + "/settings/organisation"
      try browser.open(page, as: demo.owner)
      try browser.find("#name").type(" Pty")
      let elsewhere = try site.client(of: demo.owner)
      let change = [("name", "Harbourside & Co"), ("zone", "Pacific/Auckland"), ("two_step", "optional")]
      _ = try elsewhere.submit(change, to: "/settings/organisation", from: "/settings/organisation")
      try browser.button("Save").click()
      try browser.waitForText("Nothing was saved.")
      let zone = try browser.evaluate("return document.getElementById('zone').value") as? String
      #expect(zone == "Pacific/Auckland")
      #expect(try browser.find("#name").property("value") as? String == "Harbourside Home Loans Pty")
      #expect(try kept == [])
      #expect(try site.stop() == (0, 0))
    }

    @Test("A password is never kept, shown or not")
    func noPasswords() throws {
      try browser.open(site.url + "/settings", as: demo.user)
      try browser.field("Name").type("x")
      try browser.field("Current password").type("a secret")
      try browser.evaluate("document.querySelector('.show').click()")
      try browser.field("Current password").type("!")
      try browser.field("New password").type("another secret")
      try browser.evaluate("document.getElementById('password').form.requestSubmit()")
      try browser.waitForText("That isn’t your current password.")
      #expect(try kept.allSatisfy { !$0.contains("secret") })
      #expect(try site.stop() == (0, 0))
    }

    private func write() throws {
      try browser.open(site.url + Site.exportPage, as: demo.user)
      try browser.find("#message").type(written)
    }

    private var message: String {
      get throws { try browser.evaluate("return document.getElementById('message').value") as? String ?? "" }
    }

    /// What the tab keeps.
    private var kept: [String] {
      get throws { try browser.evaluate("return Object.values(sessionStorage)") as? [String] ?? ["?"] }
    }
  }
}
