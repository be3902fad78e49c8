import HTTP
import Testing

@testable import Handover

@Suite("Where signing in leads to")
struct DestinationTests {
  static let id = "0123456789abcdef0123456789abcdef"

  @Test(
    "Pages of the site, with their queries",
    arguments: [
      ("/settings", "/settings"),
      ("/settings/organisation/users?q=a%26b&page=2", "/settings/organisation/users?q=a%26b&page=2"),
      ("/settings/export?download=\(id)", "/settings/export?download=\(id)"), ("/help", "/help"),
      ("/settings/export/\(id)/hand?user_id=U-3", "/settings/export/\(id)/hand?user_id=U-3"),
      ("/settings/organisation/users/U-3/two-step", "/settings/organisation/users/U-3/two-step"),
      ("/settings/organisation/users?q=//evil.example", "/settings/organisation/users?q=%2F%2Fevil.example"),
    ])
  func pages(_ next: String, _ expected: String) throws {
    #expect(try location(after: next) == expected)
  }

  @Test(
    "What is no true link of a download leads to its address without a signature",
    arguments: [
      "/exports/\(id)/download?expires=1777800600&signature=abc_-123", "/exports/\(id)/download",
      "/exports/\(id.uppercased())/download", "/exports/\(id)/download).",
      "/exports/\(id)/download%3Fexpires=1%26signature=2",
    ])
  func download(_ next: String) throws {
    #expect(try location(after: next) == "/exports/\(Self.id)/download")
  }

  @Test("The sign-in on the way to a download is the same page whatever became of the export")
  func promise() throws {
    let site = try TestSite()
    let organisation = try site.addOrganisation()
    let owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    let (there, revoked) = (try site.completedExport(by: owner), try site.completedExport(by: owner))
    let links = try [there, revoked].map { try site.link(of: $0, organisation) }
    _ = try site.exports.revoke(revoked, by: owner, from: "")
    let unknown = links[0].replacing(there.rawValue, with: Self.id)
    func page(_ next: String) -> String {
      let page = site.browser().get("/login?" + Form(["next": next]).encoded)
      return page.textWithoutToken.replacing(next.replacing("&", with: "&amp;"), with: "")
    }
    let pages = Set((links + [unknown, links[0] + ".", "/exports/\(there)/download)"]).map(page))
    #expect(pages.count == 1)
    #expect(pages.first?.contains("it starts if the link still works") == true)
  }

  @Test("Anything else leads to the exports")
  func elsewhere() throws {
    let site = try TestSite()
    for next in Self.foreign {
      #expect(Destination.after(next, on: site.site).address == "/settings/export", "\(next)")
    }
  }

  @Test("The page that somebody wanted is the one that signing in leads to")
  func around() throws {
    let site = try TestSite()
    let owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    let browser = site.browser()
    let first = browser.get("/settings/organisation/users?q=maria&page=1")
    #expect(first.status == 303)
    let login = try #require(first.location)
    #expect(login == "/login?next=%2Fsettings%2Forganisation%2Fusers%3Fq%3Dmaria%26page%3D1")
    let form = browser.get(login)
    #expect(form.contains("name=\"next\" value=\"/settings/organisation/users?q=maria&amp;page=1\""))
    #expect(
      try browser.signIn(owner, next: "/settings/organisation/users?q=maria&page=1").location
        == "/settings/organisation/users?q=maria&page=1")
    #expect(browser.get("/login?next=//evil.example").location == "/settings/export")
  }

  @Test("An address that is too long for a header of an answer is forgotten, before and after signing in")
  func long() throws {
    let site = try TestSite()
    let owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    let careful = try site.addUser("Ana Diaz", .admin, to: site.addOrganisation())
    let strict = try TestSite()
    let office = try strict.addOrganisation()
    let newcomer = try strict.addUser("Ben Cole", .admin, to: office)
    try site.database.write {
      try $0.twoSteps.addUnconfirmed([UInt8](repeating: 1, count: 20), for: careful, at: site.clock.now)
      try $0.twoSteps.confirm(careful, step: 1, at: site.clock.now)
    }
    try strict.database.write {
      try $0.organisations.update(
        Organisation(id: office.id, name: office.name, timeZone: office.timeZone, twoStep: .all))
    }
    for (count, isKept) in [(1_000, true), (2_000, false), (7_000, false), (60_000, false)] {
      let target = "/settings/organisation/users?q=" + String(repeating: "~", count: count)
      let first = site.browser().get(target)
      #expect(first.status == 303)
      #expect(first.location?.hasPrefix("/login?next=") == isKept, "\(count)")
      let after = try site.browser().signIn(owner, next: target)
      #expect(after.status == 303)
      #expect(after.location?.hasPrefix("/settings/organisation/users?q=") == isKept, "\(count)")
      let code = try site.browser().signIn(careful, next: target)
      #expect(code.location?.hasPrefix("/login/code?next=") == isKept, "\(count)")
      let late = try site.open(careful).post("/login/code", ["code": "1", "next": target])
      #expect(late.location?.contains("next=") == isKept, "\(count)")
      let required = try strict.open(newcomer).get(target)
      #expect(required.location?.hasPrefix("/settings/two-step") == true)
      #expect(required.location?.contains("next=") == isKept, "\(count)")
      for location in [first.location, after.location, code.location, late.location, required.location] {
        #expect(location?.utf8.count ?? 0 < 8_000)
      }
    }
  }

  private func location(after next: String) throws -> String? {
    let site = try TestSite()
    let owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    return try site.browser().signIn(owner, next: next).location
  }

  private static let foreign = [
    "", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
    "\\/evil.example", "/\\/evil.example", "//evil.example/settings", "http://evil.example",
    "https://evil.example/settings", "HTTP://evil.example", "http:evil.example", "http:/evil.example",
    "//localhost:8080@evil.example", "http://localhost:8080@evil.example/settings",
    "http://localhost:8080/settings", "javascript:alert(1)", "data:text/html,x", "mailto:a@x.example",
    "/%2f%2fevil.example", "/%2F/evil.example", "%2f%2fevil.example", "/%5cevil.example",
    "/%5C%5Cevil.example",
    "/\t/evil.example", "/\n/evil.example", "/\r\nSet-Cookie: a=b", "/%0d%0aSet-Cookie:a=b",
    "/settings\r\nX: y",
    "/settings%0d%0aX:y", " /settings", "\t//evil.example", "/ /evil.example", "/.//evil.example",
    "/..//evil.example", "/settings/..//evil.example", "/settings/../..//evil.example", "/;//evil.example",
    "/?//evil.example", "/#//evil.example", "?next=//evil.example", "#", ".", "..", "evil.example",
    "@evil.example",
    "/@evil.example", "/settings@evil.example", "/settings/", "/settings//", "//settings", "/nothing",
    "/login",
    "/login?next=//evil.example", "/logout", "/health", "/password/reset?token=x",
    "/settings/export/status",
    "/settings/export/\(id)/cancel", "/settings/activity.csv", "/settings?a=1&a=2", "/settings?a=%ff",
    "/settings?a=%00",
    "/ſettings", "/settings\u{0}", "/\u{FF0F}evil.example", "/\u{2028}/evil.example",
    "/exports/x/download", "/exports//evil.example/download",
    "/exports/%2f%2fevil/download",
  ]
}
