import Secrets
import Testing

@testable import Handover

@Suite("What asks before it does what can't be undone")
struct QuestionTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let user: User
  let users = "/settings/organisation/users"
  let exports = "/settings/export"

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
  }

  /// The form of the question: where it is posted to, and where the other answer leads.
  private func form(_ page: Page) throws -> (action: String, back: String) {
    let question = try #require(page.text.split(separator: "id=\"question\"").last.map(String.init))
    let action = try #require(question.firstMatch(of: /<form method="post" action="([^"]*)"/)?.1)
    let back = try #require(question.firstMatch(of: /href="([^"]*)" data-close/)?.1)
    return (String(action), String(back))
  }

  private func completed() throws -> ExportID {
    let id = try site.request(.user(user.id), by: owner)
    try site.database.write {
      _ = try $0.run(
        """
        UPDATE export SET status = 'completed', started_at = 1, ended_at = 2, completed_at = 2, expires_at = 9e9,
          snapshot_at = 1, rows = 1, size = 1, sha256 = zeroblob(32), milliseconds = 1, key_id = 'k'
        """)
    }
    return try #require(ExportID(id.description))
  }

  @Test("Revoking names the export, changes nothing, and leads back to the list's page and row")
  func revoke() throws {
    let id = try completed()
    let browser = try site.signedIn(owner)
    #expect(
      browser.get(exports + "?page=1").contains("href=\"\(exports)/\(id)/revoke?page=1\" data-asks"))
    let before = try site.holdings(of: organisation)
    let page = browser.get("\(exports)/\(id)/revoke?page=1")
    #expect(page.status == 200 && page.contains("Revoke the export of <bdi>Ben Cole</bdi>’s data?"))
    #expect(try site.holdings(of: organisation) == before)
    let (action, back) = try form(page)
    #expect(action == "\(exports)/\(id)/revoke?page=1" && back == "\(exports)?page=1#export-\(id)")
    let done = browser.post(action)
    #expect(done.location == back)
    #expect(browser.follow(done).contains("The export of <bdi>Ben Cole</bdi>’s data is revoked:"))
    let again = browser.get(action)
    #expect(again.status == 409 && again.contains("That export is revoked, so it can’t be revoked."))
  }

  @Test("A request is declined with a reply, which stands in the mail and on the user's page")
  func decline() throws {
    let asking = try site.signedIn(user)
    let asked = asking.post(exports + "/ask", ["message": "My deals"])
    #expect(asking.follow(asked).contains("Sent to <bdi>Maria Rossi</bdi>."))
    let id: OwnerRequestID = try #require(
      try site.database.read { try $0.value("SELECT id FROM owner_request") })
    let browser = try site.signedIn(owner)
    let page = browser.get("\(exports)/ask/\(id)/decline")
    #expect(page.contains("Decline the request of <bdi>Ben Cole</bdi>?") && page.contains("name=\"reply\""))
    let long = String(repeating: "x", count: TextLimit.message.characters + 1)
    let wrong = browser.post("\(exports)/ask/\(id)/decline", ["reply": long])
    #expect(wrong.status == 422 && wrong.contains("reply-problem") && wrong.contains(long))
    #expect(try site.letters.filter { $0.kind == "export_declined" }.isEmpty)
    let done = browser.post("\(exports)/ask/\(id)/decline", ["reply": "Ask <Ana>."])
    #expect(done.location == exports + "#requests")
    #expect(browser.follow(done).contains("You declined the request of <bdi>Ben Cole</bdi>"))
    let letter = try #require(try site.letters.last)
    #expect(letter.kind == "export_declined" && letter.text.contains("Ask <Ana>."))
    #expect(letter.html.contains("Ask &lt;Ana&gt;."))
    #expect(asking.get(exports).contains("Ask &lt;Ana&gt;."))
    // Late, it changes nothing: no second mail, and the reply stays.
    browser.post("\(exports)/ask/\(id)/decline", ["reply": "Another"])
    #expect(try site.letters.filter { $0.kind == "export_declined" }.count == 1)
    #expect(asking.get(exports).contains("Ask &lt;Ana&gt;.") && !asking.get(exports).contains("Another"))
    #expect(browser.get("\(exports)/ask/\(id)/decline").location == exports + "#requests")
  }

  @Test("A user is signed out everywhere, or invited again, after the page that names them")
  func questionsOfUsers() throws {
    let browser = try site.signedIn(owner)
    let query = "?q=cole&page=1"
    let page = browser.get("\(users)/U-2/sessions/end\(query)")
    #expect(page.contains("Sign <bdi>Ben Cole</bdi> out everywhere?"))
    let (action, back) = try form(page)
    #expect(
      action == "\(users)/U-2/sessions/end?q=cole&amp;page=1" && back == "\(users)?q=cole&amp;page=1#U-2")
    #expect(browser.get("\(users)/U-2/invitation").status == 409)
    #expect(browser.get("\(users)/U-1/sessions/end").status == 409)
    browser.post(users, ["name": "Zoë Park", "email": "zoe@x.example", "role": "user"])
    let letters = try site.letters.count
    let invite = browser.get("\(users)/U-3/invitation")
    #expect(invite.contains("Invite <bdi>Zoë Park</bdi> again?") && invite.contains("no longer works"))
    #expect(try site.letters.count == letters)
  }

  @Test("One's own sessions end after a page that says which")
  func sessions() throws {
    let here = try site.signedIn(user)
    site.clock.move(by: .minutes(1))
    _ = try site.signedIn(user, at: "203.0.113.7")
    let page = here.get("/settings")
    #expect(page.contains("href=\"/settings/sessions/end\" data-asks"))
    let all = here.get("/settings/sessions/end")
    #expect(all.contains("Sign out everywhere?") && all.contains("2 devices, this one too"))
    let other = try #require(
      page.text.firstMatch(of: /href="(\/settings\/sessions\/[0-9a-f]{32}\/end)" data-asks/)?.1)
    let question = here.get(String(other))
    #expect(question.contains("Sign out Firefox on Linux?") && question.contains("203.0.113.7"))
    #expect(here.get("/settings").contains("203.0.113.7"))
    #expect(here.follow(here.post(String(other))).contains("That device is signed out."))
    #expect(here.get(String(other)).status == 404)
  }

  @Test("Two-step sign-in is turned off, and recovery codes are made, after a page that says what stops")
  func twoStep() throws {
    _ = try site.turnOnTwoStep(of: user)
    let browser = try site.open(user)
    for (path, words) in [("off", "Turn two-step sign-in off?"), ("codes", "Make new recovery codes?")] {
      let page = browser.get("/settings/two-step/\(path)")
      #expect(page.contains(words))
      #expect(try form(page).action == "/settings/two-step/\(path)")
    }
    #expect(try site.current(user)?.hasTwoStep == true)
    let removal = try site.signedIn(owner).get("\(users)/U-2/two-step?q=x")
    #expect(removal.contains("Remove the two-step sign-in of <bdi>Ben Cole</bdi>?"))
    #expect(try form(removal).back == "\(users)?q=x#U-2")
  }
}
