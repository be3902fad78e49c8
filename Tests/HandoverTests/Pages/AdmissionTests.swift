import HTTP
import Testing

@testable import Handover

@Suite("The order of the answers")
struct AdmissionTests {
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
    "Another host is answered by 421, whatever is asked",
    arguments: ["evil.example", "", "localhost.evil.example", "localhost@evil", "a, b"])
  func host(_ host: String) {
    let browser = site.browser()
    browser.host = host
    #expect(browser.get("/login").status == 421)
    #expect(browser.get("/nothing").status == 421)
  }

  @Test(
    "The own host, localhost and 127.0.0.1 are answered",
    arguments: ["localhost:8080", "LOCALHOST", "127.0.0.1:1"])
  func ownHost(_ host: String) {
    let browser = site.browser()
    browser.host = host
    #expect(browser.get("/login").status == 200)
  }

  @Test(
    "What can't be read is 400, before anything else",
    arguments: [
      "/settings?a=%ff", "/settings?a=%00", "/settings?a=1&a=2", "/%ff", "/%00", "/%zz", "/settings/%c0%af",
    ])
  func unreadable(_ target: String) {
    #expect(site.browser().get(target).status == 400)
  }

  @Test("An unreadable body is 400, one of another type 415, and too large a one 413")
  func body() throws {
    let browser = try site.signedIn(user)
    let broken = browser.send(.post, "/settings", body: "name=%ff")
    #expect(broken.status == 400 && broken.contains("arrived broken. Nothing was changed."))
    #expect(browser.send(.post, "/settings", body: "name=a&name=b").status == 400)
    #expect(browser.send(.post, "/settings", body: "name=a", type: "application/json").status == 415)
    #expect(browser.send(.post, "/settings", body: "name=a", type: nil).status == 415)
    var request = Request(.post, "/settings", isBodyTooLarge: true)
    request.headers.append("Host", "localhost")
    #expect(site.site.respond(to: request).status.code == 413)
  }

  @Test("A wrong method is 405 with the right ones, also for nobody")
  func method() {
    let page = site.browser().send(.other("DELETE"), "/settings")
    #expect(page.status == 405)
    #expect(page["Allow"] == "GET, HEAD, POST")
    #expect(site.browser().get("/logout")["Allow"] == "POST")
    #expect(site.browser().send(.post, "/help").status == 405)
  }

  @Test("Nobody is sent to the sign-in, with the way back for a GET alone")
  func nobody() {
    #expect(
      site.browser().get("/settings/activity?q=x").location == "/login?next=%2Fsettings%2Factivity%3Fq%3Dx")
    #expect(site.browser().get("/nothing").location == "/login?next=%2Fnothing")
    #expect(site.browser().post("/settings", ["name": "X"]).location == "/login")
    #expect(site.browser().post("/nothing").location == "/login")
    #expect(site.browser().send(.head, "/settings").location == "/login?next=%2Fsettings")
  }

  @Test("A forged form is 403 before the role, what isn't there, and what is wrong in it")
  func forgery() throws {
    let browser = try site.signedIn(owner)
    #expect(browser.post("/nothing", csrf: "wrong").status == 403)
    #expect(browser.post("/nothing").status == 404)
    #expect(browser.post("/settings/organisation/users/U-99/disable", csrf: "wrong").status == 403)
    #expect(browser.post("/settings", ["name": ""], csrf: "wrong").status == 403)
    #expect(browser.send(.other("PUT"), "/nothing").status == 404)
  }

  @Test("The token of one session opens nothing for another, nor that from before the sign-in")
  func otherToken() throws {
    let before = site.browser()
    before.get("/login")
    let early = try #require(before.csrfToken)
    try before.signIn(owner)
    #expect(before.post("/settings", ["name": "X"], csrf: early).status == 403)
    let other = try site.signedIn(owner)
    let refused = before.post("/settings", ["name": "X"], csrf: other.csrfToken)
    #expect(refused.status == 403 && refused.contains("<a class=\"button primary\" href=\"/settings\">"))
    #expect(before.post("/settings", ["name": "X"]).status == 303)
  }

  @Test("The role comes before what isn't there and what is wrong")
  func role() throws {
    let browser = try site.signedIn(user)
    #expect(browser.post("/settings/organisation/users/U-99/disable").status == 403)
    #expect(browser.post("/settings/organisation", ["name": ""]).status == 403)
  }

  @Test("What somebody was refused is in the activity, with method and path, and without the query")
  func refusals() throws {
    let browser = try site.signedIn(user, at: "203.0.113.9")
    browser.get("/settings/activity?q=secret")
    let event = try #require(
      try site.database.read { try $0.activity.events(of: organisation.id, limit: 1) }.first)
    #expect(event.kind == .accessRefused)
    #expect(event.detail == "GET /settings/activity")
    #expect(event.actor.name == "Ben Cole" && event.actor.address == "203.0.113.9")
  }

  @Test("Every page of somebody who is signed in is kept from caches")
  func caching() throws {
    let browser = try site.signedIn(owner)
    for path in [
      "/settings", "/settings/organisation", "/settings/organisation/users",
      "/settings/organisation/ownership",
      "/settings/export", "/settings/export/new", "/settings/activity", "/help", "/nothing",
    ] {
      #expect(browser.get(path)["Cache-Control"] == "no-store", "\(path)")
    }
  }

  @Test("An error of ours is a page with a number that the log has too, and nothing of the error")
  func failure() throws {
    let browser = try site.signedIn(owner)
    _ = try site.database.write { try $0.run("DROP TABLE activity") }
    let page = browser.get("/settings/activity?q=secret")
    #expect(page.status == 500)
    let id = try #require(page.text.firstMatch(of: /number <code>([0-9a-f]{8})<\/code>/)?.1)
    #expect(!page.contains("SQL") && !page.contains("no such table"))
    let line = try #require(site.log.all.first { $0.contains("event=request.failed") })
    #expect(
      line.contains("request=\(id)") && line.contains("path=/settings/activity ") && !line.contains("secret"))
  }

  @Test("At the level debug the log has a line for each answer, without what stands in the query")
  func debugLine() throws {
    _ = try site.signedIn(owner).get("/settings/activity?q=secret")
    let line = try #require(site.log.all.last { $0.contains("event=request.answered") })
    #expect(line.contains(" debug ") && line.contains("method=GET path=/settings/activity status=200 "))
    #expect(!line.contains("secret"))
  }

  @Test("GET and HEAD change no account and no record")
  func safeMethods() throws {
    let browser = try site.signedIn(owner)
    func rows() throws -> [String] {
      try site.database.read { connection in
        try ["user", "organisation", "password_link", "export", "letter"].flatMap { table in
          try connection.all(
            "SELECT count(*) AS count, (SELECT group_concat(name || role || active) FROM user) AS users FROM \(table)"
          ) { "\(table) \(try $0["count"] as Int) \(try $0["users"] as String)" }
        }
      }
    }
    let before = try rows()
    for route in Route.allCases where route.rawValue.hasPrefix("GET") && !route.rawValue.contains("{") {
      browser.get(route.path())
      browser.send(.head, route.path())
    }
    #expect(try rows() == before)
  }

  @Test(
    "A page needs no room on the disk: a use of the session or a refusal that can't be written down is left out"
  )
  func fullDisk() throws {
    let (ownersBrowser, usersBrowser) = (try site.signedIn(owner), try site.signedIn(user))
    try site.database.write { connection in
      for (name, change) in [("used", "UPDATE ON session"), ("refused", "INSERT ON activity")] {
        try connection.execute(
          "CREATE TRIGGER \(name) BEFORE \(change) BEGIN SELECT RAISE(ABORT, 'full'); END")
      }
    }
    site.clock.move(by: .minutes(10))
    #expect(ownersBrowser.get("/settings/export").status == 200)
    #expect(usersBrowser.get("/settings/activity").status == 403)
    #expect(site.log.all.count { $0.contains("event=database.unwritten") } == 2)
  }
}
