import Foundation
import HTTP
import TestSupport
import Testing

@testable import Handover

@Suite("Error pages")
struct ErrorPageTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let user: User

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
  }

  @Test(
    "Somebody who is signed in stays in the frame, can sign out, and gets one way on that is open to them")
  func frame() throws {
    for (person, path, status, way) in [
      (owner, "/nothing", 404, "Back to Export"), (user, "/settings/activity", 403, "Back to Export"),
      (owner, "/settings/organisation/users?q=%FF", 400, "Back to Users"),
      (owner, "/settings/activity?q=%FF", 400, "Back to Activity"),
    ] {
      let browser = try site.open(person)
      let page = browser.get(path)
      #expect(page.status == status && page.contains("class=\"sidebar\""), "\(path)")
      #expect(page.text.matches(of: /button primary/).count == 1 && page.contains(way), "\(path)")
      #expect(page.text.matches(of: /<h1>/).count == 1)
      #expect(browser.post("/logout").status == 303)
    }
  }

  @Test("Whoever isn’t signed in gets the way to the sign-in, and no frame")
  func bare() {
    let browser = site.browser()
    let page = browser.post("/login", ["email": "a@b.example"], csrf: "wrong")
    #expect(page.status == 403 && !page.contains("sidebar"))
    #expect(page.contains("href=\"/login\">Sign in</a>"))
    browser.host = "evil.example"
    let foreign = browser.get("/login")
    #expect(foreign.status == 421 && !foreign.contains("button primary"))
  }

  @Test("A link to set a password that isn’t one asks for the address, and speaks of invitations")
  func brokenLink() throws {
    let browser = site.browser()
    let page = browser.get("/password/reset?token=abc")
    #expect(page.status == 404 && page.contains("Ask who invited you"))
    #expect(page.contains("action=\"/password/forgotten\""))
    #expect(browser.post("/password/forgotten", ["email": owner.email ?? ""]).status == 200)
    #expect(try site.letters.count == 1)
  }

  @Test("nginx’s own pages are those that Scripts/error-pages writes")
  func nginx() throws {
    let folder = try TemporaryFolder()
    let written = try Tool.run(Repository.path + "/Scripts/error-pages", [folder.path])
    try #require(written.succeeded, "\(written.error)")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    let kept = try FileManager.default.contentsOfDirectory(atPath: Repository.path + "/Public/errors")
      .sorted()
    #expect(files == kept && files.count > 10)
    let configuration = try String(contentsOf: Repository.appending("nginx.conf"), encoding: .utf8)
    for file in files {
      let page = try String(contentsOf: folder.appending(file), encoding: .utf8)
      #expect(
        try page == String(contentsOf: Repository.appending("Public/errors/\(file)"), encoding: .utf8),
        "\(file)")
      #expect(configuration.contains("/errors/\(file)"), "\(file)")
    }
  }

  /// A map with a pattern, as that of IPv6 clients, is looked up in between, and takes `$1` for itself.
  @Test("nginx finds what a location has captured by a name of its own")
  func captures() throws {
    let configuration = try String(contentsOf: Repository.appending("nginx.conf"), encoding: .utf8)
    #expect(configuration.contains("alias \"@public@/$style\";"))
    #expect(configuration.firstMatch(of: /\$[0-9]/) == nil)
  }
}
