import TestSupport
import Testing

extension SystemTests {
  /// The way for those without a mouse.
  @Suite struct KeyboardTests {
    @Test("Tab, Enter, Space, arrows and Escape go the whole way")
    func keyboardAlone() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      let browser = try Browser()
      try browser.open(site.url)
      try browser.press(demo.owner.email)
      try browser.tab(to: "Password")
      try browser.press(demo.owner.password + Key.enter)
      try browser.waitForURL("of the exports") { $0.hasSuffix(Site.exportPage) }

      try browser.press(Key.tab)
      #expect(try browser.activeElement.name == "Skip to the content")
      try browser.tab(to: "Export")
      try browser.press(Key.enter)
      try browser.waitForText("Nothing has been exported yet")

      try browser.tab(to: "+ NEW DATA EXPORT")
      try browser.press(" ")
      try eventually("the dialog has the focus") { try isDialogOpen(browser) }
      #expect(try browser.activeElement.name.hasPrefix("Entire organisation"))
      try browser.press(Key.escape)
      try eventually("the dialog is closed") { try !isDialogOpen(browser) }
      #expect(try browser.activeElement.name == "+ NEW DATA EXPORT")
      #expect(try site.count("SELECT count(*) FROM export") == 0)

      try browser.press(Key.enter)
      try eventually("the dialog has the focus") { try isDialogOpen(browser) }
      try browser.press(Key.down)
      #expect(try browser.activeElement.name.hasPrefix("Single user"))
      try browser.press(Key.up)
      try browser.tab(to: "Confirm")
      try browser.press(Key.enter)
      try browser.waitForState("Completed")

      try browser.tab(to: "Download Entire organisation")
      try browser.press(Key.enter)
      let zip = try Archive(browser.download())
      #expect(try zip.rows == site.counts(of: 1))
      try browser.tab(to: "Details of Entire organisation")
      try browser.press(" ")
      try browser.waitForText("SHA-256 of the ZIP")
    }

    @Test("Enter inside the dialog confirms the choice")
    func enterConfirms() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      let browser = try Browser()
      try browser.open(site.url + Site.exportPage, as: demo.owner)
      try browser.button("+ NEW DATA EXPORT").click()
      try browser.press(Key.enter)
      try browser.waitForState("Completed")
      #expect(try site.count("SELECT count(*) FROM export WHERE scope = 'organisation'") == 1)
    }

    @Test("After a search the next Tab reaches what was found")
    func results() throws {
      let site = try Site()
      let demo = try site.startWithDemo()
      let browser = try Browser()
      try browser.open(site.url + "/settings/organisation/users", as: demo.owner)
      try browser.find("[name=q]").type("colleague" + Key.enter)
      try browser.waitForURL("of the search") { $0.contains("q=colleague") }
      try browser.press(Key.tab)
      #expect(try browser.evaluate("return !!document.activeElement.closest('tbody')") as? Bool == true)
    }

    private func isDialogOpen(_ browser: Browser) throws -> Bool {
      try browser.evaluate("return document.querySelector('dialog').contains(document.activeElement)")
        as? Bool
        == true
    }
  }
}
