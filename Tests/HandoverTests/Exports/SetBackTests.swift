import HTTP
import SQLite
import Testing

@testable import Handover

/// The clock was ahead, and is set back. Each test has rows of before; the sweeper has looked since.
@Suite("A clock that is set back")
struct SetBackTests {
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

  /// By ten years, unless a test says otherwise.
  private func setBack(_ duration: Duration = .days(3_650)) {
    site.clock.move(by: .zero - duration)
    site.exports.sweep()
  }

  @Test(
    "A session ends after an hour without use", arguments: [Duration.minutes(1), .hours(30), .days(3_650)])
  func idle(back: Duration) throws {
    let browser = try site.open(owner)
    setBack(back)
    #expect(browser.get("/settings").status == 200)
    site.exports.sweep()
    site.clock.move(by: Session.idleLimit - .seconds(1))
    #expect(browser.get("/settings/export/status").status == 200)
    site.clock.move(by: .seconds(1))
    #expect(browser.get("/settings/export/status").status == 401)
  }

  @Test("A session ends after twelve hours, however busy, and its proof counts for half an hour")
  func total() throws {
    let browser = try site.open(owner)
    setBack()
    func isProved() throws -> Bool {
      let session = try site.database.read { connection in
        try browser.cookies[site.site.cookies.session].flatMap {
          try connection.sessions.find(token: $0, at: site.clock.now)
        }
      }
      return try #require(session).isProved(at: site.clock.now)
    }
    #expect(try isProved())
    for _ in 1...23 {
      site.clock.move(by: .minutes(30))
      #expect(browser.get("/settings").status == 200)
    }
    #expect(try !isProved())
    site.clock.move(by: .minutes(30))
    #expect(browser.get("/settings").status == 303)
  }

  @Test("Links that set a password or confirm an address live no longer than from now on, and never longer")
  func links() throws {
    let old = site.clock.now
    try site.database.write { try $0.passwordLinks.add(token: "old", for: user, .invitation, at: old) }
    site.clock.move(by: .days(30))
    try site.database.write { connection in
      try connection.passwordLinks.add(token: "reset", for: user, .reset, at: site.clock.now)
      try connection.emailChanges.add(token: "email", for: user, "b@x.example", at: site.clock.now)
      try connection.told.addChange(token: "told", to: "b@x.example", by: owner, at: site.clock.now)
    }
    site.clock.move(by: .days(-29))
    site.exports.sweep()
    let now = site.clock.now
    let ends = try site.database.read { connection in
      [
        try connection.passwordLinks.find(token: "old")?.expiresAt,
        try connection.passwordLinks.find(token: "reset")?.expiresAt,
        try connection.emailChanges.find(token: "email", of: user)?.expiresAt,
        try connection.told.change(token: "told")?.expiresAt,
      ]
    }
    #expect(
      ends == [old + .days(7), now + .minutes(30), now + EmailChange.lifetime, now + ToldChange.lifetime])
  }

  @Test("An export's link and file end a day from now on; the link stays the text that was signed")
  func exports() throws {
    let id = try site.completedExport(by: owner)
    let link = try site.link(of: id, organisation)
    let browser = try site.open(owner)
    setBack(.days(30))
    #expect(try site.link(of: id, organisation) == link)
    #expect(browser.get(link).status == 200)
    setBack(.hours(1))
    site.clock.move(by: Export.lifetime - .seconds(1))
    site.exports.sweep()
    #expect(try site.open(owner).get(link).status == 200)
    site.clock.move(by: .seconds(1))
    #expect(try site.open(owner).get(link).status == 410)
    site.exports.sweep()
    let expired = try site.database.read { try $0.exports.find(id, of: organisation.id) }
    #expect(expired?.status == .expired)
    let warnings = try site.letters.filter { $0.kind == "export_expiring" }
    #expect(warnings.isEmpty, "it was downloaded")
  }

  @Test("A user who has asked the owner can ask again a day from now")
  func asking() throws {
    #expect(try site.exports.ask("Please", by: user, from: "") == .done)
    setBack()
    let next = site.clock.now + OwnerRequest.pause
    #expect(try site.exports.ask("Please", by: user, from: "") == .throttled(until: next))
    site.clock.move(by: .hours(23))
    #expect(try site.exports.ask("Please", by: user, from: "") == .throttled(until: next))
    site.clock.move(by: .hours(1))
    #expect(try site.exports.ask("Please", by: user, from: "") == .done)
    let asked = try site.database.read { try $0.ownerRequests.last(of: user, limit: 9) }
    #expect(asked.count == 2 && asked[0].askedAt > site.clock.now, "when it was is not written anew")
  }

  @Test(
    "Invitations, mails to another address, forms and downloads are possible again when their time is over")
  func limits() throws {
    try site.database.write { connection in
      for number in 1...PasswordLink.mostInvitations {
        try connection.passwordLinks.add(token: "\(number)", for: user, .invitation, at: site.clock.now)
      }
    }
    for number in 1...EmailChange.most {
      guard case .done = try site.accounts.requestEmail("\(number)@x.example", by: user, from: "") else {
        throw Unexpected("no mail")
      }
    }
    for _ in 1...Bucket.changes { _ = try site.accounts.begin(.changes(by: user), at: site.clock.now) }
    setBack()
    func waits() throws -> [Duration?] {
      let now = site.clock.now
      return try site.database.read { connection in
        [
          try connection.passwordLinks.waitForInvitation(of: organisation.id, at: now),
          try connection.emailChanges.wait(for: user, "9@x.example", at: now),
          try connection.attempts.wait(for: Buckets.changes(by: user).all, at: now),
        ]
      }
    }
    #expect(try waits() == [.days(1), .hours(1), .minutes(15)])
    site.clock.move(by: .minutes(15))
    #expect(try waits() == [.hours(24) - .minutes(15), .minutes(45), nil])
    site.clock.move(by: .hours(24))
    #expect(try waits() == [nil, nil, nil])
  }

  @Test("A browser is known for a year from now on")
  func browsers() throws {
    let browser = Browser(address: "", agent: "", cookie: "c")
    try site.database.write { try $0.browsers.add("c", of: user, signsIn: true, at: site.clock.now) }
    setBack()
    func isKnown() throws -> Bool {
      try site.database.read { try $0.browsers.find(browser, of: user, at: site.clock.now) } != nil
    }
    site.clock.move(by: KnownBrowser.lifetime - .seconds(1))
    #expect(try isKnown())
    site.clock.move(by: .seconds(1))
    #expect(try !isKnown())
  }

  @Test("The log says it once, and nothing where the clock goes on")
  func log() throws {
    _ = try site.open(owner)
    site.clock.move(by: .seconds(5))
    site.exports.sweep()
    #expect(!site.log.all.contains { $0.contains("clock.set-back") })
    setBack()
    site.exports.sweep()
    #expect(site.log.all.filter { $0.contains("clock.set-back") }.count == 1)
  }

  @Test(
    "What is ahead of now is found by an index",
    arguments: [
      """
      DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session WHERE used_at <= 1
        UNION ALL SELECT token_hash FROM session WHERE created_at > 1
        UNION ALL SELECT token_hash FROM session WHERE proved_at > 1
        UNION ALL SELECT token_hash FROM session WHERE awaits_code AND created_at <= 1)
      """,
      "UPDATE attempt SET at = 1 WHERE at > 1", "UPDATE browser SET used_at = 1 WHERE used_at > 1",
      "UPDATE password_link SET created_at = 1 WHERE created_at > 1",
      "UPDATE email_change SET created_at = 1 WHERE created_at > 1",
      "UPDATE told_change SET created_at = 1 WHERE created_at > 1",
      "UPDATE export SET counted_at = 1 WHERE coalesce(counted_at, requested_at) > 1",
      "UPDATE owner_request SET counted_at = 1 WHERE coalesce(counted_at, asked_at) > 1",
      """
      SELECT coalesce(counted_at, requested_at) FROM export
      WHERE organisation_id = 1 AND coalesce(counted_at, requested_at) > 1
      ORDER BY coalesce(counted_at, requested_at) DESC LIMIT 1 OFFSET 99
      """,
    ])
  func plans(_ sql: String) throws {
    let plan = try site.database.read {
      try $0.all("EXPLAIN QUERY PLAN " + sql) { try $0["detail"] as String }
    }
    #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(plan)")
  }
}
