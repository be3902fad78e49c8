import HTTP
import Testing

@testable import Handover

@Suite("Links to set a password")
struct PasswordLinkTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let newPassword = "a new one, quite long"

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
  }

  private func askForReset(_ email: String, from browser: TestBrowser? = nil) -> Page {
    let browser = browser ?? site.browser()
    browser.get("/password/forgotten")
    return browser.post("/password/forgotten", ["email": email])
  }

  @Test("A forgotten password is set by the mailed link, once")
  func reset() throws {
    let elsewhere = try site.signedIn(owner)
    #expect(askForReset(owner.email ?? "").status == 200)
    let token = try site.mailedToken()
    let browser = site.browser()
    #expect(browser.get("/password/reset?token=\(token)").contains("Choose a new password"))
    let page = browser.post("/password/reset", ["token": token, "password": newPassword])
    #expect(page.location == "/login")
    #expect(browser.follow(page).contains("Your new password is set."))
    #expect(elsewhere.get("/settings").status == 303)
    #expect(try browser.signIn(owner).status == 422)
    #expect(try browser.signIn(owner, password: newPassword).status == 303)

    let again = site.browser()
    #expect(again.get("/password/reset?token=\(token)").status == 410)
    let second = again.post("/password/reset", ["token": token, "password": "yet another one"])
    #expect(second.status == 410)
    #expect(
      site.browser().post("/password/reset", ["token": token, "password": "yet another one"]).status == 403)
    #expect(try site.letters.map(\.kind) == ["password_reset", "password_changed", "new_sign_in"])
    #expect(
      try site.events(of: organisation)
        == [.signedIn, .passwordForgotten, .passwordReset, .signInFailed, .signedIn])
  }

  @Test("The same answer for an address that has an account and one that has none")
  func sameAnswer() throws {
    let known = askForReset(owner.email ?? "")
    let unknown = askForReset("nobody@x.example")
    #expect(known.status == 200 && unknown.status == 200)
    let token = /value="[A-Za-z0-9_-]{43}"/
    #expect(
      known.text.replacing(owner.email ?? "", with: "").replacing(token, with: "")
        == unknown.text.replacing("nobody@x.example", with: "").replacing(token, with: ""))
    #expect(try site.letters.count == 1)
  }

  @Test("A reset is good for 30 minutes, an invitation for 7 days")
  func lifetimes() throws {
    _ = askForReset(owner.email ?? "")
    let reset = try site.mailedToken()
    let admin = try site.signedIn(owner)
    admin.post(
      "/settings/organisation/users", ["name": "Ben Cole", "email": "ben@x.example", "role": "user"])
    let invitation = try site.mailedToken()
    let browser = site.browser()
    site.clock.move(by: .minutes(30) - .seconds(1))
    #expect(browser.get("/password/reset?token=\(reset)").status == 200)
    site.clock.move(by: .seconds(1))
    let gone = browser.get("/password/reset?token=\(reset)")
    #expect(gone.status == 410 && gone.contains("30 minutes, once"))
    site.clock.move(by: .days(7) - .minutes(30) - .seconds(1))
    #expect(browser.get("/password/reset?token=\(invitation)").status == 200)
    site.clock.move(by: .seconds(1))
    let late = browser.get("/password/reset?token=\(invitation)")
    #expect(late.status == 410 && late.contains("7 days, once"))
  }

  @Test("Looking at the link doesn't use it up", arguments: [Method.get, .head])
  func looking(_ method: Method) throws {
    _ = askForReset(owner.email ?? "")
    let token = try site.mailedToken()
    for _ in 1...3 { #expect(site.browser().send(method, "/password/reset?token=\(token)").status == 200) }
  }

  @Test("A token that is none is not found", arguments: ["", "?token=", "?token=abc", "?token=%00"])
  func unknown(_ query: String) {
    #expect(site.browser().get("/password/reset\(query)").status == (query.hasSuffix("00") ? 400 : 404))
  }

  @Test("A password that won't do is said beside the field, and the link stays good")
  func problem() throws {
    _ = askForReset(owner.email ?? "")
    let token = try site.mailedToken()
    let browser = site.browser()
    browser.get("/password/reset?token=\(token)")
    let page = browser.post("/password/reset", ["token": token, "password": "password1"])
    #expect(page.status == 422)
    #expect(page.contains("password-problem") && page.contains("tried first"))
    #expect(!page.contains("password1"))
    #expect(browser.post("/password/reset", ["token": token, "password": newPassword]).status == 303)
  }

  @Test("The link in the mail has the host of the configuration, whatever host was asked")
  func host() throws {
    let browser = site.browser()
    browser.host = "127.0.0.1:9999"
    browser.headers = ["X-Forwarded-Host": "evil.example"]
    _ = askForReset(owner.email ?? "", from: browser)
    let letter = try #require(try site.letters.first)
    #expect(letter.text.contains("\nhttp://localhost:8080/password/reset?token="))
    #expect(!letter.text.contains("evil") && !letter.html.contains("9999"))
    browser.host = "evil.example"
    #expect(askForReset(owner.email ?? "", from: browser).status == 421)
  }

  @Test("Many requests give few mails, say nothing else, and leave the links of before good")
  func flood() throws {
    _ = askForReset(owner.email ?? "")
    let token = try site.mailedToken()
    for number in 1...20 {
      #expect(askForReset(owner.email ?? "", from: site.browser(at: "198.51.100.\(number)")).status == 200)
    }
    #expect(try site.letters.count == 3)
    #expect(site.browser().get("/password/reset?token=\(token)").status == 200)
  }

  @Test("A network that asks for many is told to wait")
  func networkFlood() throws {
    let statuses = (1...31).map { askForReset("u\($0)@x.example").status }
    #expect(statuses.prefix(30).allSatisfy { $0 == 200 })
    #expect(statuses[30] == 429)
  }

  @Test("What is no address is said beside the field", arguments: ["", "maria", "a@b@c", "a b@x.example"])
  func noAddress(_ email: String) {
    let page = askForReset(email)
    #expect(page.status == 422)
    #expect(page.contains("email-problem"))
  }

  @Test("An invitation leads straight in, once, and says who invited")
  func invitation() throws {
    let manager = try site.signedIn(owner)
    let add = manager.post(
      "/settings/organisation/users", ["name": "Ben Cole", "email": "ben@x.example", "role": "admin"])
    #expect(add.location == "/settings/organisation/users#U-2")
    let letter = try #require(try site.letters.last)
    #expect(letter.kind == "invitation" && letter.to.email == "ben@x.example")
    #expect(letter.text.contains("Maria Rossi (\(owner.email ?? "")) invites you to Handover"))
    let token = try site.mailedToken()
    let browser = site.browser()
    #expect(browser.get("/password/reset?token=\(token)").contains("Welcome, <bdi>Ben Cole</bdi>"))
    let page = browser.post("/password/reset", ["token": token, "password": newPassword])
    #expect(page.location == "/settings")
    #expect(browser.follow(page).contains("Welcome, <bdi>Ben Cole</bdi>."))
    #expect(site.browser().get("/password/reset?token=\(token)").status == 410)
  }

  @Test("Inviting again makes the first invitation useless")
  func inviteAgain() throws {
    let manager = try site.signedIn(owner)
    manager.post(
      "/settings/organisation/users", ["name": "Ben Cole", "email": "ben@x.example", "role": "user"])
    let first = try site.mailedToken()
    #expect(manager.post("/settings/organisation/users/U-2/invitation").status == 303)
    let second = try site.mailedToken()
    #expect(first != second)
    #expect(site.browser().get("/password/reset?token=\(first)").status == 410)
    #expect(site.browser().get("/password/reset?token=\(second)").status == 200)
  }

  @Test("Disabling somebody makes every link useless, and so does another password")
  func ended() throws {
    let ben = try site.addUser("Ben Cole", .user, to: organisation)
    _ = askForReset(ben.email ?? "")
    let token = try site.mailedToken()
    let manager = try site.signedIn(owner)
    manager.post("/settings/organisation/users/U-2/disable")
    manager.post("/settings/organisation/users/U-2/enable")
    #expect(site.browser().get("/password/reset?token=\(token)").status == 410)
    _ = askForReset(owner.email ?? "")
    let own = try site.mailedToken()
    manager.post("/settings/password", ["current": TestSite.password, "password": newPassword])
    #expect(site.browser().get("/password/reset?token=\(own)").status == 410)
  }

  @Test("Who signs in elsewhere with the address learns of it from the link, and nobody else does")
  func takenElsewhere() throws {
    let other = try site.addOrganisation("Other Office")
    let elsewhere = try site.addUser("Ben Cole", .user, to: other)
    let manager = try site.signedIn(owner)
    let add = manager.post(
      "/settings/organisation/users",
      ["name": "Ben Cole", "email": elsewhere.email ?? "", "role": "user"])
    #expect(add.status == 303)
    let token = try site.mailedToken()
    let browser = site.browser()
    browser.get("/password/reset?token=\(token)")
    let page = browser.post("/password/reset", ["token": token, "password": newPassword])
    #expect(page.status == 409)
    #expect(page.contains("in another organisation"))
    #expect(!page.contains("Other Office"))
    #expect(try site.browser().signIn(elsewhere).status == 303)
  }

  @Test("The database holds no token of a link")
  func hashed() throws {
    _ = askForReset(owner.email ?? "")
    let token = try site.mailedToken()
    let stored: [UInt8]? = try site.database.read { try $0.value("SELECT token_hash FROM password_link") }
    #expect(stored?.count == 32)
    #expect(stored != Array(token.utf8))
  }

  @Test("An answer does the same work whether or not somebody has the address: the mail comes after it")
  func sameWork() throws {
    func changes() throws -> Int { try site.database.write { try $0.value("SELECT total_changes()") ?? 0 } }
    func rows() throws -> Int {
      try site.database.read {
        try $0.value(
          "SELECT (SELECT count(*) FROM letter) + (SELECT count(*) FROM password_link) + (SELECT count(*) FROM activity)"
        ) ?? 0
      }
    }
    var work: [Int] = []
    for email in [owner.email ?? "", "nobody@x.example"] {
      let before = try changes()
      #expect(askForReset(email).status == 200)
      work.append(try changes() - before)
    }
    #expect(work[0] == work[1])
    #expect(try rows() == 0)
    site.accounts.mailResets()
    #expect(try rows() == 3)
  }

  @Test("The log says that somebody asked for an address without an account, without the address")
  func unknownInLog() throws {
    _ = askForReset("MySecret1@x.example")
    site.accounts.mailResets()
    let lines = site.log.all.filter { $0.contains("event=password.forgotten-unknown") }
    #expect(lines.count == 1 && lines[0].contains("from=192.0.2.1"))
    #expect(!lines[0].lowercased().contains("mysecret"))
  }

  @Test("A mail that can't be written is in the log, and keeps no other from being written")
  func unwritten() throws {
    let ben = try site.addUser("Ben Cole", .user, to: organisation)
    try site.database.write {
      try $0.execute(
        """
        CREATE TRIGGER full BEFORE INSERT ON letter WHEN NEW.recipient_email = '\(owner.email ?? "")'
          BEGIN SELECT RAISE(ABORT, 'full'); END
        """)
    }
    for user in [owner, ben] { #expect(askForReset(user.email ?? "").status == 200) }
    #expect(try site.letters.map(\.to.email) == [ben.email])
    #expect(site.log.all.contains { $0.contains("event=password.unmailed") })
  }
}
