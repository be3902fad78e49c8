import Testing

@testable import Handover

@Suite("Devices")
struct DeviceTests {
  @Test(
    "A browser, a program, and what says nothing of itself",
    arguments: [
      ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
      ("python-requests/2.31", "python-requests"), ("Wget/1.21.3", "Wget"), ("", "Unknown device"),
      ("Mozilla/5.0", "Unknown device"), ("\u{202E}evil/1", "Unknown device"), ("<b>/1", "Unknown device"),
      ("x/1", "Unknown device"),
    ])
  func names(_ agent: String, _ name: String) {
    #expect(device(agent) == name)
  }

  @Test("An address has the device beside it, where somebody knows that")
  func places() {
    #expect(place("::1", "curl/8.5.0") == "curl, ::1" && place("192.0.2.1", "") == "192.0.2.1")
    #expect(Browser(address: "::1", agent: "Mozilla/5.0 (iPhone) Safari/1").place == "Safari on iPhone, ::1")
  }

  @Test("The mails that say from where name the device")
  func mails() throws {
    let site = try TestSite()
    let organisation = try site.addOrganisation()
    let owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    let browser = try site.open(owner)
    browser.get(try site.link(of: site.completedExport(by: owner), organisation))
    browser.post("/settings/email", ["email": "new@harbour.example"])
    browser.post("/settings/password", ["current": TestSite.password, "password": "another good one"])
    site.browser().get("/password/forgotten")
    let nobody = site.browser()
    nobody.get("/password/forgotten")
    nobody.post("/password/forgotten", ["email": owner.email ?? ""])
    let letters = try site.letters.filter { $0.text.contains("192.0.2.1") }
    #expect(
      Set(letters.map(\.kind)) == [
        "export_downloaded", "email_confirmation", "password_changed", "password_reset",
      ])
    for letter in letters {
      #expect(
        letter.text.contains("Firefox on Linux, 192.0.2.1")
          && letter.html.contains("Firefox on Linux, 192.0.2.1"))
    }
  }
}
