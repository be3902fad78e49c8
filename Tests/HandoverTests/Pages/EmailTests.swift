import HTTP
import SQLite
import Testing

@testable import Handover

@Suite("Another e-mail address")
struct EmailTests {
  let site: TestSite
  let organisation: Organisation
  let user: User
  let new = "maria@new.example"

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    user = try site.addUser("Maria Rossi", .user, to: organisation)
  }

  private let path = "/settings/email"
  private let link = "/settings/email/confirm"

  /// Asks for the address, and returns the token that was mailed to it.
  private func ask(_ browser: TestBrowser, for email: String? = nil) throws -> String {
    #expect(browser.post(path, ["email": email ?? new]).status == 200)
    return try site.mailedToken()
  }

  @Test("The link goes to the new address; nothing changes until its page is confirmed")
  func change() throws {
    let browser = try site.signedIn(user)
    let page = browser.post(path, ["email": " \(new) "])
    #expect(page.status == 200 && page.contains("An e-mail is on its way to <bdi>\(new)</bdi>."))
    let letter = try #require(try site.letters.last)
    #expect(letter.kind == "email_confirmation" && letter.to.email == new)
    #expect(letter.text.contains("192.0.2.1"))
    let token = try site.mailedToken()
    let before = try site.holdings(of: organisation)
    for _ in 1...3 {
      #expect(browser.get("\(link)?token=\(token)").contains("<strong><bdi>\(new)</bdi></strong>"))
    }
    #expect(try site.holdings(of: organisation) == before)
    #expect(try site.current(user)?.email == user.email)
    let changed = browser.post(link, ["token": token])
    #expect(changed.location == "/settings")
    #expect(browser.follow(changed).contains("you sign in as <bdi>\(new)</bdi> from now on."))
    #expect(browser.get("/settings").contains("You sign in as <strong><bdi>\(new)</bdi></strong>"))
    #expect(try site.current(user)?.email == new)
    #expect(try site.browser().signIn(user).status == 422)
    #expect(try site.browser().signIn(try #require(try site.current(user))).status == 303)
  }

  @Test("The former address is told, and the trail has both")
  func told() throws {
    let browser = try site.signedIn(user, at: "203.0.113.7")
    browser.post(link, ["token": try ask(browser)])
    let letter = try #require(try site.letters.last)
    #expect(letter.kind == "account_changed" && letter.to.email == user.email)
    #expect(letter.subject == "Your e-mail address was changed")
    #expect(letter.text.contains("You sign in as \(new) from now on, and no longer with this address."))
    #expect(letter.text.contains(", from 203.0.113.7."))
    #expect(!letter.text.contains("/password/forgotten"))
    let events = try site.database.read { try $0.activity.events(of: organisation.id, limit: 2) }
    #expect(events.map(\.kind) == [.emailChanged, .emailChangeAsked])
    #expect(events[0].detail == "\(user.email ?? "") to \(new)" && events[1].detail == "to \(new)")
  }

  @Test("All other sessions end, and so do links that went to the former address")
  func ends() throws {
    let browser = try site.signedIn(user)
    let elsewhere = try site.signedIn(user)
    let other = try site.signedIn(site.addUser("Ben Cole", .user, to: organisation))
    let token = try ask(browser)
    let visitor = site.browser()
    visitor.get("/password/forgotten")
    visitor.post("/password/forgotten", ["email": user.email ?? ""])
    let reset = try site.mailedToken()
    #expect(visitor.get("/password/reset?token=\(reset)").status == 200)
    browser.post(link, ["token": token])
    #expect(visitor.get("/password/reset?token=\(reset)").status == 410)
    #expect(elsewhere.get("/settings").status == 303)
    #expect(browser.get("/settings").status == 200 && other.get("/settings").status == 200)
  }

  @Test("The link is good once, for a day, until another is asked for or the password changes")
  func gone() throws {
    let browser = try site.signedIn(user)
    let used = try ask(browser)
    browser.post(link, ["token": used])
    let former = try ask(browser, for: "one@new.example")
    let later = try ask(browser, for: "two@new.example")
    for token in [used, former] {
      #expect(browser.get("\(link)?token=\(token)").status == 410)
      #expect(browser.post(link, ["token": token]).status == 410)
    }
    #expect(browser.get("\(link)?token=\(later)").status == 200)
    browser.post("/settings/password", ["current": TestSite.password, "password": "another long password"])
    #expect(browser.post(link, ["token": later]).status == 410)
    #expect(try site.current(user)?.email == new)
  }

  @Test("It works for a day less a second", arguments: [(86_399, 303), (86_400, 410)])
  func boundary(_ seconds: Int, _ status: Int) throws {
    let token = try ask(try site.signedIn(user))
    site.clock.move(by: .seconds(seconds))
    #expect(try site.signedIn(user).post(link, ["token": token]).status == status)
  }

  @Test("It is good for the user who asked, and one who is not signed in signs in first")
  func holder() throws {
    let token = try ask(try site.signedIn(user))
    let ben = try site.signedIn(site.addUser("Ben Cole", .owner, to: organisation))
    let stranger = try site.signedIn(site.addUser("Olga Else", .owner, to: site.addOrganisation("Other")))
    for other in [ben, stranger] {
      let unknown = other.get("\(link)?token=none")
      #expect(unknown.status == 404)
      #expect(other.get("\(link)?token=\(token)").textWithoutToken == unknown.textWithoutToken)
      #expect(other.post(link, ["token": token]).status == 404)
    }
    let visitor = site.browser()
    let away = try #require(visitor.get("\(link)?token=\(token)").location)
    #expect(away.hasPrefix("/login?next="))
    #expect(try visitor.signIn(user, next: "\(link)?token=\(token)").location == "\(link)?token=\(token)")
    #expect(visitor.post(link, ["token": token]).status == 303)
  }

  @Test(
    "Whether somebody has the address is told to its holder alone",
    arguments: [true, false])
  func taken(isHere: Bool) throws {
    let other = try site.addUser(
      "Ben Cole", .user, to: isHere ? organisation : site.addOrganisation("Other"), isActive: !isHere)
    let (browser, second) = (try site.signedIn(user), try site.signedIn(user))
    let free = browser.post(path, ["email": "free@new.example"])
    let page = second.post(path, ["email": try #require(other.email).uppercased()])
    #expect(page.status == free.status)
    #expect(
      page.textWithoutToken.lowercased().replacing(other.email ?? "", with: "free@new.example")
        == free.textWithoutToken.lowercased())
    let letter = try #require(try site.letters.last)
    #expect(letter.to.email == other.email?.uppercased())
    let answer = browser.post(link, ["token": try site.mailedToken()])
    #expect(answer.status == 409 && answer.contains("Somebody else has the address"))
    #expect(try site.current(user)?.email == user.email)
  }

  @Test("An address of another organisation's disabled user is free, as it is elsewhere")
  func freed() throws {
    let gone = try site.addUser("Olga Else", .user, to: site.addOrganisation("Other"), isActive: false)
    let browser = try site.signedIn(user)
    let token = try ask(browser, for: gone.email)
    #expect(browser.post(link, ["token": token]).status == 303)
  }

  @Test("Somebody who took it between the question and the answer keeps it")
  func race() throws {
    let browser = try site.signedIn(user)
    let token = try ask(browser)
    try site.database.write { connection in
      _ = try connection.users.add(
        of: organisation.id, name: "Ben", email: new, role: .user, at: site.clock.now)
    }
    #expect(browser.get("\(link)?token=\(token)").status == 200)
    #expect(browser.post(link, ["token": token]).status == 409)
  }

  @Test(
    "What is no address, or is the user's, is said beside the field",
    arguments: ["", "maria", "maria@", "a@b.example\r\nBcc: c@d.example", "MARIA.rossi@1.example"])
  func invalid(_ email: String) throws {
    let page = try site.signedIn(user).post(path, ["email": email])
    #expect(page.status == 422 && page.contains("email-problem"))
    #expect(try site.letters.isEmpty)
  }

  @Test("A few mails go out in an hour: from one user, and to one address")
  func throttled() throws {
    let browser = try site.signedIn(user)
    for number in 1...EmailChange.most { _ = try ask(browser, for: "a\(number)@new.example") }
    let page = browser.post(path, ["email": "b@new.example"])
    #expect(page.status == 429 && page["Retry-After"] == "3600")
    #expect(try site.letters.count == EmailChange.most)
    site.clock.move(by: EmailChange.period)
    for number in 1...EmailChange.most {
      let other = try site.addUser("Other \(number)", .user, to: organisation)
      _ = try ask(try site.signedIn(other), for: number.isMultiple(of: 2) ? "x@y.example" : "X@y.example")
    }
    #expect(try site.signedIn(user).post(path, ["email": "x@y.example"]).status == 429)
    #expect(try site.signedIn(user).post(path, ["email": "z@y.example"]).status == 200)
  }

  @Test("One who was disabled changes nothing")
  func disabled() throws {
    let browser = try site.signedIn(user)
    let token = try ask(browser)
    let session = try #require(
      try site.database.read {
        try $0.sessions.find(token: browser.cookies[site.site.cookies.session] ?? "", at: site.clock.now)
      })
    var gone = user
    gone.isActive = false
    try site.database.write { try $0.users.update(gone, at: site.clock.now) }
    #expect(browser.post(link, ["token": token]).status == 303)
    guard case .notFound = try site.accounts.changeEmail(token: token, in: session, from: "") else {
      throw Unexpected("changed")
    }
    guard case .refused = try site.accounts.requestEmail(new, by: user, from: "") else {
      throw Unexpected("asked")
    }
    #expect(try site.current(user)?.email == user.email)
  }
}
