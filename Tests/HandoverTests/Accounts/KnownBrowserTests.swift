import Testing

@testable import Handover

@Suite("Known browsers")
struct KnownBrowserTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
  }

  private var name: String { site.site.cookies.browser }

  private func mails() throws -> Int { try site.letters.count { $0.kind == "new_sign_in" } }

  @Test("A sign-in in a browser not seen before is told by mail: with what, from where, when, what to do")
  func mail() throws {
    let first = try site.signedIn(owner)
    #expect(try mails() == 0)
    try first.signIn(owner)
    #expect(try mails() == 0)
    _ = try site.signedIn(owner, at: "203.0.113.7")
    let letter = try #require(try site.letters.last)
    #expect(letter.kind == "new_sign_in" && letter.to.email == owner.email)
    for text in [letter.text, letter.html].map({ $0.replacing("\u{A0}", with: " ") }) {
      #expect(text.contains("Firefox on Linux") && text.contains("203.0.113.7"))
      #expect(text.contains("2 May 2026, 19:30:00 AEST"))
      #expect(text.contains("http://localhost:8080/settings"))
      #expect(text.contains("http://localhost:8080/password/forgotten"))
    }
    try first.signIn(owner)
    #expect(try mails() == 1)
    #expect(
      try site.database.read { try $0.activity.events(of: organisation.id, limit: 9) }.map(\.detail)
        == ["", "in a browser not seen before", "", "in a browser not seen before"])
  }

  @Test("The first sign-in of all, by an invitation, is told to nobody, and its browser is known")
  func invitation() throws {
    let manager = try site.signedIn(owner)
    manager.post(
      "/settings/organisation/users", ["name": "Ben Cole", "email": "ben@x.example", "role": "user"])
    let token = try site.mailedToken()
    let browser = site.browser(at: "203.0.113.7")
    browser.get("/password/reset?token=\(token)")
    browser.post("/password/reset", ["token": token, "password": "a new one, quite long"])
    let user = try #require(try site.database.read { try $0.users.find(signingInWith: "ben@x.example") })
    #expect(try browser.signIn(user, password: "a new one, quite long").status == 303)
    #expect(try mails() == 0)
  }

  @Test("A wrong password makes no browser known, and neither does looking")
  func failed() throws {
    let browser = site.browser()
    try browser.signIn(owner, password: "wrong wrong")
    #expect(browser.cookies[name] == nil)
    #expect(try rows() == 0)
  }

  @Test("Signing out leaves it known; a new password makes the others unknown")
  func kept() throws {
    let (browser, other) = (try site.signedIn(owner), try site.signedIn(owner))
    browser.post("/logout")
    try browser.signIn(owner)
    #expect(try mails() == 1)
    browser.get("/settings")
    browser.post("/settings/password", ["current": TestSite.password, "password": "a new one, quite long"])
    try browser.signIn(owner, password: "a new one, quite long")
    #expect(try mails() == 1)
    try other.signIn(owner, password: "a new one, quite long")
    #expect(try mails() == 2)
  }

  @Test("A cookie that somebody planted is replaced, and makes nobody's browser a known one")
  func planted() throws {
    let attacker = try site.signedIn(try site.addUser("Eve", .user, to: organisation))
    _ = try site.signedIn(owner)
    for cookie in ["planted", try #require(attacker.cookies[name])] {
      let browser = site.browser()
      browser.cookies[name] = cookie
      let before = try mails()
      try browser.signIn(owner)
      #expect(browser.cookies[name] != cookie)
      #expect(try mails() == before + 1)
      let thief = site.browser()
      thief.cookies[name] = cookie
      try thief.signIn(owner)
      #expect(try mails() == before + 2)
    }
  }

  @Test("Two who share a browser are both known there")
  func shared() throws {
    let user = try site.addUser("Ben Cole", .user, to: organisation)
    let browser = try site.signedIn(owner)
    try browser.signIn(user)
    try browser.signIn(owner)
    try browser.signIn(user)
    #expect(try mails() == 0)
    #expect(try rows() == 2)
  }

  @Test("A user has twenty at most, of which those used last stay, and each for a year after its last use")
  func bounds() throws {
    let (first, second) = (try site.signedIn(owner), try site.signedIn(owner))
    for _ in 3...KnownBrowser.most {
      site.clock.move(by: Bucket.window)
      _ = try site.signedIn(owner)
    }
    try first.signIn(owner)
    let before = try mails()
    site.clock.move(by: Bucket.window)
    _ = try site.signedIn(owner)
    #expect(try rows() == KnownBrowser.most)
    try first.signIn(owner)
    #expect(try mails() == before + 1)
    try second.signIn(owner)
    #expect(try mails() == before + 2)
    site.clock.move(by: KnownBrowser.lifetime - .seconds(1))
    try first.signIn(owner)
    #expect(try mails() == before + 2)
    site.clock.move(by: KnownBrowser.lifetime)
    try first.signIn(owner)
    #expect(try mails() == before + 3)
    #expect(try rows() == 1)
  }

  @Test(
    "The cookie is for a year, not for scripts, and over https bound to the host; stored is its hash alone")
  func cookie() throws {
    let browser = try site.signedIn(owner)
    let set = try #require(browser.lastSetCookies.first { $0.hasPrefix("browser-8080=") })
    #expect(set.hasSuffix("; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"))
    let stored: [UInt8]? = try site.database.read { try $0.value("SELECT token_hash FROM browser") }
    #expect(stored?.count == 32 && stored != Array((browser.cookies[name] ?? "").utf8))
    #expect(try SiteCookies(#require(SiteURL("https://export.example"))).browser == "__Host-browser")
  }

  private func rows() throws -> Int {
    try site.database.read { try $0.value("SELECT count(*) FROM browser") ?? 0 }
  }
}
