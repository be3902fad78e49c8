import HTTP
import Testing

@testable import Handover

@Suite("What the next page says of an action")
struct NoticeTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let admin: User
  let user: User
  let users = "/settings/organisation/users"
  let exports = "/settings/export"

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    admin = try site.addUser("Ana Diaz", .admin, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
  }

  private var cookie: String { site.site.cookies.notice }

  @Test("It is said once: the page ends the cookie, and a reload says nothing")
  func once() throws {
    let browser = try site.signedIn(admin)
    let answer = browser.post(users + "/U-3/disable")
    #expect(browser.cookies[cookie] != nil)
    #expect(browser.follow(answer).contains("<bdi>Ben Cole</bdi> is disabled and signed out everywhere."))
    #expect(browser.cookies[cookie] == nil)
    #expect(!browser.follow(answer).contains("is disabled and"))
  }

  @Test("The cookie holds a keyword, an id and a code, lives for a minute and is kept from scripts")
  func attributes() throws {
    let browser = try site.signedIn(admin)
    browser.post(users + "/U-3/disable")
    let value = try #require(browser.cookies[cookie])
    #expect(value.hasPrefix("disabled.U-3.") && value.utf8.count == 13 + 43)
    let attributes = try #require(browser.lastSetCookies.last)
    #expect(attributes.contains("Max-Age=60;") && attributes.contains("HttpOnly"))
  }

  @Test(
    "A script that fetches, the list that refreshes itself and a form leave it for the page that is shown")
  func kept() throws {
    let browser = try site.signedIn(owner)
    browser.post(users + "/U-3/disable")
    browser.get(exports + "/status")
    browser.get(exports + "?refresh=1")
    browser.headers = ["Sec-Fetch-Dest": "empty"]
    #expect(!browser.get(users).contains("is disabled and"))
    browser.headers = ["Sec-Fetch-Dest": "document"]
    #expect(browser.post(users, ["name": ""]).status == 422)
    #expect(browser.get(exports).contains("is disabled and"))
  }

  @Test("A cookie of somebody else's making says nothing, and is ended")
  func forged() throws {
    let browser = try site.signedIn(admin)
    browser.post(users + "/U-3/disable")
    let own = try #require(browser.cookies[cookie])
    browser.get(users)
    let parts = own.split(separator: ".").map(String.init)
    let other = try site.signedIn(owner)
    let foreign = Notice.disabled.sealed(about: "U-3", for: other.cookies[site.site.cookies.session])
    for value in [
      "", "disabled", "disabled.U-3", "disabled.U-3.", "disabled.U-2.\(parts[2])", "enabled.U-3.\(parts[2])",
      "disabled..\(parts[2])", "signed-out..", "password-changed..", "<b>.U-3.\(parts[2])", own + ".",
      foreign,
    ] {
      browser.cookies[cookie] = value
      let page = browser.get(users)
      #expect(page.status == 200 && !page.contains("data-said"), "\(value)")
      #expect(browser.cookies[cookie] == nil, "\(value)")
    }
    browser.cookies[cookie] = own
    #expect(browser.get(users).contains("data-said"))
  }

  @Test("Before the sign-in only the words for an ended session are said")
  func signedOut() throws {
    let browser = site.browser()
    for notice in Notice.allCases {
      browser.cookies[cookie] = notice.sealed(about: "", for: nil)
      let isSaid = [.signedOut, .signedOutEverywhere, .passwordSet, .codeLate].contains(notice)
      #expect(browser.get("/login").contains("data-said") == isSaid, "\(notice)")
      browser.cookies[cookie] = notice.sealed(about: "U-3", for: nil)
      #expect(!browser.get("/login").contains("Ben Cole"))
    }
  }

  @Test("It names nobody of another organisation, and nobody to whom the role doesn't show users")
  func foreignIDs() throws {
    let other = try site.addOrganisation()
    _ = try site.addUser("Zed Stranger", .user, to: other)
    for (reader, isSaid) in [(user, false), (admin, true)] {
      let browser = try site.signedIn(reader)
      let secret = browser.cookies[site.site.cookies.session]
      browser.cookies[cookie] = Notice.userSignedOut.sealed(about: "U-3", for: secret)
      #expect(browser.get("/settings").contains("<bdi>Ben Cole</bdi> is signed out everywhere") == isSaid)
      browser.cookies[cookie] = Notice.userSignedOut.sealed(about: "U-4", for: secret)
      #expect(!browser.get("/settings").contains("data-said"))
    }
  }

  @Test("What is no longer so is not said")
  func overtaken() throws {
    let browser = try site.signedIn(admin)
    let answer = browser.post(users + "/U-3/disable")
    _ = try site.accounts.setActive(true, of: user.id, by: owner, from: "192.0.2.1")
    #expect(!browser.follow(answer).contains("data-said"))
  }

  @Test(
    "Undo makes it as it was, and pressed once more says what is so",
    arguments: [
      ("disable", nil, "enable", nil, "Ben Cole</bdi> is enabled and can sign in again."),
      ("role", "admin", "role", "user", "Ben Cole</bdi> is a user now."),
    ])
  func undo(_ verb: String, _ role: String?, _ undo: String, _ former: String?, _ said: String) throws {
    let browser = try site.signedIn(admin)
    let before = try site.current(user)
    let query = "?q=cole&page=1"
    let page = browser.follow(browser.post(users + "/U-3/\(verb)" + query, role.map { ["role": $0] } ?? [:]))
    let address = try #require(
      page.text.firstMatch(of: /<form method="post" action="([^"]*)">[^\n]*>Undo</)?.1)
    #expect(address == "\(users)/U-3/\(undo)?q=cole&amp;page=1")
    #expect(former == nil || page.contains("name=\"role\" value=\"\(former ?? "")\""))
    #expect(try site.current(user) != before)
    let fields: KeyValuePairs<String, String> = former.map { ["role": $0] } ?? [:]
    let undone = browser.post(users + "/U-3/\(undo)" + query, fields)
    #expect(undone.location == users + query + "#U-3")
    #expect(browser.follow(undone).contains(said))
    #expect(try site.current(user) == before)
    let events = try site.events(of: organisation)
    let again = browser.post(users + "/U-3/\(undo)" + query, fields)
    #expect(
      browser.follow(again).contains(
        "Nothing had to be changed: <bdi>Ben Cole</bdi> is enabled, as a user."))
    #expect(try site.events(of: organisation) == events)
  }

  @Test("An export that was cancelled is requested again once, however often Undo is pressed")
  func undoCancel() throws {
    let browser = try site.signedIn(owner)
    let started = browser.post(exports, ["scope": "user", "user_id": "U-3"])
    #expect(browser.follow(started).contains("Export started. You’ll get an e-mail when it’s ready."))
    #expect(started.location == exports)
    let id = try #require(try site.database.read { try $0.exports.open(of: organisation.id).first }).id
      .rawValue
    let cancelled = browser.follow(browser.post("\(exports)/\(id)/cancel?page=1"))
    #expect(cancelled.contains("The export of <bdi>Ben Cole</bdi>’s data is cancelled."))
    #expect(cancelled.contains("<input type=\"hidden\" name=\"undo\" value=\"\(id)\">"))
    let undo: KeyValuePairs = ["scope": "user", "user_id": "U-3", "undo": id]
    let undone = browser.follow(browser.post(exports, undo))
    #expect(undone.contains("Export started."))
    for _ in 1...2 {
      let again = browser.follow(browser.post(exports, undo))
      #expect(again.contains("’s data was requested again before, and is queued."))
    }
    #expect(try site.database.read { try $0.exports.open(of: organisation.id) }.count == 1)
    // It was not the organisation's, and one of another user is no other one of it.
    #expect(
      browser.follow(browser.post(exports, ["scope": "organisation", "undo": id])).contains("Export started.")
    )
  }

  @Test("Undo of cancelling hands it over as was wanted")
  func undoKeepsRecipient() throws {
    let browser = try site.signedIn(owner)
    _ = browser.post(exports, ["scope": "organisation", "hand_to": "U-3"])
    let id = try #require(try site.database.read { try $0.exports.open(of: organisation.id).first }).id
    let page = browser.follow(browser.post("\(exports)/\(id)/cancel"))
    #expect(page.contains("<input type=\"hidden\" name=\"hand_to\" value=\"U-3\">"))
  }

  @Test("A list's query that is long or not of the list doesn't come back")
  func query() throws {
    let browser = try site.signedIn(admin)
    func location(_ query: String) -> String? { browser.post(users + "/U-3/enable?" + query).location }
    #expect(location("x=1&q=B+C%26&done=1&page=2") == users + "?q=B+C%26&page=2#U-3")
    #expect(location("q=" + String(repeating: "%C3%A9", count: 400)) == users + "#U-3")
    #expect(location("q=%0D%0ASet-Cookie:x") == users + "?q=%0D%0ASet-Cookie%3Ax#U-3")
  }
}
