import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// Mails as a reader sees them, in a program that shows HTML.
  @Suite struct MailDisplayTests {
    @Test(
      "Every mail is readable, light and dark, wide and narrow, has one button with its address, and no picture"
    )
    func pictures() throws {
      let gallery = try Gallery()
      let site = gallery.site
      let owner = try site.client(of: gallery.demo.owner)
      _ = try site.client().submit(
        [("email", gallery.demo.admin.email)], to: "/password/forgotten", from: "/password/forgotten")
      let users = "/settings/organisation/users"
      _ = try owner.submit(
        [("name", "Zoë Martin"), ("email", "zoe@example.com"), ("role", "user")], to: users, from: users)
      for word in ["requested", "completed", "asks", "downloaded", "password", "invite"] {
        _ = try site.letter(word) { ($0.subject + $0.text).lowercased().contains(word) }
      }
      var seen: Set<String> = []
      let browser = try Browser()
      for letter in try site.letters() where seen.insert(String(letter.subject.prefix(16))).inserted {
        try look(at: letter, in: browser)
      }
      #expect(seen.count >= 6)
    }

    private func look(at letter: Letter, in browser: Browser) throws {
      let folder = try TemporaryFolder()
      let file = folder.appending("mail.html")
      try Data(letter.html.utf8).write(to: file)
      try browser.open(file.absoluteString)
      let name = letter.subject.lowercased().replacing(/[^a-z]+/, with: "-").prefix(40)
      for (width, height) in [(800, 700), (390, 844)] {
        try browser.resize(width: width, height: height)
        for scheme in [Browser.ColourScheme.light, .dark] {
          try browser.prefer(scheme)
          for finding in try browser.accessibilityFindings { Issue.record("\(letter.subject): \(finding)") }
          try browser.screenshot("mail-\(name)-\(width)-\(scheme.rawValue)")
        }
        let isWide = try browser.evaluate("return document.documentElement.scrollWidth > innerWidth") as? Bool
        #expect(isWide == false, "\(letter.subject)")
      }
      let buttons = try browser.all("a.button")
      #expect(buttons.count == 1, "\(letter.subject)")
      let first = try browser.find("a")
      #expect(try first.attribute("class") == "button", "\(letter.subject)")
      #expect(try browser.all("img").isEmpty)
      #expect(letter.subject.count <= 78, "\(letter.subject)")
      let address = try #require(try first.attribute("href"))
      #expect(try browser.find("a.address").text == address, "\(letter.subject)")
      #expect(try browser.find("td.sign").text == "H" && !browser.find(".preheader").isDisplayed)
      // A number and its unit: at no width is one on another line.
      #expect(letter.html.matches(of: /[0-9] (?:rows?|bytes|[kMG]B)\b/).isEmpty, "\(letter.subject)")
      #expect(letter.text.contains(address), "\(letter.subject)")
      let isAsked = letter.subject.contains("asks for") || letter.subject.contains("invites you")
      #expect((letter.headers["Reply-To"] != nil) == isAsked, "\(letter.subject)")
      #expect(letter.headers["Reply-To"]?.contains("handover@localhost") != true)
    }
  }
}
