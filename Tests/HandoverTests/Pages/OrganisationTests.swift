import Testing

@testable import Handover

@Suite("Settings > Organisation")
struct OrganisationTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
  }

  private func current() throws -> Organisation? {
    try site.database.read { try $0.organisations.find(organisation.id) }
  }

  @Test("The owner changes name and time zone")
  func change() throws {
    let browser = try site.signedIn(owner)
    let page = browser.post("/settings/organisation", ["name": " Harbour & Co ", "zone": "Pacific/Auckland"])
    #expect(page.location == "/settings/organisation#name")
    #expect(
      try current() == Organisation(id: organisation.id, name: "Harbour & Co", timeZone: "Pacific/Auckland"))
    let shown = browser.follow(page)
    #expect(shown.contains("value=\"Harbour &amp; Co\""))
    #expect(shown.contains("<option selected>Pacific/Auckland</option>"))
    #expect(shown.contains("It is 21:30 NZST there."))
    #expect(try site.events(of: organisation) == [.signedIn, .organisationChanged])
  }

  @Test(
    "Of two tabs the second is told what the first has changed; what it left alone it doesn’t change back")
  func twoTabs() throws {
    let browser = try site.signedIn(owner)
    func was(_ page: Page) throws -> String {
      String(try #require(page.text.firstMatch(of: /name="was" value="([^"]*)"/)?.1))
    }
    let old = try was(browser.get("/settings/organisation"))
    let first = browser.post(
      "/settings/organisation",
      ["name": "Harbour & Co", "zone": "Pacific/Auckland", "two_step": "optional", "was": old])
    #expect(first.status == 303)
    let second = browser.post(
      "/settings/organisation",
      ["name": "Harbour Street Loans", "zone": "Australia/Sydney", "two_step": "optional", "was": old])
    #expect(second.status == 409)
    #expect(second.contains("the name is “Harbour &amp; Co” now, the time zone is Pacific/Auckland now."))
    #expect(second.contains("value=\"Harbour Street Loans\""))
    #expect(second.contains("<option selected>Pacific/Auckland</option>"))
    #expect(try current()?.name == "Harbour & Co")
    let again = browser.post(
      "/settings/organisation",
      [
        "name": "Harbour Street Loans", "zone": "Pacific/Auckland", "two_step": "optional",
        "was": try was(second),
      ])
    #expect(again.status == 303)
    #expect(
      try current()
        == Organisation(id: organisation.id, name: "Harbour Street Loans", timeZone: "Pacific/Auckland"))
  }

  @Test("A name that is none is said beside its field, and what was typed is kept")
  func badName() throws {
    let page = try site.signedIn(owner).post(
      "/settings/organisation", ["name": "  ", "zone": "Pacific/Auckland"])
    #expect(page.status == 422)
    #expect(page.contains("name-problem") && page.contains("value=\"  \""))
    #expect(page.contains("<option selected>Pacific/Auckland</option>"))
    #expect(try current() == organisation)
  }

  @Test(
    "A time zone that is none is said beside its field",
    arguments: [
      "", "Mars/Olympus", "AEST", "../etc/passwd", "Asia/\u{212A}arachi", "Australia/Sydney\u{301}",
      "asia/karachi", "Asia/Karachi ", "/Asia/Karachi",
    ])
  func badZone(_ zone: String) throws {
    let page = try site.signedIn(owner).post("/settings/organisation", ["name": "New name", "zone": zone])
    #expect(page.status == 422)
    #expect(page.contains("zone-problem") && page.contains("value=\"New name\""))
    #expect(try current() == organisation)
  }

  @Test("An operator's zone has to be spelled as it is, too")
  func operatorsZone() {
    for zone in ["Asia/Karachi", "Australia/ACT", "UTC"] { #expect(Zones.has(zone), "\(zone)") }
    for zone in ["Asia/\u{212A}arachi", "asia/karachi", "Asia/Karachi\u{301}", "UTC\u{301}", "", "/", "../x"]
    {
      #expect(!Zones.has(zone), "\(zone)")
    }
  }

  @Test("A name that differs in its bytes alone is another name")
  func equivalentName() throws {
    let browser = try site.signedIn(owner)
    for name in ["Caf\u{E9}", "Cafe\u{301}"] {
      browser.post("/settings/organisation", ["name": name, "zone": organisation.timeZone])
      #expect(try current().map { Array($0.name.utf8) } == Array(name.utf8))
    }
  }

  @Test("A zone stored under a name of before goes on, is shown under the one of today, and is stored so")
  func formerZone() throws {
    try setZone("Asia/Calcutta")
    let browser = try site.signedIn(owner)
    let page = browser.get("/settings/organisation")
    #expect(page.contains("<option selected>Asia/Kolkata</option>") && !page.contains(">Asia/Calcutta<"))
    #expect(page.contains("It is 15:00 GMT+5:30 there."))
    #expect(browser.post("/settings/organisation", ["name": "New", "zone": "Asia/Calcutta"]).status == 303)
    #expect(try current()?.timeZone == "Asia/Kolkata")
  }

  @Test("A zone that the list does not have stays")
  func unlistedZone() throws {
    try setZone("Etc/GMT-9")
    let browser = try site.signedIn(owner)
    #expect(browser.get("/settings/organisation").contains("<option selected>Etc/GMT-9</option>"))
    #expect(browser.post("/settings/organisation", ["name": "New", "zone": "Etc/GMT-9"]).status == 303)
  }

  @Test("The organisation's zone comes first, once, the others by their offset")
  func zoneOrder() throws {
    let page = try site.signedIn(owner).get("/settings/organisation").text
    #expect(page.matches(of: /<option[^>]*>Australia\/Sydney</).count == 1)
    let places = try [
      "<option selected>Australia/Sydney", "UTC−11:00", "Pacific/Midway", "UTC+05:30", "Asia/Kolkata",
    ].map {
      try #require(page.range(of: $0)).lowerBound
    }
    #expect(places == places.sorted())
  }

  private func setZone(_ zone: String) throws {
    try site.database.write {
      try $0.organisations.update(
        Organisation(id: organisation.id, name: organisation.name, timeZone: zone))
    }
  }

  @Test("An admin reads and does not edit")
  func admin() throws {
    let browser = try site.signedIn(site.addUser("Ana Diaz", .admin, to: organisation))
    let page = browser.get("/settings/organisation")
    #expect(page.status == 200)
    #expect(page.contains("Harbour Street Finance") && page.contains("Maria Rossi"))
    #expect(!page.contains("name=\"zone\"") && !page.contains("transfer ownership"))
    #expect(browser.post("/settings/organisation", ["name": "Mine", "zone": "UTC"]).status == 403)
    #expect(try current() == organisation)
  }

  @Test("Where there is no owner the page says whom to contact")
  func noOwner() throws {
    let site = try TestSite(["HANDOVER_AGGREGATOR": "Northern Aggregation <help@northern.example>"])
    let admin = try site.addUser("Ana Diaz", .admin, to: site.addOrganisation())
    let browser = try site.signedIn(admin)
    for path in ["/settings/organisation", "/settings/organisation/users"] {
      #expect(
        browser.get(path).contains(
          "<strong><bdi>Northern Aggregation &lt;help@northern.example&gt;</bdi></strong>"))
    }
  }
}
