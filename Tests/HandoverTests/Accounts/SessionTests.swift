import Testing

@testable import Handover

@Suite("Sessions")
struct SessionTests {
  let site: TestSite
  let owner: User
  let organisation: Organisation

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
  }

  @Test("One that nobody uses ends after 60 minutes")
  func idle() throws {
    let browser = try site.signedIn(owner)
    site.clock.move(by: .minutes(60) - .seconds(1))
    #expect(browser.get("/settings").status == 200)
    site.clock.move(by: .minutes(60))
    #expect(browser.get("/settings").status == 303)
  }

  @Test("However busy, it ends after 12 hours")
  func total() throws {
    let browser = try site.signedIn(owner)
    for _ in 1..<24 {
      site.clock.move(by: .minutes(30))
      #expect(browser.get("/settings").status == 200)
    }
    site.clock.move(by: .minutes(30))
    #expect(browser.get("/settings").status == 303)
  }

  @Test(
    "The page's own refreshing does not count as a use",
    arguments: ["/settings/export/status", "/settings/export?refresh=1"])
  func refreshing(_ path: String) throws {
    let browser = try site.signedIn(owner)
    for _ in 1...5 {
      site.clock.move(by: .minutes(10))
      #expect(browser.get(path).status == 200)
    }
    site.clock.move(by: .minutes(10))
    #expect(browser.get("/settings").status == 303)
  }

  @Test("Where there is no script the page reloads itself in that way")
  func reloading() throws {
    let browser = try site.signedIn(owner)
    browser.post("/settings/export", ["scope": "organisation"])
    #expect(browser.get("/settings/export").contains("content=\"5; url=/settings/export?refresh=1\""))
  }

  @Test("The page's own refreshing gets 401 and nothing else where the session has ended")
  func refreshingWithout() {
    let page = site.browser().get("/settings/export/status")
    #expect(page.status == 401)
    #expect(page.response.body.isEmpty)
  }

  @Test("Disabling, demoting and deleting sessions act on the next request")
  func nextRequest() throws {
    let ben = try site.addUser("Ben Cole", .admin, to: organisation)
    let browser = try site.signedIn(ben)
    let manager = try site.signedIn(owner)
    #expect(browser.get("/settings/organisation/users").status == 200)
    manager.post("/settings/organisation/users/U-2/role", ["role": "user"])
    #expect(browser.get("/settings/organisation/users").status == 403)
    #expect(browser.get("/settings").status == 200)
    manager.post("/settings/organisation/users/U-2/disable")
    #expect(browser.get("/settings").status == 303)
    manager.post("/settings/organisation/users/U-2/enable")
    #expect(browser.get("/settings").status == 303)
    #expect(try site.browser().signIn(ben).status == 303)
  }

  @Test("A use is written down every few seconds, not with every page")
  func touching() throws {
    let browser = try site.signedIn(owner)
    func usedAt() throws -> UnixTime? {
      try site.database.read { try $0.value("SELECT used_at FROM session") }
    }
    let start = try usedAt()
    site.clock.move(by: .seconds(14))
    browser.get("/settings")
    #expect(try usedAt() == start)
    site.clock.move(by: .seconds(1))
    browser.get("/settings")
    #expect(try usedAt() == site.clock.now)
  }

  @Test("Ended sessions are removed when somebody signs in")
  func removal() throws {
    _ = try site.signedIn(owner)
    site.clock.move(by: .days(1))
    _ = try site.signedIn(owner)
    let count: Int? = try site.database.read { try $0.value("SELECT count(*) FROM session") }
    #expect(count == 1)
  }

  @Test("A user has twenty sessions at most: with one more the oldest ends, and nobody else's")
  func most() throws {
    let other = try site.open(site.addUser("Ben Cole", .user, to: organisation))
    var browsers: [TestBrowser] = []
    for _ in 0...Session.most {
      browsers.append(try site.open(owner))
      site.clock.move(by: .seconds(1))
    }
    #expect(browsers.map { $0.get("/settings").status } == [303] + Array(repeating: 200, count: Session.most))
    #expect(other.get("/settings").status == 200)
  }
}
