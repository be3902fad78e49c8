import Foundation
import Testing

extension SystemTests {
  /// The main flow in a browser, from the sign-in to the opened ZIP. Leaves screenshots of every step.
  @Suite struct EndToEndTests {
    /// Compressed slowly, so that an export can be seen while it runs.
    static let slow = ["HANDOVER_COMPRESSION": "9", "HANDOVER_THREADS": "1"]

    @Test("An owner exports the organisation, gets two mails, and nobody else gets the file")
    func everything() throws {
      let site = try Site(Self.slow)
      let demo = try site.startWithDemo(rows: 500_000)
      let browser = try Browser()
      try signIn(demo.owner, at: site, in: browser)
      try export(in: browser)
      let zip = try download(in: browser, from: site)
      let link = try readMails(of: site, to: demo.owner, about: zip)
      try browser.signOut()
      try refuse(demo.admin, link, at: site, in: browser)
      try letAsk(demo.user, demo.owner, at: site, in: browser)
      try follow(link, as: demo.owner, of: site, in: browser, to: zip)
      #expect(try site.stop() == (0, 0))
    }

    private func signIn(_ owner: Person, at site: Site, in browser: Browser) throws {
      try browser.open(site.url)
      #expect(try browser.title == "Sign in · Handover")
      try browser.look("01-sign-in")
      try browser.signIn(owner)
      try browser.waitForText("Olivia Nguyễn")
      try browser.look("02-profile")
      try browser.link("Export").click()
      try browser.waitForText("Nothing has been exported yet")
      try browser.look("03-nothing-yet")
    }

    private func export(in browser: Browser) throws {
      try browser.button("+ NEW DATA EXPORT").click()
      #expect(try browser.find("dialog").isDisplayed)
      try browser.look("04-dialog")
      try browser.button("Confirm").click()
      try browser.waitForState("Queued", "Processing")
      try browser.evaluate("window.isTheSamePage = true")
      try browser.waitForState("Processing")
      try browser.look("05-processing")
      try browser.waitForState("Completed")
      #expect(try browser.evaluate("return window.isTheSamePage") as? Bool == true)
      #expect(try browser.find("#news").text.hasSuffix("Completed."))
      try browser.look("06-completed")
      try browser.find("summary").click()
      try browser.look("07-details")
    }

    private func download(in browser: Browser, from site: Site) throws -> Archive {
      let icon = try browser.find("a.download")
      #expect(try icon.name.hasPrefix("Download Entire organisation"))
      try icon.click()
      let file = try browser.download()
      #expect(file.lastPathComponent.hasPrefix("Harbourside Home Loans, entire organisation, "))
      let zip = try Archive(file)
      #expect(zip.names.filter { $0 != "Documents.csv" } == Archive.files)
      #expect(try zip.rows == site.counts(of: 1) && zip.rows["Documents.csv"] != nil)
      #expect(zip.dangling == [])
      #expect(try browser.find("code").text == zip.sha256)
      try FileManager.default.removeItem(at: file)
      return zip
    }

    private func readMails(of site: Site, to owner: Person, about zip: Archive) throws -> String {
      let requested = try site.letter("requested") { $0.subject.contains("requested") }
      let completed = try site.letter("completed") { $0.subject.contains("completed") }
      let link = try #require(completed.links.first { $0.contains("/exports/") })
      #expect(link.hasPrefix(site.url + "/exports/"))
      #expect(completed.text.contains(zip.sha256))
      #expect(completed.html.contains(link.replacing("&", with: "&amp;")))
      #expect(requested.links.contains(site.url + Site.exportPage))
      for letter in [requested, completed] {
        #expect(letter.to.contains(owner.email))
        #expect(letter.headers["Auto-Submitted"] == "auto-generated")
        #expect(letter.text.contains("Entire organisation"))
      }
      // One mail says both where the export took less than a moment.
      #expect(
        (requested.headers["Message-ID"] == completed.headers["Message-ID"])
          == completed.subject.hasPrefix("Export requested and completed"))
      return link
    }

    /// The admin of the same organisation sees the list and no icon, and the link is not theirs.
    private func refuse(_ admin: Person, _ link: String, at site: Site, in browser: Browser) throws {
      try browser.open(site.url + Site.exportPage, as: admin)
      #expect(try browser.newestState == "Completed")
      #expect(try browser.all("a.download").isEmpty)
      #expect(try !browser.source.contains("signature="))
      #expect(try !browser.text.contains("NEW DATA EXPORT"))
      try browser.look("08-admin")
      try browser.open(link)
      try browser.waitForText("Only the owner can download exports")
      try browser.look("09-refused")
      #expect(try site.client(of: admin).get(String(link.dropFirst(site.url.count))).status == 403)
      try browser.open(site.url + Site.exportPage)
      try browser.signOut()
    }

    /// A user sees who the owner is, and asks; the owner gets a mail, and sees it on top of the page.
    private func letAsk(_ user: Person, _ owner: Person, at site: Site, in browser: Browser) throws {
      try browser.open(site.url + Site.exportPage, as: user)
      #expect(try browser.text.contains("Olivia Nguyễn"))
      #expect(try browser.text.contains(owner.email))
      #expect(try browser.all("[data-export]").isEmpty)
      try browser.look("10-user")
      try browser.field("Message to Olivia Nguyễn").type("My deals, please: \"all\" of them.\nThank you <3")
      try browser.button("Ask the owner").click()
      try browser.waitForText("You’ve asked today")
      try browser.look("11-asked")
      let letter = try site.letter("asking the owner") { $0.text.contains("My deals, please") }
      #expect(letter.to.contains(owner.email))
      #expect(letter.text.contains("Thank you <3"))
      #expect(letter.html.contains("Thank you &lt;3"))
      try browser.signOut()
    }

    private func follow(
      _ link: String, as owner: Person, of site: Site, in browser: Browser, to zip: Archive
    ) throws {
      try browser.open(link)
      try browser.waitForText("it starts if the link still works")
      try browser.look("12-sign-in-for-the-file")
      try browser.signIn(owner)
      let file = try browser.download()
      #expect(try Archive(file).sha256 == zip.sha256)
      #expect(try browser.text.contains("Your download starts now"))
      #expect(try browser.text.contains("asks for their own records"))
      try browser.look("13-download-started")
      try browser.reload()
      try browser.waitForText("2 downloads", opening: "summary")
    }
  }
}

extension Browser {
  fileprivate func waitForText(_ wanted: String, opening css: String) throws {
    try find(css).click()
    try waitForText(wanted)
  }
}
