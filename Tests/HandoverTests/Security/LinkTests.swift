import Foundation
import HTTP
import Testing

@testable import Handover

/// The signed link as a browser sends it: who gets what, and that there is no second spelling.
@Suite("The link, by its door")
struct LinkTests {
  let offices: MarkedOffices
  var site: TestSite { offices.site }
  var link: String { offices.first.link }

  init() throws {
    offices = try MarkedOffices()
  }

  @Test("The owner gets the file, an admin and a user 403, another organisation 404, nobody the sign-in")
  func actors() throws {
    let first = offices.first
    for method in [Method.get, .head] {
      #expect(
        try open(first.owner).send(method, link)["X-Accel-Redirect"] == "/-/exports/\(first.export).zip")
      for user in [first.admin, first.user] { #expect(try open(user).send(method, link).status == 403) }
      for user in [offices.second.owner, offices.second.admin, offices.second.user] {
        #expect(try open(user).send(method, link).status == 404)
      }
      let nobody = site.browser().send(method, link)
      #expect(nobody.status == 303)
      #expect(nobody.location?.hasPrefix("/login?next=") == true)
    }
  }

  @Test("The list shows it to the owner alone, whoever has looked at the list before")
  func list() throws {
    let shown = link.replacing("&", with: "&amp;")
    let (first, second) = (offices.first, offices.second)
    let readers = [
      first.admin, first.owner, first.admin, second.owner, first.user, first.owner, second.admin,
    ]
    for reader in readers {
      for path in [
        "/settings/export", "/settings/export?download=\(first.export)", "/settings/export/status",
      ] {
        let page = try open(reader).get(path)
        #expect(page.contains(shown) == (reader == first.owner), "\(reader.displayName) \(path)")
        #expect(page.contains("signature=") == (reader.role == .owner), "\(reader.displayName) \(path)")
      }
    }
  }

  @Test("A former owner gets 403 at once, and the new one finds the export revoked")
  func formerOwner() throws {
    let first = offices.first
    let former = try open(first.owner)
    #expect(former.get(link).status == 200)
    former.get("/settings/organisation/ownership")
    let handedOver = former.post(
      "/settings/organisation/ownership",
      ["user_id": first.admin.id.description])
    #expect(handedOver.status == 303)
    #expect(former.get(link).status == 403)
    #expect(try open(first.admin).get(link).status == 410)
  }

  @Test("One who was disabled since is sent to the sign-in")
  func disabled() throws {
    let admin = try open(offices.first.admin)
    #expect(admin.get(link).status == 403)
    try open(offices.first.owner).post("/settings/organisation/users/\(offices.first.admin.id)/disable")
    #expect(admin.get(link).status == 303)
  }

  @Test("No other spelling is a link; the owner is told that it was changed, or gets what isn't there")
  func spellings() throws {
    let owner = try open(offices.first.owner)
    let unknown = owner.get("/exports/\(String(repeating: "0", count: 32))/download")
    #expect(unknown.status == 404)
    let before = try site.holdings(of: offices.first.organisation)
    let spellings = Spellings.all(of: link, foreign: offices.second.link)
    #expect(spellings.count > 150)
    var altered = 0
    for spelling in spellings {
      let page = owner.get(spelling)
      #expect([400, 404].contains(page.status), "\(spelling)")
      if page.status == 400 {
        #expect(Spellings.isUnreadable(spelling), "\(spelling)")
      } else if page.contains("changed on its way") {
        altered += 1
        #expect(page.contains(link.replacing("&", with: "&amp;")), "\(spelling)")
        #expect(page["X-Accel-Redirect"] == nil)
      } else {
        #expect(page.response.body == unknown.response.body, "\(spelling)")
        #expect(page.response.headers == unknown.response.headers, "\(spelling)")
      }
    }
    #expect(altered > 150)
    // A wrong link to an export that exists adds a line to the activity, and nothing else.
    let after = try site.holdings(of: offices.first.organisation)
    #expect(
      after.filter { !$0.contains("'export.download-refused'") }
        == before.filter { !$0.contains("'export.download-refused'") })
    #expect(owner.get(link).status == 200)
  }

  @Test("A misspelt link says no more to those who may not follow the true one")
  func spellingsOfOthers() throws {
    for user in [offices.first.admin, offices.first.user, offices.second.owner] {
      let browser = try open(user)
      let unknown = browser.get("/exports/\(String(repeating: "0", count: 32))/download")
      let spellings = Spellings.all(of: link, foreign: offices.second.link).prefix(60) + Self.onTheWay(link)
      for spelling in spellings where spelling != offices.second.link {
        let page = browser.get(spelling)
        #expect([400, 404].contains(page.status), "\(spelling)")
        if page.status == 404 {
          #expect(page.response.body == unknown.response.body, "\(spelling)")
        }
      }
    }
  }

  @Test(
    "What mail programs make of the link gets the owner to the right one, signed in or not, and never the file"
  )
  func onTheWay() throws {
    let shown = link.replacing("&", with: "&amp;")
    for altered in Self.onTheWay(link) {
      // So many sign-ins of one person at once would be refused, and each of them ends an older session.
      site.clock.move(by: .minutes(1))
      let owner = try open(offices.first.owner)
      let page = owner.get(altered)
      #expect(page.status == 404 && page["X-Accel-Redirect"] == nil, "\(altered)")
      #expect(page.contains("This link was changed on its way") && page.contains(shown), "\(altered)")
      let nobody = site.browser()
      let login = try #require(nobody.get(altered).location)
      #expect(nobody.get(login).contains("it starts if the link still works"), "\(altered)")
      let next = try Request(.get, login).query["next"]
      let after = try #require(try nobody.signIn(offices.first.owner, next: next).location)
      #expect(after == "/exports/\(offices.first.export)/download", "\(altered)")
      #expect(nobody.get(after).contains(shown), "\(altered)")
      #expect(try site.browser().signIn(offices.second.owner, next: next).location == after)
    }
    let unaltered = site.browser()
    #expect(
      try unaltered.signIn(offices.first.owner, next: link).location
        == "/settings/export?download=\(offices.first.export)")
  }

  /// As mail programs, chats and wrappings of links have been seen to change one.
  private static func onTheWay(_ link: String) -> [String] {
    let (path, query) = (link.prefix { $0 != "?" }, link.drop { $0 != "?" }.dropFirst())
    let encoded = link.replacing("/", with: "%2F").replacing("?", with: "%3F").replacing("&", with: "%26")
      .replacing("=", with: "%3D")
    return [
      "\(link)&utm_source=x", "\(link)&utm_source=mail&utm_medium=email", "\(link).", "\(link)>", "\(link))",
      "\(link),", "\(link)%3E", "\(link);", "\(link)]", "\(link)\"", "\(link)*", "\(link)%0A", "\(link)%20",
      "\(path)?\(query.replacing("&", with: "&amp;"))", "\(path)?\(query.replacing("=", with: "=3D"))",
      "\(path)?\(query.replacing("&", with: "%26"))", "\(path)?\(query.dropLast(20))",
      "\(path)?\(query.dropLast())",
      "\(path)?\(query.prefix(25))%0A\(query.dropFirst(25))",
      "\(path)?\(query.prefix(25))%20\(query.dropFirst(25))",
      "\(path)?\(query.prefix(25))=%0D%0A\(query.dropFirst(25))",
      "\(path.prefix(20))=%0D%0A\(path.dropFirst(20))?\(query)",
      "\(path.prefix(20))%20\(path.dropFirst(20))?\(query)", String(path), "\(path)).", "\(path)%3F\(query)",
      "\(path).?\(query)", link.uppercased(), "\(path.uppercased())?\(query)", "/\(encoded.dropFirst(3))",
      "/%2Fexports\(encoded.dropFirst(10))", "/\(link)", "\(link)?fbclid=1",
    ]
  }

  @Test("In the last second it works, and from its expiry on it is gone and says so")
  func expiry() throws {
    let owner = try site.signedIn(offices.first.owner)
    site.clock.move(by: .seconds(86_399))
    #expect(try open(offices.first.owner).get(link).status == 200)
    site.clock.move(by: .seconds(1))
    let gone = try open(offices.first.owner).get(link)
    #expect(gone.status == 410)
    #expect(gone["X-Accel-Redirect"] == nil)
    #expect(owner.get(link).status == 303)
  }

  @Test("Revoked it is gone, and without its file not there for now")
  func gone() throws {
    let owner = try open(offices.first.owner)
    site.exports.folder.remove(offices.first.export)
    #expect(owner.get(link).status == 503)
    #expect(owner.post("/settings/export/\(offices.first.export)/revoke").status == 303)
    #expect(owner.get(link).status == 410)
    #expect(try open(offices.first.admin).get(link).status == 403)
  }

  @Test(
    "A refused download is in the activity of who tried it, and says nothing of another organisation's export"
  )
  func refusals() throws {
    let first = offices.first
    try open(first.admin).get(link)
    try open(first.owner).get(link + "x")
    try open(offices.second.owner).get(link)
    try Data("x".utf8).write(to: URL(filePath: site.exports.folder.archive(first.export)))
    try open(first.owner).get(link)
    let events = try site.database.read {
      try $0.activity.events(
        of: first.owner.organisation, about: first.export.rawValue, .downloadRefused, limit: 9
      )
      .reversed()
    }
    #expect(events.map(\.actor.user) == [first.admin.id, first.owner.id, first.owner.id])
    #expect(
      events.map { $0.detail.split(separator: ", ").last } == [
        "not the owner", "not the export’s link", "the file is damaged",
      ])
    let others = try site.database.read {
      try $0.activity.events(of: offices.second.owner.organisation, limit: 100)
    }.filter { $0.kind == .downloadRefused }
    #expect(others.map(\.detail) == ["not the export’s link"] && others.map(\.subject) == [""])
  }

  @Test("After a rotation it is the same link; the next export is signed by the new key")
  func rotation() throws {
    let owner = try open(offices.first.owner)
    try site.exports.keys.rotate(now: site.clock.now.rawValue, forgettingAfter: .days(2))
    #expect(owner.get(link).status == 200)
    #expect(owner.get("/settings/export").contains(link.replacing("&", with: "&amp;")))
    let next = try site.completedExport(by: offices.first.owner)
    let keys = try site.database.read { connection in
      try connection.all("SELECT DISTINCT key_id FROM export WHERE key_id IS NOT NULL") {
        try $0["key_id"] as String
      }
    }
    #expect(keys.count == 2)
    #expect(try owner.get(site.link(of: next, offices.first.organisation)).status == 200)
  }

  @Test("With a key that is gone it is no link any more, and its row offers to export again")
  func keyGone() throws {
    let owner = try open(offices.first.owner)
    let now = site.clock.now.rawValue
    try site.exports.keys.rotate(now: now)
    try site.exports.keys.rotate(now: now + 10, forgettingAfter: .seconds(1))
    #expect(owner.get(link).status == 404)
    let page = owner.get("/settings/export")
    #expect(!page.contains("signature="))
    #expect(page.contains("Export again"))
  }

  private func open(_ user: User) throws -> TestBrowser { try site.open(user) }
}
