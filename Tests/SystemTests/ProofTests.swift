import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// What is asked for again when the sign-in is long ago, in a browser.
  @Suite struct ProofTests {
    let site: Site
    let demo: Demo
    let browser: Browser

    init() throws {
      site = try Site()
      demo = try site.startWithDemo()
      browser = try Browser()
    }

    /// Lets 31 minutes go by for the proofs of all sessions.
    private func wait() throws {
      try site.stop()
      try site.change("UPDATE session SET proved_at = proved_at - 31 * 60")
      try site.start()
    }

    @Test("After 31 minutes an export and its download ask for the password, and go on to what was asked for")
    func export() throws {
      try browser.open(site.url + Site.exportPage, as: demo.owner)
      try wait()
      try browser.button("+ NEW DATA EXPORT").click()
      try browser.button("Confirm").click()
      try browser.waitForText("To export the entire organisation, type your password again.")
      try browser.look("confirm-export")
      #expect(try browser.activeElement.name == "Password")
      #expect(try site.count("SELECT count(*) FROM export") == 0)
      try browser.press("not this one" + Key.enter)
      try browser.waitForText("That isn’t your password.")
      try browser.look("confirm-wrong")
      try browser.field("Password").type(demo.owner.password)
      try browser.button("Continue").click()
      try browser.waitForState("Completed")
      #expect(try browser.url.hasSuffix(Site.exportPage))

      try wait()
      try browser.find("a.download").click()
      try browser.waitForText("To download an export, type your password again.")
      try browser.press(demo.owner.password + Key.enter)
      let zip = try Archive(browser.download())
      #expect(try zip.rows == site.counts(of: 1))
      #expect(try browser.url.hasSuffix(Site.exportPage))
      #expect(try site.count("SELECT count(*) FROM activity WHERE what = 'export.downloaded'") == 1)
    }

    @Test("The mail's link asks too, and a Cancel leads back")
    func link() throws {
      let link = try site.completedExport(by: site.client(of: demo.owner))
      try browser.open(site.url + Site.exportPage, as: demo.owner)
      try wait()
      try browser.open(site.url + link)
      try browser.link("Cancel").click()
      try browser.waitForURL("of the exports") { $0.hasSuffix(Site.exportPage) }
      #expect(try site.count("SELECT count(*) FROM activity WHERE what = 'export.downloaded'") == 0)
      try browser.open(site.url + link)
      try browser.field("Password").type(demo.owner.password + Key.enter)
      _ = try Archive(browser.download())
    }

    @Test("Without scripts the form is kept as well")
    func withoutScripts() throws {
      let browser = try Browser(runsScripts: false)
      try browser.open(site.url + Site.exportPage + "/new", as: demo.owner)
      try browser.open(site.url + Site.exportPage + "/new")
      try wait()
      try browser.button("Confirm").click()
      try browser.waitForText("type your password again.")
      #expect(try browser.all("main button").map { try $0.text } == ["Continue"])
      try browser.field("Password").type(demo.owner.password + Key.enter)
      try browser.waitForText("Entire organisation")
      #expect(try site.count("SELECT count(*) FROM export WHERE scope = 'organisation'") == 1)
    }

    @Test("A password is shown and hidden by the keyboard, and never sent or kept as it is shown")
    func showPassword() throws {
      try browser.open(site.url + "/login")
      try browser.field("E-mail").type(demo.owner.email)
      let field = try browser.field("Password")
      try field.type("secret")
      try browser.press(Key.tab)
      let button = try browser.activeElement
      #expect(try button.name == "Show password" && button.role == "button")
      #expect(try button.text == "Show")
      try browser.press(" ")
      #expect(try field.attribute("type") == "text")
      #expect(try browser.activeElement.name == "Hide password")
      try browser.look("password-shown")
      try browser.press(Key.enter)
      #expect(try field.attribute("type") == "password")
      #expect(try browser.url.hasSuffix("/login"))
      #expect(try browser.evaluate("return document.forms[0].password.value") as? String == "secret")
      try browser.press(" ")
      try browser.evaluate("document.forms[0].addEventListener('submit', (e) => e.preventDefault())")
      try browser.button("Sign in").click()
      #expect(try field.attribute("type") == "password")
    }

    @Test("The address is changed by a link, read in the mail and confirmed by a button")
    func email() throws {
      try browser.open(site.url + "/settings", as: demo.owner)
      try browser.open(site.url + "/settings")
      try browser.look("profile-sessions")
      try browser.link("Change the address").click()
      try browser.field("New e-mail address").type("new@example.com" + Key.enter)
      try browser.waitForText("An e-mail is on its way to new@example.com.")
      try browser.look("email-sent")
      let letter = try site.letter("to the new address") { $0.to.contains("new@example.com") }
      let link = try #require(letter.links.first { $0.contains("/settings/email/confirm?token=") })
      try browser.open(link)
      try browser.waitForText("From then on you sign in as new@example.com")
      try browser.look("email-confirm")
      try browser.button("Use this address").click()
      try browser.waitForText("Your e-mail address is changed")
      let told = try site.letter("to the old address") { $0.subject == "Your e-mail address was changed" }
      #expect(told.to.contains(demo.owner.email) && told.text.contains("new@example.com"))
      try browser.signOut()
      try browser.signIn(Person(email: "new@example.com", password: demo.owner.password))
      try browser.waitForURL("behind the sign-in") { !$0.contains("/login") }
    }
  }
}
