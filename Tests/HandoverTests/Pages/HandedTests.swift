import Testing

@testable import Handover

/// A completed export in somebody's hands, as the owner's page and the recipient's say it.
@Suite("Handing over, on the pages") struct HandedTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let user: User
  let exports = "/settings/export"

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
  }

  private func link(_ page: Page) -> String? {
    page.text.firstMatch(of: /class="download" href="([^"]*)"/).map { String($0.1) }
  }

  @Test("The owner hands it over from its row and takes it back; the user has a row and a link meanwhile")
  func way() throws {
    let id = try site.completedExport(by: owner).rawValue
    let (browser, getting) = (try site.signedIn(owner), try site.signedIn(user))
    #expect(browser.get(exports).contains("href=\"\(exports)/\(id)/hand\" data-asks"))
    let question = browser.get("\(exports)/\(id)/hand")
    #expect(question.status == 200 && question.contains("name=\"user_id\" value=\"U-2\""))
    #expect(!question.contains("value=\"U-1\"") && !getting.get(exports).contains("data-handed"))
    let done = browser.post("\(exports)/\(id)/hand", ["user_id": "U-2"])
    #expect(done.location == "\(exports)#export-\(id)")
    let after = browser.follow(done)
    #expect(after.contains("Handed to <bdi>Ben Cole</bdi>, who gets an e-mail"))
    #expect(
      after.contains("Handed to <strong><bdi>Ben Cole</bdi></strong>") && after.contains("not downloaded yet")
    )
    #expect(after.contains(">Take back<") && !browser.get("\(exports)/\(id)/hand").contains("value=\"U-2\""))

    let row = getting.get(exports)
    #expect(row.contains("data-handed=\"\(id)\"") && row.contains("From <bdi>Maria Rossi</bdi>"))
    #expect(!row.contains("data-export="))
    let address = try #require(link(row)).replacing("&amp;", with: "&")
    #expect(address.contains("?for=U-2&") && getting.get(address).status == 200)
    // Said once, and not again below.
    let taken = browser.get(exports)
    #expect(taken.contains("· downloaded <time") && !taken.contains("Downloaded by"))
    let foreign = browser.get(address)
    #expect(foreign.status == 403 && foreign.contains("in its row") && !foreign.contains("ask the owner"))
    #expect(getting.get(exports).contains("Downloaded by you, <time"))

    browser.post("\(exports)/\(id)/take-back", ["user_id": "U-2"])
    let back = getting.get(exports)
    #expect(link(back) == nil && back.contains(">Taken back</p>") && getting.get(address).status == 410)
    let owners = browser.get(exports)
    #expect(owners.contains("Was handed to <strong><bdi>Ben Cole</bdi></strong>"))
    #expect(!owners.contains(">Take back<"))
  }

  @Test("An admin sees it beside the list, which has no download; the status fragment has it too")
  func admin() throws {
    let admin = try site.addUser("Ade Okafor", .admin, to: organisation)
    let id = try site.completedExport(by: owner)
    guard case .done = try site.exports.hand(id, to: admin.id, by: owner, from: "") else {
      throw Unexpected("it was not handed over")
    }
    let browser = try site.signedIn(admin)
    for path in [exports, exports + "/status"] {
      let page = browser.get(path)
      #expect(page.contains("data-handed=\"\(id)\"") && page.contains("data-export=\"\(id)\""))
      #expect(page.text.matches(of: /class="download"/).count == 1 && link(page)?.contains("for=U-3") == true)
      #expect(!page.contains(">Take back<") && !page.contains("/hand\""))
    }
    #expect(!(try site.open(user).get(exports)).contains("data-handed"))
  }

  @Test("Whoever asked for it comes first and is chosen, and the search finds the others")
  func question() throws {
    for number in 1...60 { _ = try site.addUser("Ana \(number)", .user, to: organisation) }
    _ = try site.exports.ask("", for: .organisation, by: user, from: "")
    let id = try site.completedExport(by: owner).rawValue
    let browser = try site.signedIn(owner)
    let page = browser.get("\(exports)/\(id)/hand?page=2")
    #expect(page.text.firstMatch(of: /name="user_id" value="([^"]*)" checked/)?.1 == "U-2")
    #expect(page.text.matches(of: /name="user_id"/).count == HandPage.listed)
    #expect(page.contains("There are more users: search to find them."))
    #expect(
      page.contains("action=\"\(exports)/\(id)/hand?page=2\"") && page.contains("name=\"page\" value=\"2\""))
    let found = browser.get("\(exports)/\(id)/hand?find=ana+60&user_id=U-2")
    #expect(found.contains("<bdi>Ana 60</bdi>") && !found.contains("<bdi>Ana 59</bdi>"))
    #expect(found.contains("value=\"U-2\" checked"))
    #expect(browser.get("\(exports)/\(id)/hand?find=%3Cnobody%3E").contains("“<bdi>&lt;nobody&gt;</bdi>”"))
  }

  @Test("What can't be handed, and to whom it can't, is said beside the choice")
  func wrong() throws {
    let id = try site.completedExport(by: owner)
    _ = try site.addUser("Gone Fox", .user, to: organisation, isActive: false)
    _ = try site.addUser("New Fox", .user, to: organisation, hasPassword: false)
    let browser = try site.signedIn(owner)
    for (recipient, status) in [
      ("", 422), ("Ben", 422), ("U-1", 422), ("U-3", 422), ("U-4", 422), ("U-9", 404),
    ] {
      let page = browser.post("\(exports)/\(id)/hand", ["user_id": recipient])
      #expect(page.status == status && page.contains("id=\"hand-problem\""), "\(recipient)")
    }
    #expect(try site.database.read { try $0.value("SELECT count(*) FROM export_hand") as Int? } == 0)
    _ = try site.exports.revoke(id, by: owner, from: "")
    for page in [
      browser.get("\(exports)/\(id)/hand"), browser.post("\(exports)/\(id)/hand", ["user_id": "U-2"]),
    ] {
      #expect(page.status == 409 && page.contains("That export is revoked, so it can’t be handed over."))
    }
  }
}
