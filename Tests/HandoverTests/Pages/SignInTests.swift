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
    #expect(browser.post("/logout").location == "/login?done=signed-out")
    #expect(browser.get("/login?done=signed-out").contains("You are signed out."))
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
