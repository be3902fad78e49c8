import Testing

@testable import Handover

@Suite("Handing the ownership over")
struct OwnershipTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let heir: User
  let path = "/settings/organisation/ownership"

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    heir = try site.addUser("Ben Cole", .user, to: organisation)
  }

  @Test("Takes effect at once for every session, and both are told by mail")
  func transfer() throws {
    let former = try site.signedIn(owner)
    let next = try site.signedIn(heir)
    #expect(next.get("/settings/activity").status == 403)
    let page = former.post(path, ["user_id": "U-2"])
    #expect(page.location == "/settings/organisation/users#U-2")
    #expect(former.follow(page).contains("</bdi> is the owner now, and you are an admin."))
    #expect(try site.current(owner)?.role == .admin)
    #expect(try site.current(heir)?.role == .owner)
    #expect(former.get("/settings/export/new").status == 403)
    #expect(next.get("/settings/export/new").status == 200)
    #expect(try site.letters.map(\.kind) == ["ownership_received", "ownership_given"])
    #expect(try site.letters.map(\.to.email) == [heir.email, owner.email])
    #expect(try site.events(of: organisation).contains(.ownershipHandedOver))
  }

  @Test("Exports that wait are cancelled in the same moment")
  func succession() throws {
    let former = try site.signedIn(owner)
    #expect(former.post("/settings/export", ["scope": "organisation"]).status == 303)
    former.post(path, ["user_id": "U-2"])
    let status: String? = try site.database.read { try $0.value("SELECT status FROM export") }
    #expect(status == "cancelled")
  }

  @Test("Only somebody who can sign in is offered, and can be chosen")
  func unfit() throws {
    let disabled = try site.addUser("Gone Person", .user, to: organisation, isActive: false)
    let invited = try site.addUser("New Person", .user, to: organisation, hasPassword: false)
    let browser = try site.signedIn(owner)
    let page = browser.get(path)
    #expect(page.contains("value=\"U-2\" required"))
    for user in [owner, disabled, invited] {
      #expect(!page.contains("value=\"\(user.id)\""))
      let refused = browser.post(path, ["user_id": user.id.description])
      #expect(refused.status == 422)
      #expect(refused.contains("new-owner-problem"))
    }
    #expect(try site.current(owner)?.role == .owner)
  }

  @Test("The search finds all users, and the page says why somebody can't be the owner")
  func obstacles() throws {
    _ = try site.addUser("Gone Person", .user, to: organisation, isActive: false)
    let invited = try site.addUser("New Person", .user, to: organisation, hasPassword: false)
    let browser = try site.signedIn(owner)
    let page = browser.get(path).text
    for reason in [
      "owns it already", "is disabled; enable them first", "has no password yet; invite them first",
    ] {
      #expect(page.contains("Can’t be the owner: \(reason)"), "\(reason)")
    }
    #expect(
      try #require(page.range(of: "value=\"U-2\"")).lowerBound
        < #require(page.range(of: "Gone Person")).lowerBound)
    let found = browser.get(path + "?q=PERSON%20new")
    #expect(found.contains("New Person") && !found.contains("Gone Person") && found.contains("1 user"))
    #expect(found.contains("tabindex=\"-1\" autofocus") && !browser.get(path).contains("autofocus"))
    let refused = browser.post(path, ["user_id": "\(invited.id)"])
    #expect(refused.contains("New Person can’t be the owner: has no password yet; invite them first."))
    #expect(browser.get(path + "?q=nobody").contains("No user has “<bdi>nobody</bdi>”"))
  }

  @Test("Who is chosen stays in sight whatever is searched for")
  func choiceStays() throws {
    _ = try site.addUser("Mia King", .user, to: organisation)
    let page = try site.signedIn(owner).get(path + "?user_id=U-2&q=mia")
    #expect(
      page.contains("name=\"user_id\" value=\"U-2\" checked")
        && page.contains("name=\"user_id\" value=\"U-3\" required"))
    #expect(page.contains("type=\"hidden\" name=\"user_id\" value=\"U-2\""))
  }

  @Test("Of many users the page lists 50, and a search finds the others, also by address")
  func many() throws {
    for number in 1...60 {
      _ = try site.addUser("Person \(number % 2 == 0 ? "Even" : "Odd") \(number)", .user, to: organisation)
    }
    let browser = try site.open(owner)
    func offered(_ page: Page) -> Int { page.text.matches(of: /type="radio" name="user_id"/).count }
    let all = browser.get(path)
    #expect(offered(all) == 50 && all.contains("The first 50 of 62 users; search to find the others"))
    let odd = browser.get(path + "?q=odd")
    #expect(offered(odd) == 30 && odd.contains("30 users") && odd.contains("value=\"odd\""))
    #expect(offered(browser.get(path + "?q=even.60@")) == 1)
    #expect(offered(browser.get(path + "?q=%25")) == 0)
    #expect(browser.post(path, ["user_id": "U-62"]).status == 303)
  }

  @Test("Nobody chosen is a problem of the form, somebody unknown is not found")
  func nobody() throws {
    let browser = try site.signedIn(owner)
    for id in ["", "2", "all"] {
      #expect(browser.post(path, ["user_id": id]).status == 422)
    }
    #expect(browser.post(path, ["user_id": "U-77"]).status == 404)
  }

  @Test("The former owner's open page can't hand it over again")
  func again() throws {
    let browser = try site.signedIn(owner)
    browser.post(path, ["user_id": "U-2"])
    #expect(browser.post(path, ["user_id": "U-1"]).status == 403)
    #expect(try site.current(heir)?.role == .owner)
  }
}
