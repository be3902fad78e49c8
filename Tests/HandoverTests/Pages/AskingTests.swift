import Testing

@testable import Handover

/// From asked for to answered, as the two pages say it.
@Suite("Asking the owner, and answering") struct AskingTests {
  let site: TestSite
  let owner: User
  let user: User
  let exports = "/settings/export"

  init() throws {
    site = try TestSite()
    let organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
  }

  @Test("One asks for one's records or for the entire organisation, and sees to whom that was sent")
  func asked() throws {
    let browser = try site.signedIn(user)
    let page = browser.get(exports)
    #expect(page.contains("name=\"scope\" value=\"user\" checked"))
    #expect(page.contains("name=\"scope\" value=\"organisation\">"))
    let answer = browser.post(exports + "/ask", ["scope": "organisation", "message": "For the audit"])
    #expect(answer.location == exports + "#asked")
    let after = browser.follow(answer)
    #expect(after.contains("Sent to <bdi>Maria Rossi</bdi>, who decides."))
    #expect(after.contains(">Waiting</span> <strong>The entire organisation</strong>"))
    let letter = try #require(try site.letters.last)
    #expect(
      letter.kind == "export_asked" && letter.text.contains("for an export of the entire organisation."))
    let open = try site.open(owner).get(exports)
    #expect(open.contains("<bdi>Ben Cole</bdi> asks for the entire organisation"))
    for button in ["Export and hand over", "Export only", "Decline"] { #expect(open.contains(">\(button)<")) }
  }

  @Test("Without a scope one asks for one's own records; another word is wrong, and what was typed stays")
  func scopes() throws {
    let browser = try site.signedIn(user)
    for scope in ["everything", "", "contact", "User"] {
      let wrong = browser.post(exports + "/ask", ["scope": scope, "message": "My <deals>"])
      #expect(
        wrong.status == 422 && wrong.contains("id=\"wish-problem\"") && wrong.contains("My &lt;deals&gt;"))
    }
    #expect(try site.letters.isEmpty)
    #expect(browser.post(exports + "/ask", ["message": ""]).status == 303)
    #expect(browser.get(exports).contains("<strong>My records</strong>"))
    #expect(try site.open(owner).get(exports).contains("<bdi>Ben Cole</bdi> asks for their own records"))
  }

  @Test("Export and hand over keeps to whom it goes, and the one who asked sees that it is being made")
  func handOver() throws {
    let asking = try site.signedIn(user)
    asking.post(exports + "/ask", ["scope": "user", "message": ""])
    let browser = try site.signedIn(owner)
    let answer = browser.post(exports, ["scope": "user", "user_id": "U-2", "hand_to": "U-2"])
    #expect(answer.status == 303)
    #expect(!browser.get(exports).contains("asks for their own records"))
    #expect(asking.get(exports).contains("is handed to you as soon as it’s completed"))
    #expect(
      try site.database.read { try $0.value("SELECT hand_to FROM export") as Int? } == Int(user.id.rawValue))
  }

  @Test("A wrong recipient is told beside the field, and nothing is requested")
  func recipient() throws {
    let organisation = try #require(try site.database.read { try $0.organisations.find(user.organisation) })
    _ = try site.addUser("Gone Fox", .user, to: organisation, isActive: false)
    _ = try site.addUser("New Fox", .user, to: organisation, hasPassword: false)
    let browser = try site.signedIn(owner)
    let page = browser.get(exports + "/new")
    #expect(page.contains("<option value=\"U-2\">") && !page.contains("<option value=\"U-3\">"))
    for recipient in ["U-1", "U-3", "U-4", "U-99", "U-0", "Ben", "3"] {
      let wrong = browser.post(exports, ["scope": "organisation", "hand_to": recipient])
      #expect(wrong.status == 422 && wrong.contains("id=\"hand-to-problem\""), "\(recipient)")
    }
    #expect(try site.database.read { try $0.value("SELECT count(*) FROM export") as Int? } == 0)
    let right = browser.post(exports, ["scope": "organisation", "hand_to": "U-2"])
    #expect(right.status == 303)
  }
}
