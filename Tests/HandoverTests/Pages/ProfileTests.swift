import Secrets
import Testing

@testable import Handover

@Suite("Settings > Profile")
struct ProfileTests {
  let site: TestSite
  let organisation: Organisation
  let user: User

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    user = try site.addUser("Ben Cole", .user, to: organisation)
  }

  @Test("Shows name, address, role and the sessions, this one first")
  func show() throws {
    let first = try site.signedIn(user, at: "203.0.113.7")
    site.clock.move(by: .seconds(60))
    let second = try site.signedIn(user, at: "203.0.113.8")
    let page = second.get("/settings")
    #expect(page.status == 200)
    #expect(page["Cache-Control"] == "no-store")
    #expect(page.contains("You are a user of <bdi>Harbour Street Finance</bdi>."))
    #expect(page.contains("Firefox on Linux"))
    let here = try #require(page.text.range(of: "203.0.113.8"))
    let there = try #require(page.text.range(of: "203.0.113.7"))
    #expect(here.lowerBound < there.lowerBound)
    #expect(page.text.matches(of: /This device/).count == 1)
    #expect(first.get("/settings").contains("This device"))
  }

  @Test("The name is changed, without blanks around it")
  func rename() throws {
    let browser = try site.signedIn(user)
    let page = browser.post("/settings", ["name": "  Benjamin Cole "])
    #expect(page.location == "/settings#name")
    #expect(try site.current(user)?.name == "Benjamin Cole")
    #expect(browser.follow(page).contains("Saved. Your name is <bdi>Benjamin Cole</bdi>."))
  }

  @Test("Of two tabs the second is told that the first has changed the name, and overwrites nothing before")
  func twoTabs() throws {
    let browser = try site.signedIn(user)
    func was(_ page: Page) throws -> String {
      String(try #require(page.text.firstMatch(of: /name="was" value="([^"]*)"/)?.1))
    }
    let old = try was(browser.get("/settings"))
    #expect(browser.post("/settings", ["name": "Benjamin Cole", "was": old]).status == 303)
    let second = browser.post("/settings", ["name": "Benny <Cole>", "was": old])
    #expect(second.status == 409 && second.contains("it is “Benjamin Cole” now. Nothing was saved."))
    #expect(second.contains("value=\"Benny &lt;Cole&gt;\""))
    #expect(try site.current(user)?.name == "Benjamin Cole")
    #expect(browser.post("/settings", ["name": "Benny <Cole>", "was": try was(second)]).status == 303)
    #expect(try site.current(user)?.name == "Benny <Cole>")
    #expect(
      browser.post("/settings", ["name": "Benny <Cole>", "was": old]).status == 303, "it is so already")
    let mistyped = browser.post("/settings", ["name": "", "was": old])
    #expect(try mistyped.status == 422 && was(mistyped) == old, "a mistake makes no form newer")
  }

  @Test("A new name is told by mail; the same one again is none")
  func renameTold() throws {
    let browser = try site.signedIn(user, at: "203.0.113.7")
    browser.post("/settings", ["name": "Ben Cole"])
    #expect(try site.letters.isEmpty)
    browser.post("/settings", ["name": "Benjamin <Cole>"])
    let letter = try #require(try site.letters.first)
    #expect(letter.kind == "account_changed" && letter.to.email == user.email)
    #expect(letter.subject == "Your name was changed")
    #expect(letter.text.contains("Your name is Benjamin <Cole> from now on. That was"))
    #expect(letter.text.contains(", from 203.0.113.7."))
    #expect(letter.html.contains("Benjamin &lt;Cole&gt;"))
    #expect(letter.text.contains("http://localhost:8080/password/forgotten"))
  }

  @Test("A name that is none is said beside its field, and kept", arguments: ["", "   ", "a\nb"])
  func badName(_ name: String) throws {
    let page = try site.signedIn(user).post("/settings", ["name": name])
    #expect(page.status == 422)
    #expect(page.contains("name-problem"))
    #expect(try site.current(user)?.name == "Ben Cole")
  }

  @Test("A new password ends all sessions but a new one here, and is told by mail")
  func changePassword() throws {
    let here = try site.signedIn(user)
    let there = try site.signedIn(user)
    let token = here.cookies[site.site.cookies.session]
    let page = here.post(
      "/settings/password", ["current": TestSite.password, "password": "  a longer one  "])
    #expect(page.location == "/settings#password-title")
    #expect(here.cookies[site.site.cookies.session] != token)
    #expect(here.follow(page).contains("Your password is changed."))
    #expect(there.get("/settings").status == 303)
    #expect(try site.browser().signIn(user, password: "  a longer one  ").status == 303)
    #expect(try site.browser().signIn(user, password: "a longer one").status == 422)
    let letter = try #require(try site.letters.first { $0.kind == "password_changed" })
    #expect(letter.to.email == user.email)
    #expect(letter.text.contains("http://localhost:8080/password/forgotten"))
    #expect(try site.events(of: organisation).contains(.passwordChanged))
  }

  @Test("A wrong current password changes nothing, and is said beside its field")
  func wrongCurrent() throws {
    let browser = try site.signedIn(user)
    let page = browser.post("/settings/password", ["current": "not this one", "password": "a longer one"])
    #expect(page.status == 422)
    #expect(page.contains("current-problem"))
    #expect(!page.contains("not this one") && !page.contains("a longer one"))
    #expect(try browser.signIn(user).status == 303)
    #expect(try site.letters.isEmpty)
  }

  @Test("Guessing the current password is slowed down")
  func guessing() throws {
    let browser = try site.signedIn(user)
    var statuses: [Int] = []
    for _ in 1...7 {
      statuses.append(
        browser.post("/settings/password", ["current": "not this one", "password": "a longer one"]).status)
    }
    #expect(statuses == [422, 422, 422, 422, 422, 429, 429])
    #expect(browser.get("/settings").status == 200)
    #expect(try site.browser().signIn(user).status == 303)
  }

  @Test("A new password that won't do is said beside its field", arguments: ["short", "password1", ""])
  func badPassword(_ password: String) throws {
    let page = try site.signedIn(user).post(
      "/settings/password", ["current": TestSite.password, "password": password])
    #expect(page.status == 422)
    #expect(page.contains("password-problem"))
  }

  /// The ids of the user's sessions, the first one first.
  private func sessions(of user: User) throws -> [SessionID] {
    try site.database.read { try $0.sessions.all(of: user, at: site.clock.now) }.reversed().map(\.id)
  }

  @Test("One session is ended, and the others go on")
  func endSession() throws {
    let there = try site.signedIn(user, at: "203.0.113.7")
    site.clock.move(by: .seconds(60))
    let here = try site.signedIn(user)
    let ids = try sessions(of: user)
    let page = here.get("/settings")
    for id in ids { #expect(page.contains("=\"/settings/sessions/\(id)/end\"")) }
    let ended = here.post("/settings/sessions/\(ids[0])/end")
    #expect(ended.location == "/settings#sessions")
    #expect(there.get("/settings").status == 303)
    #expect(here.follow(ended).contains("That device is signed out."))
    let event = try #require(
      try site.database.read { try $0.activity.events(of: organisation.id, limit: 1) }.first)
    #expect(event.kind == .sessionEnded && event.detail == "from 203.0.113.7")
    #expect(here.post("/settings/sessions/\(ids[0])/end").status == 404)
  }

  @Test("Ending this session signs out")
  func endThis() throws {
    let browser = try site.signedIn(user)
    let page = browser.post("/settings/sessions/\(try sessions(of: user)[0])/end")
    #expect(page.location == "/login")
    #expect(browser.cookies[site.site.cookies.session] == nil)
    #expect(browser.get("/settings").status == 303)
    #expect(try site.events(of: organisation).last == .signedOut)
  }

  @Test("Nobody ends another's session by its id, neither an owner nor somebody of another organisation")
  func endForeign() throws {
    let owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    let stranger = try site.addUser("Olga Else", .owner, to: site.addOrganisation("Other"))
    let browser = try site.signedIn(user)
    let id = try sessions(of: user)[0]
    let hash: [UInt8] = try #require(
      try site.database.read { try $0.value("SELECT token_hash FROM session") })
    for other in [owner, stranger] {
      let foreign = try site.signedIn(other)
      let unknown = foreign.post("/settings/sessions/\(String(repeating: "0", count: 32))/end")
      for path in [id.rawValue, id.rawValue.uppercased(), hex(hash), "x"] {
        let page = foreign.post("/settings/sessions/\(path)/end")
        #expect(page.status == 404 && page.response.body == unknown.response.body)
      }
    }
    #expect(browser.get("/settings").status == 200)
  }

  @Test("Signing out everywhere ends every session, this one too, and nobody else's")
  func signOutEverywhere() throws {
    let other = try site.signedIn(site.addUser("Ana Diaz", .user, to: organisation))
    let here = try site.signedIn(user)
    let there = try site.signedIn(user)
    let page = here.post("/settings/sessions/end")
    #expect(page.location == "/login")
    #expect(here.follow(page).contains("You are signed out, here and everywhere else."))
    #expect(here.get("/settings").status == 303)
    #expect(there.get("/settings").status == 303)
    #expect(other.get("/settings").status == 200)
  }
}
