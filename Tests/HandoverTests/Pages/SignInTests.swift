import HTTP
import Secrets
import Testing

@testable import Handover

@Suite("Signing in")
struct SignInTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
  }

  @Test("Address and password open a session and lead to the exports")
  func success() throws {
    let browser = site.browser()
    let page = try browser.signIn(owner)
    #expect(page.status == 303)
    #expect(page.location == "/settings/export")
    #expect(browser.get("/settings").status == 200)
    #expect(try site.events(of: organisation) == [.signedIn])
  }

  @Test("Capitals in the address and blanks around it make no difference")
  func spelling() throws {
    let browser = site.browser()
    browser.get("/login")
    let email = " " + (owner.email ?? "").uppercased() + " "
    #expect(browser.post("/login", ["email": email, "password": TestSite.password]).status == 303)
  }

  @Test("A wrong password and an unknown address get the same words")
  func wrong() throws {
    let browser = site.browser()
    let wrongPassword = try browser.signIn(owner, password: "not the password")
    #expect(wrongPassword.status == 422)
    let unknown = browser.post("/login", ["email": "nobody@x.example", "password": "not the password"])
    #expect(unknown.status == 422)
    #expect(
      wrongPassword.textWithoutToken.replacing(owner.email ?? "", with: "")
        == unknown.textWithoutToken.replacing("nobody@x.example", with: ""))
    #expect(wrongPassword.contains("don’t belong together"))
  }

  @Test("A disabled user can't sign in, and is told no more than others")
  func disabled() throws {
    let user = try site.addUser("Gone Person", .user, to: organisation, isActive: false)
    #expect(try site.browser().signIn(user).status == 422)
  }

  @Test("A password is taken as it was typed, blanks included, and matches none that a NUL cut short")
  func exactPassword() throws {
    let browser = site.browser()
    #expect(try browser.signIn(owner, password: TestSite.password + " ").status == 422)
    #expect(browser.send(.post, "/login", body: "email=a&password=b%00c").status == 400)
  }

  @Test("Signing in makes a new token and ends the session that was there")
  func fixation() throws {
    let browser = try site.signedIn(owner)
    let name = site.site.cookies.session
    let before = try #require(browser.cookies[name])
    let user = try site.addUser("Ben Cole", .user, to: organisation)
    let page = browser.post("/login", ["email": user.email ?? "", "password": TestSite.password])
    #expect(page.status == 303)
    #expect(browser.cookies[name] != before)
    let thief = site.browser()
    thief.cookies[name] = before
    #expect(thief.get("/settings").status == 303)
  }

  @Test("A second sign-in tab goes on, whatever the first has done meanwhile")
  func secondTab() throws {
    let browser = site.browser()
    browser.get("/login?next=/help")
    let token = try #require(browser.csrfToken)
    try browser.signIn(owner)
    let session = browser.cookies[site.site.cookies.session]
    let form: KeyValuePairs = [
      "email": " \(owner.email?.uppercased() ?? "") ", "password": "mistyped", "next": "/help",
    ]
    #expect(browser.post("/login", form, csrf: token).location == "/help")
    #expect(browser.cookies[site.site.cookies.session] == session, "the session of the first tab stays")
    browser.post("/logout")
    #expect(
      browser.post("/login", ["email": owner.email ?? "", "password": TestSite.password], csrf: token).status
        == 303)
    #expect(browser.get("/help").status == 200)
  }

  @Test("A second sign-in tab in which somebody else signs in is theirs from then on")
  func secondTabOfAnother() throws {
    let browser = site.browser()
    browser.get("/login")
    let token = try #require(browser.csrfToken)
    try browser.signIn(owner)
    let user = try site.addUser("Ben Cole", .user, to: organisation)
    let form: KeyValuePairs = ["email": user.email ?? "", "password": TestSite.password]
    #expect(browser.post("/login", form, csrf: token).status == 303)
    #expect(browser.get("/settings").contains("Ben Cole"))
  }

  @Test("Nobody is signed in by a form of another browser or another site, in a second tab or not")
  func forgedSignIn() throws {
    let stranger = site.browser()
    stranger.get("/login")
    let foreign = try #require(stranger.csrfToken)
    let victim = site.browser()
    victim.get("/login")
    let own = try #require(victim.csrfToken)
    let form: KeyValuePairs = ["email": owner.email ?? "", "password": TestSite.password]
    func refusesStrangers() {
      #expect(victim.post("/login", form, csrf: foreign).status == 403)
      victim.headers = ["Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"]
      #expect(victim.post("/login", form, csrf: own).status == 403)
      victim.headers = [:]
    }
    refusesStrangers()
    try victim.signIn(site.addUser("Ben Cole", .user, to: organisation))
    refusesStrangers()
    #expect(victim.get("/settings").contains("Ben Cole"))
  }

  @Test("The sign-in’s secret opens no form that needs a session")
  func visitSecret() throws {
    let browser = site.browser()
    browser.get("/login")
    let token = try #require(browser.csrfToken)
    try browser.signIn(owner)
    #expect(browser.cookies[site.site.cookies.visit] != nil)
    for path in ["/settings", "/logout", "/settings/export", "/confirm", "/nothing"] {
      #expect(browser.post(path, csrf: token).status == 403, "\(path)")
    }
  }

  @Test(
    "Whoever was signed out while writing is told that nothing was sent, and comes back to the page",
    arguments: [
      ("/settings", "/settings"), ("/settings/password", "/settings"),
      ("/settings/organisation", "/settings/organisation"),
      ("/settings/organisation/users", "/settings/organisation/users/new"),
      (
        "/settings/organisation/users/U-1/disable?q=m%26m&page=2",
        "/settings/organisation/users?q=m%26m&page=2"
      ),
      ("/settings/export/ask", "/settings/export"),
      (
        "/settings/export/ask/9f86d081884c7d659a2feaa0c55ad015/decline",
        "/settings/export/ask/9f86d081884c7d659a2feaa0c55ad015/decline"
      ), ("/settings/email", "/settings/email"),
      ("/settings/email/confirm", "/settings/email"), ("/confirm", "/settings/export"),
    ])
  func unsent(_ target: String, _ page: String) throws {
    let browser = try site.signedIn(owner)
    site.clock.move(by: Session.idleLimit)
    #expect(browser.post(target, ["name": "Written", "message": "Written"]).location == "/login")
    let form = browser.get("/login")
    #expect(form.contains("You were signed out, so nothing was sent."))
    #expect(form.contains("name=\"next\" value=\"\(page.replacing("&", with: "&amp;"))\""))
    #expect(try site.current(owner)?.name == "Maria Rossi")
    #expect(
      browser.post("/login", ["email": owner.email ?? "", "password": TestSite.password, "next": page])
        .location == page)
    #expect(browser.cookies[site.site.cookies.unsent] == nil)
  }

  @Test("Whoever signs out, or sends nothing, is told of nothing unsent")
  func nothingUnsent() throws {
    let browser = try site.signedIn(owner)
    browser.post("/logout")
    #expect(!browser.get("/login").contains("nothing was sent"))
    browser.post("/logout")
    browser.get("/settings/activity")
    #expect(!browser.get("/login").contains("nothing was sent"))
  }

  @Test("A page that the cookie names is one of the site’s")
  func plantedPage() throws {
    let browser = site.browser()
    browser.cookies[site.site.cookies.unsent] = "//evil.example/"
    browser.get("/login")
    #expect(try browser.signIn(owner, next: "//evil.example/").location == "/settings/export")
  }

  @Test("A token that somebody planted opens nothing")
  func planted() throws {
    let browser = site.browser()
    browser.cookies[site.site.cookies.session] = "planted"
    try browser.signIn(owner)
    #expect(browser.cookies[site.site.cookies.session] != "planted")
    let thief = site.browser()
    thief.cookies[site.site.cookies.session] = "planted"
    #expect(thief.get("/settings").status == 303)
  }

  @Test("Signing out ends the session on the server too")
  func signOut() throws {
    let browser = try site.signedIn(owner)
    let cookies = browser.cookies
    let page = browser.post("/logout")
    #expect(page.location == "/login")
    #expect(browser.follow(page).contains("You are signed out."))
    #expect(!browser.follow(page).contains("You are signed out."))
    browser.cookies = cookies
    #expect(browser.get("/settings").status == 303)
  }

  @Test("The cookie has no Secure over http, and a name with the port")
  func plainCookie() throws {
    let browser = try site.signedIn(owner)
    let cookie = try #require(browser.lastSetCookies.first { $0.hasPrefix("session-8080=") })
    #expect(cookie.contains("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax"))
    #expect(!cookie.contains("Secure"))
  }

  @Test("The cookie is bound to the host over https")
  func secureCookie() throws {
    let site = try TestSite(["HANDOVER_URL": "https://export.example.com"])
    let owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    let browser = site.browser()
    browser.host = "export.example.com"
    try browser.signIn(owner)
    let cookie = try #require(browser.lastSetCookies.first { $0.hasPrefix("__Host-session=") })
    #expect(cookie.hasSuffix("; Path=/; Max-Age=43200; Secure; HttpOnly; SameSite=Lax"))
    #expect(!cookie.contains("Domain"))
  }

  @Test("The database holds no token, only its hash")
  func tokenIsHashed() throws {
    let browser = try site.signedIn(owner)
    let token = try #require(browser.cookies[site.site.cookies.session])
    #expect(token.count == 43)
    let stored: [UInt8]? = try site.database.read { try $0.value("SELECT token_hash FROM session") }
    #expect(stored?.count == 32)
    #expect(stored != Array(token.utf8))
  }

  @Test("A hash of another cost is replaced at the next sign-in")
  func rehash() throws {
    let costly = try PasswordHasher(cost: 2, randomness: .system).hash(TestSite.password, for: .local)
    try site.database.write { try $0.users.setPasswordHash(costly, of: owner) }
    try site.browser().signIn(owner)
    let hash = try site.database.read { try $0.users.passwordHash(of: owner) }
    #expect(hash != costly)
    #expect(try site.browser().signIn(owner).status == 303)
  }

  @Test("A failure with an unknown address is in the log, by the hash of the address and the network address")
  func unknownInLog() throws {
    let browser = site.browser(at: "203.0.113.7")
    browser.get("/login")
    for _ in 1...6 { browser.post("/login", ["email": "MySecret1", "password": "wrong wrong"]) }
    let lines = site.log.all.filter { $0.contains("event=sign-in.") }
    let hash = Buckets.shortHash("mysecret1")
    #expect(lines.count == 6)
    #expect(
      lines.dropLast().allSatisfy { $0.contains("event=sign-in.failed account=\(hash) from=203.0.113.7") })
    #expect(lines.last?.contains("event=sign-in.throttled") == true)
    #expect(!site.log.all.contains { $0.lowercased().contains("mysecret") })
  }
}
