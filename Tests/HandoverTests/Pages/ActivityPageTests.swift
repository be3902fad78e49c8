import Foundation
import HTTP
import Testing

@testable import Handover

@Suite("Settings > Activity")
struct ActivityPageTests {
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

  private func last() throws -> Event {
    try #require(
      try site.database.read { try $0.activity.events(of: organisation.id, limit: 1) }.first)
  }

  private func count() throws -> Int {
    try site.database.read { try $0.activity.count(of: organisation.id) }
  }

  @Test("What another version of the program recorded has a line, on the page and in the file")
  func unknownKind() throws {
    let browser = try site.open(owner)
    try site.database.write {
      _ = try $0.run(
        """
        INSERT INTO activity (organisation_id, at, actor, who, what, subject, detail, address)
        VALUES (?, ?, 'server', '', 'weather.changed', '', 'to rain', '')
        """, organisation.id, site.clock.now)
    }
    let page = browser.get("/settings/activity")
    #expect(page.status == 200 && page.contains("no words for (weather.changed): <bdi dir=\"ltr\">to rain"))
    let file = browser.get("/settings/activity.csv").text
    #expect(file.contains(",weather.changed,") && file.contains("no words for (weather.changed),to rain,"))
  }

  /// `<bdi>` alone takes its direction from the first letter, also of an isolated name (HTML, 3.2.6.4).
  @Test("A detail that begins with a name from right to left runs on from left to right")
  func direction() throws {
    let browser = try site.open(owner)
    try site.database.write {
      try $0.run("UPDATE organisation SET time_zone = 'Asia/Calcutta'")
      try $0.activity.record(
        Event(
          .userAdded, of: organisation.id, by: .server, detail: "שרה כהן (s@x.example), user",
          at: site.clock.now))
    }
    let page = browser.get("/settings/activity")
    #expect(page.contains("<bdi dir=\"ltr\">\u{2068}שרה כהן\u{2069} (s"))
    #expect(page.contains("Days and times are in Asia/Kolkata.") && !page.contains("Calcutta"))
  }

  @Test("After the last page the way back is shown, and not that nothing has happened")
  func pastEnd() throws {
    let browser = try site.open(owner)
    let page = browser.get("/settings/activity?kind=sign-in&page=7")
    #expect(page.contains("There is no page 7. <a href=\"/settings/activity?kind="))
    #expect(!page.contains("Nothing h") && !page.contains(">Newer<"))
  }

  @Test("A range of days is the organisation’s, on the page, in its file, and in the links to other pages")
  func days() throws {
    let browser = try site.open(owner)
    // In Sydney 2 May 2026 begins at 14:00 of 1 May in UTC, and ends at 14:00 of 2 May.
    let times = [
      ("before", "2026-05-01T13:59:59Z"), ("first", "2026-05-01T14:00:00Z"), ("last", "2026-05-02T13:59:59Z"),
      ("after", "2026-05-02T14:00:00Z"),
    ]
    for (detail, time) in times {
      let seconds = try #require(try? Date(time, strategy: .iso8601)).timeIntervalSince1970
      try site.database.write {
        try $0.activity.record(
          Event(
            .signedIn, of: organisation.id, by: .server, detail: "\(detail) one",
            at: UnixTime(rawValue: Int64(seconds))))
      }
    }
    func details(_ query: String) -> [String] {
      let (page, file) = (
        browser.get("/settings/activity?" + query).text, browser.get("/settings/activity.csv?" + query).text
      )
      let found = ["before", "first", "last", "after"].filter { page.contains("\($0) one") }
      #expect(
        found == ["before", "first", "last", "after"].filter { file.contains("\($0) one") }, "\(query)")
      return found
    }
    #expect(details("from=2026-05-02&to=2026-05-02") == ["first", "last"])
    #expect(details("from=2026-05-02") == ["first", "last", "after"])
    #expect(details("to=2026-05-01") == ["before"] && details("from=&to=").count == 4)
    #expect(
      browser.get("/settings/activity?from=2026-05-02&q=one").contains("from=2026-05-02&amp;to=&amp;q=one"))
  }

  @Test(
    "A day that isn’t one is told above the fields, by the field’s name, and nothing is shown",
    arguments: [
      "from=2026-02-30", "to=2.5.2026", "from=yesterday", "from=2026-05-03&to=2026-05-02", "to=%3Cb%3E",
      "from=2026-13-01",
    ])
  func wrongDays(_ query: String) throws {
    let browser = try site.open(owner)
    try site.database.write {
      try $0.activity.record(
        Event(.signedIn, of: organisation.id, by: .server, detail: "this one", at: site.clock.now))
    }
    for path in ["/settings/activity", "/settings/activity.csv"] {
      let page = browser.get("\(path)?\(query)")
      #expect(page.status == 422 && page.contains("aria-invalid") && !page.contains("this one"))
      #expect(page.contains("isn’t a day of the calendar") || page.contains("To: The last day comes before"))
    }
  }

  @Test("Downloads are a kind of their own, with the export that was downloaded and the way to its row")
  func downloads() throws {
    let id = try site.completedExport(by: owner)
    let browser = try site.open(owner)
    browser.get(try site.link(of: id, organisation))
    try site.open(user).get(site.link(of: id, organisation))
    let page = browser.get("/settings/activity?kind=download")
    #expect(page.contains("Downloaded an export") && page.contains("A download was refused"))
    #expect(!page.contains("Completed an export"))
    #expect(
      page.contains(
        "<a href=\"\(Route.row(of: id).replacing("&", with: "&amp;"))\"><bdi dir=\"ltr\">Entire organisation of 2 May 2026, 19:30"
      ))
    let exports = browser.get("/settings/activity?kind=export")
    #expect(exports.contains("Completed an export") && !exports.contains("Downloaded an export"))
    #expect(page.contains(">2 May 2026, 19:30:00 AEST</time>"))
  }

  @Test("300 refused pages are one line with their count, on the page and in the file")
  func flood() throws {
    let browser = try site.open(user)
    let other = try site.open(try site.addUser("Ada Okafor", .user, to: organisation))
    for number in 1...300 { browser.get("/settings/activity?q=\(number)") }
    other.get("/settings/activity")
    for number in 1...40 { browser.post("/settings/organisation/users/U-\(number)/disable") }
    #expect(try count() == 3)
    let page = try site.open(owner).get("/settings/activity")
    #expect(page.contains("300 times") && page.contains("40 times") && page.text.utf8.count < 20_000)
    let lines = page.text.matches(of: /Was refused a page/).count
    #expect(lines == 3)
    let csv = try site.open(owner).get("/settings/activity.csv").text
    #expect(csv.contains("2.example,U-2,300\r\n") == false && csv.contains(",U-2,300\r\n"))
  }

  @Test("Somebody who takes another's name is told apart, and the renaming itself is recorded")
  func impersonation() throws {
    let browser = try site.open(user)
    browser.post("/settings", ["name": "Maria Rossi"])
    let renaming = try last()
    #expect(renaming.kind == .userRenamed && renaming.subject == "U-2")
    #expect(renaming.detail == "“Ben Cole” to “Maria Rossi”" && renaming.actor.name == "Ben Cole")
    browser.get("/settings/activity")
    let email = try #require(user.email)
    let owners = try site.open(owner)
    for path in ["/settings/activity", "/settings/activity.csv"] {
      let text = owners.get(path).text
      #expect(text.contains("Maria Rossi") && text.contains(email) && text.contains("U-2"), "\(path)")
    }
    for sought in [email, "U-2", "Ben Cole"] {
      let found = owners.get("/settings/activity?" + Form(["q": sought]).encoded).text
      #expect(found.contains("Changed a user’s name"), "\(sought)")
    }
    #expect(!owners.get("/settings/activity?q=U-1").contains("Changed a user’s name"))
    browser.post("/settings", ["name": "Maria Rossi"])
    #expect(try last().kind == .accessRefused)
  }

  @Test("A renamed organisation has both names in the trail")
  func organisationRenamed() throws {
    try site.open(owner).post("/settings/organisation", ["name": "Quay Finance", "zone": "Europe/Berlin"])
    #expect(
      try last().detail
        == "“Harbour Street Finance” to “Quay Finance”, Europe/Berlin, two-step sign-in required of: Nobody")
  }

  @Test(
    "What a handler refuses is recorded: an id that the organisation does not have",
    arguments: [
      "/settings/organisation/users/U-99/disable", "/settings/organisation/users/U-99/invitation",
      "/settings/export/0123456789abcdef0123456789abcdef/cancel",
      "/settings/export/ask/0123456789abcdef0123456789abcdef/decline",
      "/settings/organisation/users/%C3%A4/enable",
    ])
  func handlers(path: String) throws {
    let browser = try site.open(owner)
    #expect(browser.post(path).status == 404)
    #expect(try last().kind == .accessRefused)
    #expect(try last().detail == "POST \(path), not found")
    #expect(try last().actor.user == owner.id)
    browser.post(path)
    #expect(try last().times == 2 && count() == 1)
  }

  @Test("The file is written in pieces of one size, however many rows there are, and has each row once")
  func pieces() throws {
    try site.database.write { connection in
      for number in 1...2_345 {
        try connection.activity.record(
          Event(
            .signedIn, of: organisation.id, by: owner.actor(from: ""), detail: "row \(number)",
            at: site.clock.now))
      }
    }
    let browser = try site.open(owner)
    var headers = Headers()
    headers.append("Host", "localhost")
    headers.append("Cookie", browser.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))
    let response = site.site.respond(to: Request(.get, "/settings/activity.csv", headers: headers))
    #expect(response.body.isEmpty && response.headers["Content-Length"] == nil)
    var pieces: [[UInt8]] = []
    let writeBody = try #require(response.writeBody)
    try writeBody { piece in
      pieces.append(piece)
      // What happens meanwhile stands before the rows that were read.
      try site.database.write {
        try $0.activity.record(
          Event(.signedOut, of: organisation.id, by: .server, detail: "meanwhile", at: site.clock.now))
      }
    }
    #expect(pieces.count == 6 && pieces.allSatisfy { $0.count < 100_000 })
    let rows = String(decoding: pieces.joined(), as: UTF8.self).split(separator: "\r\n").dropFirst()
    #expect(
      rows.compactMap { $0.firstMatch(of: /row ([0-9]+),/).flatMap { Int($0.1) } } == (1...2_345).reversed())
  }

  @Test("A client that goes away ends the writing")
  func lost() throws {
    struct Lost: Error {}
    let page = try site.open(owner).get("/settings/activity.csv")
    var pieces = 0
    #expect(throws: Lost.self) {
      try page.response.writeBody? { _ in
        pieces += 1
        throw Lost()
      }
    }
    #expect(pieces == 1)
  }

  @Test("Two are sent at once to an organisation, one more gets 429, and another organisation its own")
  func atOnce() throws {
    let path = "/settings/activity.csv"
    let browser = try site.open(owner)
    do {
      let work = [browser.get(path), browser.get(path)]
      let third = browser.get(path)
      #expect(third.response.status == .tooManyRequests)
      #expect(third.response.headers["Retry-After"] == "10" && third.text.contains("twice already"))
      let other = try site.addOrganisation("Bayside Lending")
      let stranger = try site.addUser("Ruby Chen", .owner, to: other)
      #expect(try site.open(stranger).get(path).response.status == .ok)
      withExtendedLifetime(work) {}
    }
    #expect(browser.get(path).response.status == .ok)
  }

  @Test("An organisation invites 200 in a day; the others wait, and other organisations don't")
  func invitations() throws {
    let other = try site.addOrganisation("Baker")
    let others = try site.open(try site.addUser("Ada Okafor", .owner, to: other))
    let now = site.clock.now
    let waiting = try site.addUser("Zoe Zeller", .user, to: organisation, hasPassword: false)
    try site.database.write { connection in
      for number in 1...199 {
        try connection.passwordLinks.add(token: "\(number)", for: waiting, .invitation, at: now)
      }
    }
    let browser = try site.open(owner)
    func add(_ browser: TestBrowser, _ name: String) -> Page {
      browser.post(
        "/settings/organisation/users", ["name": name, "email": "\(name)@new.example", "role": "user"])
    }
    #expect(add(browser, "first").status == 303)
    let letters = try site.letters.count
    for page in [
      add(browser, "second"), browser.post("/settings/organisation/users/\(waiting.id)/invitation"),
    ] {
      #expect(page.status == 429 && page["Retry-After"] == "86400")
      #expect(page.contains("invited 200 users in 24 hours"))
    }
    #expect(try site.letters.count == letters)
    #expect(add(others, "third").status == 303)
    site.clock.move(by: .days(1))
    #expect(add(try site.open(owner), "second").status == 303)
  }

  @Test("An address that no page has, and a form that was filled in wrongly, are no activity")
  func noActivity() throws {
    let browser = try site.open(owner)
    #expect(browser.get("/nothing").status == 404)
    #expect(browser.post("/settings", ["name": ""]).status == 422)
    #expect(try count() == 0)
  }
}
