import SQLite
import Testing

@testable import Handover

@Suite("What is kept, and for how long") struct RetentionTests {
  let fixture: ExportFixture
  var organisation: OrganisationID { fixture.office.organisation.id }

  init() throws {
    fixture = try ExportFixture()
  }

  private func count(_ table: String) throws -> Int {
    try fixture.database.read { try $0.value("SELECT count(*) FROM \(table)") ?? 0 }
  }

  private func record(at time: UnixTime, _ count: Int = 1) throws {
    try fixture.database.write { connection in
      for _ in 0..<count {
        try connection.activity.record(Event(.signedIn, of: organisation, by: .server, at: time))
      }
    }
  }

  /// Seven years before any day on which this test runs.
  private static let longAgo = UnixTime(rawValue: 1_000_000)

  @Test("A line of the trail is deleted after seven years, and by nobody before")
  func activity() throws {
    try record(at: Self.longAgo, 2_500)
    let kept = fixture.now - Event.kept
    try record(at: kept + .seconds(1))
    try record(at: fixture.now)
    fixture.exports.removeWhatIsOld(isClockTrusted: false)
    #expect(try count("activity") == 2_502)
    fixture.exports.removeWhatIsOld(isClockTrusted: true)
    #expect(try count("activity") == 2)
    let today = UnixTime(rawValue: Int64(Clock.system.now().rawValue))
    for time in [today, today - Event.kept + .hours(1), today + .days(9_000)] {
      try record(at: time)
      #expect(throws: SQLiteError.self) {
        try fixture.database.write { _ = try $0.run("DELETE FROM activity WHERE at = ?", time) }
      }
    }
  }

  @Test("Without a clock that can be trusted, nothing is deleted that could be missed")
  func jumped() throws {
    _ = try fixture.exports.ask("Please", by: fixture.office.user, from: "")
    let (lines, letters) = (try count("activity"), try count("letter"))
    fixture.pass(.days(20_000))
    fixture.exports.removeWhatIsOld(isClockTrusted: false)
    #expect(try count("activity") == lines && count("letter") == letters && count("owner_request") == 1)
    // With it, the schema still keeps what its own clock says is young.
    fixture.exports.removeWhatIsOld(isClockTrusted: true)
    #expect(try count("activity") == lines && count("owner_request") == 0)
    #expect(fixture.log.all.contains { $0.contains("retention.activity") })
  }

  @Test("Mails are kept for 90 days after they were sent or given up; those that wait are kept")
  func letters() throws {
    try fixture.database.write { connection in
      for (id, state) in ["sent_at", "given_up_at", "error"].enumerated() {
        try connection.letters.add(
          StoredLetter(
            kind: "x", messageID: "\(id)@x", to: Recipient(name: "", email: "a@example.com"), subject: "",
            text: "", html: "", writtenAt: fixture.now), of: organisation)
        try connection.run("UPDATE letter SET \(state) = ? WHERE message_id = ?", fixture.now, "\(id)@x")
      }
    }
    fixture.pass(StoredLetter.kept - .seconds(1))
    fixture.exports.removeWhatIsOld(isClockTrusted: true)
    #expect(try count("letter") == 3)
    fixture.pass(.seconds(1))
    fixture.exports.removeWhatIsOld(isClockTrusted: true)
    #expect(try count("letter") == 1)
  }

  @Test("Ended sessions, links, attempts and old requests go")
  func others() throws {
    _ = try fixture.exports.ask("Please", by: fixture.office.user, from: "")
    try fixture.database.write { connection in
      try connection.sessions.add(
        token: "s", for: fixture.office.user, from: Browser(address: "", agent: ""), at: fixture.now)
      try connection.passwordLinks.add(token: "l", for: fixture.office.user, .reset, at: fixture.now)
      try connection.attempts.add(
        Attempt(buckets: .changes(by: fixture.office.user), at: fixture.now, number: 1))
    }
    func counts() throws -> [Int] {
      fixture.exports.removeWhatIsOld(isClockTrusted: true)
      return try ["session", "attempt", "password_link", "owner_request"].map(count)
    }
    fixture.pass(.minutes(14))
    #expect(try counts() == [1, 1, 1, 1])
    fixture.pass(.minutes(1))
    #expect(try counts() == [1, 0, 1, 1])
    fixture.pass(Session.idleLimit)
    #expect(try counts() == [0, 0, 1, 1])
    fixture.pass(PasswordLink.kept)
    #expect(try counts() == [0, 0, 0, 1])
    fixture.pass(OwnerRequest.kept)
    #expect(try counts() == [0, 0, 0, 0])
  }

  @Test(
    "A clock is trusted after a day in which it went right, and after a jump in any direction not for another"
  )
  func clock() {
    let begin = UnixTime(rawValue: 1_777_714_200)
    var watch = ClockWatch(begin, .seconds(7))
    func trusts(_ clock: Duration, _ machine: Duration) -> Bool {
      watch.trusts(begin + clock, .seconds(7) + machine)
    }
    #expect(!trusts(.hours(23), .hours(23)))
    #expect(trusts(.hours(24), .hours(24)))
    #expect(trusts(.hours(25) + .seconds(30), .hours(25)))
    #expect(!trusts(.days(3_000), .hours(26)))
    #expect(!trusts(.days(3_000) + .hours(23), .hours(49)))
    #expect(trusts(.days(3_000) + .hours(24), .hours(50)))
    #expect(!trusts(.hours(51), .hours(51)))
    #expect(!trusts(.hours(51), .hours(76)), "a clock that stands still")
  }

  @Test(
    "What is old is found by an index",
    arguments: [
      "SELECT id FROM activity WHERE at <= 1 ORDER BY at LIMIT 1000",
      "SELECT id FROM letter WHERE coalesce(sent_at, given_up_at) <= 1 ORDER BY coalesce(sent_at, given_up_at) LIMIT 9",
    ])
  func plans(_ sql: String) throws {
    let plan = try fixture.database.read {
      try $0.all("EXPLAIN QUERY PLAN " + sql) { try $0["detail"] as String }
    }
    #expect(plan.count == 1 && plan[0].contains("USING") && plan[0].contains("INDEX"), "\(plan)")
  }
}
