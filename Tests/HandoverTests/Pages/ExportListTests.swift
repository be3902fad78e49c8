import Glibc
import Testing

@testable import Handover
@testable import SQLite

/// The list of Settings > Export. Rows are cached as HTML, so each test changes one thing that must make a
/// row anew.
@Suite("The list of exports")
struct ExportListTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let admin: User
  let id = ExportID(rawValue: String(repeating: "a", count: 32))

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    admin = try site.addUser("Adam Ng", .admin, to: organisation)
    try add(id)
  }

  /// Adds an export that is completed now.
  private func add(_ id: ExportID) throws {
    let now = site.clock.now
    let key = try site.exports.keys.current().newest.id
    try site.database.write { connection in
      try connection.run(
        """
        INSERT INTO export (id, organisation_id, scope, requested_by, requested_at, status, attempt, not_before,
          started_at, ended_at, snapshot_at, rows, size, sha256, milliseconds, key_id, completed_at, expires_at)
        VALUES (?, ?, 'organisation', ?, ?, 'completed', 1, ?, ?, ?, ?, 1204, 64000, zeroblob(32), 900, ?, ?, ?)
        """, id, organisation.id, owner.id, now, now, now, now, now, key, now, now + Export.lifetime)
      try connection.run(
        "INSERT INTO export_file (export_id, position, name, rows, bytes, crc32) VALUES (?, 0, 'Deals.csv', 1204, 64000, 1)",
        id)
    }
  }

  private func page(_ path: String = "/settings/export", as user: User? = nil) throws -> Page {
    try site.open(user ?? owner).get(path)
  }

  @Test("No statement of the page is prepared anew when it is run again")
  func statements() throws {
    for _ in 0..<3 { _ = try page() }
    try site.database.read { #expect($0.statements.count > 5 && $0.statements.preparedAnew == 0) }
  }

  @Test(
    "While the keys are away rows go on without links, and say that these will be back; and then they are")
  func keysAway() throws {
    let download = "class=\"download\""
    #expect(try page().contains(download))
    let keys = site.configuration.data.keys
    unsafe rename(keys, keys + ".away")
    let away = try page()
    #expect(away.status == 200 && !away.contains(download) && away.contains("It will be back by itself"))
    #expect(!away.contains("Export again"))
    #expect(try !page(as: admin).contains("It will be back by itself"))
    let link = "/exports/\(id)/download?expires=1&signature=x"
    let refused = try site.open(owner).get(link)
    #expect(refused.status == 503 && refused["Retry-After"] != nil)
    unsafe rename(keys + ".away", keys)
    let back = try page()
    #expect(back.contains(download) && !back.contains("It will be back by itself"))
    #expect(try site.open(owner).get(link).status == 404)
  }

  @Test("A row shows its state, its numbers, and folds out files and hash")
  func shows() throws {
    let page = try page()
    #expect(page.contains("data-export=\"\(id)\" data-status=\"completed\""))
    #expect(
      page.contains("1,204 rows") && page.contains("ZIP, 64 kB") && page.contains("Available until <time"))
    #expect(page.contains("<th scope=\"row\">Deals.csv</th><td>1,204</td><td>64 kB</td>"))
    #expect(page.contains(String(repeating: "0", count: 64)))
    #expect(page.contains("Data as of</dt><dd>2 May 2026, 19:30:00 AEST"))
    #expect(page.contains("href=\"/settings/export/\(id)/revoke\" data-asks"))
    #expect(!page.contains("1 download"))
  }

  @Test("An admin gets neither link nor buttons, whoever looked first")
  func admins() throws {
    #expect(try page().contains("signature="))
    let seen = try page(as: admin)
    #expect(seen.contains("1,204 rows"))
    #expect(
      !seen.contains("signature=") && !seen.contains("formaction") && !seen.contains("class=\"download\""))
    #expect(try page().contains("signature="))
  }

  @Test("A row follows the clock")
  func clock() throws {
    #expect(try page().contains(">just now</time>"))
    site.clock.move(by: .seconds(7_200))
    let later = try page()
    #expect(later.contains(">2 hours ago</time>"))
    site.clock.move(by: Export.lifetime)
    #expect(try !page().contains("signature="))
  }

  @Test("A download, a new name, another zone and a revocation show at once")
  func changes() throws {
    #expect(try page().contains("Requested by <bdi>Maria Rossi</bdi>"))
    try site.database.write { connection in
      try connection.activity.record(
        Event(
          .exportDownloaded, of: organisation.id, by: owner.actor(from: "192.0.2.9"), subject: id.rawValue,
          detail: "whole file", at: site.clock.now))
    }
    #expect(try page().contains("1 download"))
    #expect(try page().contains("from 192.0.2.9, whole file"))
    _ = try site.database.write { try $0.run("UPDATE user SET name = 'Mia <Rossi>' WHERE id = ?", owner.id) }
    #expect(try page().contains("Requested by <bdi>Mia &lt;Rossi&gt;</bdi>"))
    _ = try site.database.write { try $0.run("UPDATE organisation SET time_zone = 'Pacific/Auckland'") }
    #expect(try page().contains("2 May 2026, 21:30:00 NZST"))
    try site.database.write { connection in
      let export = try #require(try connection.exports.find(id, of: organisation.id))
      try connection.exports.revoke(export, at: site.clock.now)
    }
    let revoked = try page()
    #expect(
      revoked.contains("Revoked") && revoked.contains("Export again") && !revoked.contains("signature="))
  }

  @Test("A row says who has downloaded it last and when, to each as it is, or that nobody has")
  func lastDownload() throws {
    #expect(try page().contains("Not downloaded yet") && !page().contains("Downloaded by"))
    let session = try site.session(of: owner)
    let export = try #require(try site.database.read { try $0.exports.find(id, of: organisation.id) })
    try site.exports.recordDownload(of: export, by: session, from: "192.0.2.9", .whole)
    #expect(try page().contains("Downloaded by you, <time") && !page().contains("Not downloaded yet"))
    #expect(try page(as: admin).contains("Downloaded by <bdi>Maria Rossi</bdi>, <time"))
    site.clock.move(by: .seconds(30))
    let later = try page()
    #expect(later.contains(">30 seconds ago</time>\n") || later.contains(">30 seconds ago</time></p>"))
    try site.database.write { try $0.exports.revoke(export, at: site.clock.now) }
    #expect(try page().contains("Downloaded by you"))
  }

  @Test("A row that is gone says that nobody has downloaded it")
  func neverDownloaded() throws {
    try site.database.write { connection in
      let export = try #require(try connection.exports.find(id, of: organisation.id))
      try connection.exports.revoke(export, at: site.clock.now)
    }
    #expect(try page().contains("Never downloaded") && !page().contains("Not downloaded yet"))
  }

  @Test("What an open page asks for has the requests to the owner, and an admin’s own")
  func status() throws {
    try site.open(admin).post("/settings/export/ask", ["message": "All of it, please"])
    let owners = try page("/settings/export/status")
    #expect(owners.contains("id=\"requests\"") && owners.contains("All of it, please"))
    #expect(!owners.contains("id=\"asked\""))
    let admins = try page("/settings/export/status", as: admin)
    #expect(admins.contains("id=\"asked\"") && admins.contains("All of it, please"))
    #expect(!admins.contains("id=\"requests\""))
  }

  @Test("A row shows the newest receipts and leads to the others, however many downloads there were")
  func receipts() throws {
    let session = try site.session(of: owner)
    let export = try #require(try site.database.read { try $0.exports.find(id, of: organisation.id) })
    for hour in 0..<8 {
      for _ in 0...hour {
        try site.exports.recordDownload(of: export, by: session, from: "192.0.2.\(hour)", .range)
      }
      site.clock.move(by: .hours(1))
    }
    let page = try page()
    #expect(page.contains("<h4>36 downloads</h4>"))
    #expect(page.contains("from 192.0.2.7, in parts, 8 times within the hour"))
    #expect(page.contains("192.0.2.3,") && !page.contains("192.0.2.2,"))
    #expect(page.contains("<a href=\"/settings/activity?q=\(id)\">And 6 more</a>"))
    let admins = try self.page(as: admin)
    #expect(admins.contains("<li>And 6 more</li>"))
    #expect(try self.page("/settings/activity?q=\(id)").text.matches(of: /192\.0\.2\./).count == 8)
    for count in 37...38 {
      try site.exports.recordDownload(of: export, by: session, from: "192.0.2.7", .range)
      #expect(try self.page().contains("<h4>\(count) downloads</h4>"), "a line that counts on shows at once")
    }
  }

  @Test("Of a long list of exports that wait, a page shows 50, and leads to the others")
  func longQueue() throws {
    try site.database.write { connection in
      for number in 1...120 {
        let user = try connection.users.add(
          of: organisation.id, name: "User \(number)", email: nil, role: .user, at: site.clock.now)
        try connection.exports.add(
          ExportID(rawValue: String(repeating: "c", count: 29) + "\(number + 100)"), of: organisation.id,
          .user(user.id), by: owner.id, at: site.clock.now)
      }
    }
    func positions(_ page: Page) -> [Int] {
      page.text.matches(of: /Number (\d+) in the queue/).compactMap { Int($0.1) }
    }
    let first = try page()
    #expect(positions(first) == Array(1...50) && first.contains("data-export=\"\(id)\""))
    #expect(first.contains("Older exports"))
    let second = try page("/settings/export?page=2")
    #expect(positions(second) == Array(51...100))
    #expect(second.contains("data-status=\"/settings/export/status?page=2\""))
    #expect(try positions(page("/settings/export/status?page=2")) == Array(51...100))
    let third = try page("/settings/export?page=3")
    #expect(positions(third) == Array(101...120) && !third.contains("Older exports"))
    #expect(try positions(page("/settings/export/status")) == Array(1...50))
    let refused = try site.open(owner).post("/settings/export", ["scope": "user", "user_id": "U-122"])
    let rows = refused.text.matches(of: /data-export="(\w+)"/).map(\.1)
    #expect(refused.status == 409 && rows.count == 52 && rows[0].hasSuffix("c220"))
    #expect(positions(refused) == Array(1...50))
  }

  @Test("20 rows a page; older ones are a page further")
  func pages() throws {
    for number in 1...20 { try add(ExportID(rawValue: String(repeating: "b", count: 30) + "\(number + 10)")) }
    let first = try page()
    #expect(first.text.matches(of: /data-export=/).count == 20)
    #expect(first.contains("Older exports") && !first.contains("Newer exports"))
    let second = try page("/settings/export?page=2")
    #expect(second.text.matches(of: /data-export=/).count == 1)
    #expect(!second.contains("Older exports") && second.contains("Newer exports"))
  }

  @Test("20 rows with all that folds out weigh at most 60 kB before nginx compresses them")
  func weight() throws {
    for number in 1...19 { try add(ExportID(rawValue: String(repeating: "b", count: 30) + "\(number + 10)")) }
    #expect(try page().text.utf8.count <= 60_000)
  }

  @Test("What is gone stands by itself, below what has a file or a failure")
  func gone() throws {
    for (number, status) in ["expired", "cancelled", "failed", "revoked"].enumerated() {
      let id = ExportID(rawValue: String(repeating: "b", count: 30) + "\(number + 10)")
      try add(id)
      try set(id, status)
    }
    let page = try page()
    let parts = page.text.split(separator: "id=\"gone-title\"")
    #expect(parts.count == 2)
    #expect(
      states(parts[0]) == ["failed", "completed"] && states(parts[1]) == ["revoked", "cancelled", "expired"])
    #expect(page.contains("No longer available"))
  }

  @Test("The list can be narrowed by state and by person, whatever the name's accents, on all its pages")
  func filter() throws {
    let jose = try site.addUser("José Núñez", .user, to: organisation)
    try site.database.write { connection in
      try connection.exports.add(
        ExportID(rawValue: String(repeating: "c", count: 32)), of: organisation.id, .user(jose.id),
        by: owner.id,
        at: site.clock.now)
    }
    for number in 1...42 {
      let id = ExportID(rawValue: String(repeating: "b", count: 30) + "\(number + 10)")
      try add(id)
      if number > 2 { try set(id, "expired") }
      if number > 20 { try set(id, "expired", of: jose) }
    }
    #expect(try states(page().text).count == 21)
    #expect(try page("/settings/export?state=completed").contains(">3 exports<"))
    #expect(
      try states(page("/settings/export?state=completed").text) == ["completed", "completed", "completed"])
    let queued = try page("/settings/export?state=queued")
    #expect(states(queued.text) == ["queued"] && queued.contains("Number 1 in the queue"))
    #expect(queued.contains("<option value=\"queued\" selected>Queued</option>"))
    let first = try page("/settings/export?state=expired&q=nunez%20JOSE")
    #expect(states(first.text).count == 20 && first.contains(">1 to 20 of 22 exports<"))
    #expect(
      first.contains("href=\"/settings/export?state=expired&amp;q=nunez+JOSE&amp;page=2\">Older exports"))
    #expect(first.contains("data-status=\"/settings/export/status?state=expired&amp;q=nunez+JOSE\""))
    let second = try page("/settings/export?state=expired&q=nunez%20JOSE&page=2")
    #expect(states(second.text).count == 2 && second.contains(">21 to 22 of 22 exports<"))
    #expect(try states(page("/settings/export/status?state=expired&q=nunez&page=2").text).count == 2)
    #expect(
      try page("/settings/export?q=rossi").contains("of 43 earlier exports"), "who requested it is found too")
    let none = try page("/settings/export?state=failed&q=jose")
    #expect(
      none.contains("No export fits.") && states(none.text).isEmpty && !none.contains("Nothing has been"))
    #expect(try states(page("/settings/export?state=everything&q=%20").text).count == 21)
  }

  @Test(
    "The list says what part of it a page shows, counts on as exports come, and leads back from past its end")
  func range() throws {
    #expect(try page().contains(">1 export<"))
    for number in 1...42 {
      try add(ExportID(rawValue: String(repeating: "b", count: 30) + "\(number + 10)"))
    }
    #expect(try page().contains(">1 to 20 of 43 exports<"))
    #expect(try page("/settings/export?page=3").contains(">41 to 43 of 43 exports<"))
    try add(ExportID(rawValue: String(repeating: "d", count: 32)))
    #expect(try page().contains(">1 to 20 of 44 exports<"))
    let past = try page("/settings/export?page=7")
    #expect(past.contains("There is no page 7. <a href=\"/settings/export?page=3\">"))
    #expect(
      states(past.text).isEmpty && !past.contains("Nothing has been") && !past.contains("Newer exports"))
  }

  @Test("The export that an address or an answer is about comes first, wherever it is in the list")
  func named() throws {
    try set(id, "expired")
    for number in 1...30 { try add(ExportID(rawValue: String(repeating: "b", count: 30) + "\(number + 10)")) }
    for path in ["/settings/export?download=\(id)", "/settings/export?state=completed&page=2&export=\(id)"] {
      let page = try page(path)
      let rows = page.text.matches(of: /data-export="(\w+)"/).map { String($0.1) }
      #expect(rows.first == id.rawValue && rows.filter { $0 == id.rawValue }.count == 1, "\(path)")
      #expect(page.contains("export=\(id)\""), "it stays when the page refreshes itself")
    }
    #expect(try page("/settings/export/status?export=\(id)").contains("data-export=\"\(id)\""))
    let admins = try page("/settings/export?download=\(id)", as: admin)
    #expect(admins.text.firstMatch(of: /data-export="(\w+)"/)?.1 == Substring(id.rawValue))
    let other = try site.addUser("Otto Other", .owner, to: try site.addOrganisation("Quokka Finance"))
    #expect(try !page("/settings/export?download=\(id)", as: other).contains(id.rawValue))
  }

  @Test("An export without a record says so")
  func empty() throws {
    try add(ExportID(rawValue: String(repeating: "b", count: 32)))
    _ = try site.database.write { try $0.run("UPDATE export_file SET rows = 0 WHERE export_id = ?", id) }
    #expect(try page().text.matches(of: /are in it: there were none/).count == 1)
  }

  /// The states of the rows, in their order.
  private func states(_ text: some StringProtocol) -> [String] {
    String(text).matches(of: /data-status="(\w+)"/).map { String($0.1) }
  }

  /// Gives an export that was completed another state, and perhaps the data of one user.
  private func set(_ id: ExportID, _ status: String, of user: User? = nil) throws {
    _ = try site.database.write {
      try $0.run(
        """
        UPDATE export SET status = ?1, reason = 'Why', completed_at = iif(?1 IN ('failed', 'cancelled'), NULL, completed_at),
          scope = iif(?2 IS NULL, 'organisation', 'user'), subject_id = ?2
        WHERE id = ?3
        """, status, user?.id, id)
    }
  }
}
