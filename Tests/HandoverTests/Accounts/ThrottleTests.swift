import Testing

@testable import Handover

@Suite("The throttle of the sign-in")
struct ThrottleTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
  }

  @Test("The sixth failure of an account and network closes them, for longer each time")
  func growing() throws {
    let browser = site.browser()
    for _ in 1...5 { #expect(try browser.signIn(owner, password: "wrong wrong").status == 422) }
    for pause in ["15", "30", "60", "120"] {
      let page = try browser.signIn(owner, password: "wrong wrong")
      #expect(page.status == 429)
      #expect(page["Retry-After"] == pause)
      #expect(page.contains("Too many attempts"))
      site.clock.move(by: .seconds(try #require(Int64(pause))))
    }
  }

  @Test("While it is closed the right password isn't looked at, and after the pause it is")
  func pause() throws {
    let browser = site.browser()
    for _ in 1...6 { try browser.signIn(owner, password: "wrong wrong") }
    site.clock.move(by: .seconds(14))
    let page = try browser.signIn(owner)
    #expect(page.status == 429)
    #expect(page["Retry-After"] == "1")
    site.clock.move(by: .seconds(1))
    #expect(try browser.signIn(owner).status == 303)
  }

  @Test("Attempts that are not looked at make it no longer")
  func noPunishmentForWaiting() throws {
    let browser = site.browser()
    for _ in 1...6 { try browser.signIn(owner, password: "wrong wrong") }
    for _ in 1...50 { try browser.signIn(owner, password: "wrong wrong") }
    site.clock.move(by: .seconds(15))
    #expect(try browser.signIn(owner).status == 303)
  }

  @Test("A success forgets the failures of account and network")
  func success() throws {
    let browser = site.browser()
    for _ in 1...3 {
      for _ in 1...5 { #expect(try browser.signIn(owner, password: "wrong wrong").status == 422) }
      #expect(try browser.signIn(owner).status == 303)
      browser.cookies = [:]
    }
  }

  @Test("Failures count for a quarter of an hour")
  func window() throws {
    let browser = site.browser()
    for _ in 1...5 { try browser.signIn(owner, password: "wrong wrong") }
    site.clock.move(by: .minutes(15))
    for _ in 1...5 { #expect(try browser.signIn(owner, password: "wrong wrong").status == 422) }
    let kept: Int? = try site.database.read { try $0.value("SELECT count(*) FROM attempt") }
    #expect(kept == 15)
  }

  @Test("Another network is not kept from the account, until thirty failures over all of them")
  func account() throws {
    for number in 1...29 {
      let page = try site.browser(at: "198.51.100.\(number)").signIn(owner, password: "wrong wrong")
      #expect(page.status == 422)
    }
    #expect(try site.browser(at: "203.0.113.1").signIn(owner).status == 303)
    #expect(try site.browser(at: "203.0.113.2").signIn(owner, password: "wrong wrong").status == 429)
    #expect(try site.browser(at: "203.0.113.3").signIn(owner).status == 429)
  }

  @Test("A network is closed from its hundredth failure on, whatever the account")
  func network() throws {
    let browser = site.browser()
    browser.get("/login")
    for number in 1...99 {
      let page = browser.post("/login", ["email": "u\(number)@x.example", "password": "wrong wrong"])
      #expect(page.status == 422)
    }
    #expect(browser.post("/login", ["email": "u100@x.example", "password": "wrong wrong"]).status == 429)
    #expect(try browser.signIn(owner).status == 429)
    #expect(try site.browser(at: "203.0.113.2").signIn(owner).status == 303)
  }

  @Test("An address without an account is closed alike")
  func unknownAccount() throws {
    let browser = site.browser()
    browser.get("/login")
    var statuses: [Int] = []
    for _ in 1...7 {
      statuses.append(browser.post("/login", ["email": "no@x.example", "password": "wrong wrong"]).status)
    }
    #expect(statuses == [422, 422, 422, 422, 422, 429, 429])
  }

  @Test("Those who are signed in are not touched, and can still change their password")
  func signedIn() throws {
    let signedIn = try site.signedIn(owner)
    for _ in 1...100 { try site.browser().signIn(owner, password: "wrong wrong") }
    #expect(signedIn.get("/settings").status == 200)
    let page = signedIn.post(
      "/settings/password", ["current": TestSite.password, "password": "another long one"])
    #expect(page.status == 303)
  }

  @Test("Forged forwarding headers change nothing")
  func forgedHeaders() throws {
    let browser = site.browser()
    for number in 1...6 {
      browser.headers = [
        "X-Forwarded-For": "198.51.100.\(number)", "X-Real-IP": "198.51.100.\(number)",
        "Forwarded": "for=198.51.100.\(number)",
      ]
      try browser.signIn(owner, password: "wrong wrong")
    }
    browser.headers = ["X-Forwarded-For": "198.51.100.99"]
    #expect(try browser.signIn(owner).status == 429)
  }

  @Test(
    "Networks",
    arguments: [
      ("192.0.2.1", "192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"),
      ("::FFFF:c000:201", "192.0.2.1", "192.0.2.1"), ("64:ff9b::192.0.2.1", "192.0.2.1", "192.0.2.1"),
      ("2001:db8:1:2:3:4:5:6", "20010db800010002/64", "20010db80001/48"),
      ("2001:db8:1:2::9", "20010db800010002/64", "20010db80001/48"),
      ("2001:db8:1:3::9", "20010db800010003/64", "20010db80001/48"), ("", "", ""),
      ("unix:", "unix:", "unix:"),
    ])
  func networks(_ address: String, _ line: String, _ customer: String) {
    #expect(Network(address).line == line)
    #expect(Network(address).customer == customer)
  }

  @Test("Neighbours in one IPv6 network count as one")
  func ipv6() throws {
    for number in 1...6 {
      try site.browser(at: "2001:db8:1:2::\(number)").signIn(owner, password: "wrong wrong")
    }
    #expect(try site.browser(at: "2001:db8:1:2:ffff::1").signIn(owner).status == 429)
    #expect(try site.browser(at: "2001:db8:1:3::1").signIn(owner).status == 303)
  }

  @Test("What is tried at once counts before it is looked at")
  func race() throws {
    let buckets = Buckets.signIn(
      "a@x.example", from: Browser(address: "192.0.2.9", agent: ""), known: nil, at: site.clock.now)
    var admitted = 0
    for _ in 1...20 {
      if case .begun = try site.accounts.begin(buckets, at: site.clock.now) { admitted += 1 }
    }
    #expect(admitted == 6)
  }

  @Test("No address that was typed is kept as it is")
  func nothingTypedIsKept() throws {
    let browser = site.browser()
    browser.get("/login")
    browser.post("/login", ["email": "MySecretPassword", "password": "x"])
    let names = try site.database.read {
      try $0.all("SELECT bucket FROM attempt") { try $0["bucket"] as String }
    }
    #expect(names.count == 3)
    #expect(!names.contains { $0.lowercased().contains("mysecret") })
  }

  @Test("The owner sees failures and the closing in the activity")
  func activity() throws {
    for _ in 1...6 { try site.browser().signIn(owner, password: "wrong wrong") }
    let events = try site.database.read { try $0.activity.events(of: organisation.id, limit: 9) }
    #expect(events.map(\.kind) == [.signInThrottled, .signInFailed] && events.map(\.times) == [1, 5])
  }

  @Test(
    "Where the clock was set back, attempts count from now on, and keep nobody out for longer",
    arguments: [1, 3_650])
  func clockSetBack(days: Int) throws {
    for _ in 1...6 { try site.browser().signIn(owner, password: "wrong wrong") }
    site.clock.move(by: .days(-days))
    let page = try site.browser().signIn(owner)
    #expect(page.status == 429 && page["Retry-After"] == "15")
    site.exports.sweep()
    site.clock.move(by: .seconds(14))
    #expect(try site.browser().signIn(owner).status == 429)
    site.clock.move(by: .seconds(1))
    #expect(try site.browser().signIn(owner).status == 303)
  }

  @Test("Twenty sign-ins of an account succeed in a quarter of an hour, from wherever; the next one waits")
  func successes() throws {
    for number in 1...Bucket.successes {
      #expect(try site.browser(at: "198.51.100.\(number)").signIn(owner).status == 303)
      site.clock.move(by: .seconds(1))
    }
    let page = try site.browser(at: "203.0.113.1").signIn(owner)
    #expect(page.status == 429 && page["Retry-After"] == "880")
    #expect(page.contains("Wait "))
    let other = try site.addUser("Ben Cole", .user, to: organisation)
    #expect(try site.browser(at: "198.51.100.1").signIn(other).status == 303)
    site.clock.move(by: .seconds(880))
    #expect(try site.browser().signIn(owner).status == 303)
    #expect(try site.browser().signIn(owner).status == 429)
  }

  @Test("The successes of one browser don't keep out another that has been known for longer")
  func successesElsewhere() throws {
    let known = try site.signedIn(owner)
    site.clock.move(by: Bucket.window)
    let other = site.browser()
    for _ in 1...Bucket.successes { #expect(try other.signIn(owner).status == 303) }
    #expect(try other.signIn(owner).status == 429)
    for _ in 1...Bucket.successes { #expect(try known.signIn(owner).status == 303) }
    #expect(try known.signIn(owner).status == 429)
  }

  @Test("What succeeds at once is not more than that either")
  func successesAtOnce() throws {
    let browser = Browser(address: "192.0.2.9", agent: "")
    func begin() throws -> Attempt {
      let buckets = Buckets.signIn(owner.email ?? "", from: browser, known: nil, at: site.clock.now)
      guard case .begun(let attempt) = try site.accounts.begin(buckets, at: site.clock.now) else {
        throw HandoverError("throttled")
      }
      return attempt
    }
    for _ in 1..<Bucket.successes {
      let attempt = try begin()
      #expect(try site.database.write { try $0.attempts.succeed(attempt, at: site.clock.now) } == nil)
    }
    let (last, tooMany) = (try begin(), try begin())
    #expect(try site.database.write { try $0.attempts.succeed(last, at: site.clock.now) } == nil)
    #expect(
      try site.database.write { try $0.attempts.succeed(tooMany, at: site.clock.now) } == Bucket.window)
  }

  @Test("Right passwords of somebody who is signed in count as well")
  func confirmations() throws {
    let browser = try site.signedIn(owner)
    for number in 1...Bucket.successes + 1 {
      browser.get("/settings")
      let page = browser.post(
        "/settings/password", ["current": TestSite.password, "password": TestSite.password])
      #expect(page.status == (number > Bucket.successes ? 429 : 303))
    }
  }

  /// Wrong passwords from so many addresses, until none is looked at.
  private func attack(from addresses: Int = 12) throws {
    for number in 1...addresses {
      for _ in 1...6 {
        try site.browser(at: "198.51.100.\(number)").signIn(owner, password: "wrong wrong")
      }
    }
    #expect(try site.browser(at: "203.0.113.99").signIn(owner).status == 429)
  }

  @Test(
    "Who is attacked from elsewhere signs in from a browser that is known, even in the attackers' network")
  func knownBrowser() throws {
    let browser = try site.signedIn(owner)
    browser.post("/logout")
    try attack()
    #expect(try browser.signIn(owner).status == 303)
    browser.post("/logout")
    browser.address = "198.51.100.1"
    #expect(try browser.signIn(owner).status == 303)
    // It is a browser of that user, and of nobody else.
    let other = try site.addUser("Ben Cole", .user, to: organisation)
    for _ in 1...30 { try site.browser(at: "203.0.113.7").signIn(other, password: "wrong wrong") }
    browser.address = "203.0.113.7"
    #expect(try browser.signIn(other).status == 429)
  }

  @Test("A known browser is throttled by itself, and keeps out no other")
  func guessingInKnownBrowser() throws {
    let browser = try site.signedIn(owner)
    let other = try site.signedIn(owner)
    for _ in 1...5 { #expect(try browser.signIn(owner, password: "wrong wrong").status == 422) }
    #expect(try browser.signIn(owner, password: "wrong wrong").status == 429)
    #expect(try browser.signIn(owner).status == 429)
    #expect(try other.signIn(owner).status == 303)
    #expect(try site.browser().signIn(owner).status == 303)
  }

  @Test("After a reset by mail one signs in from anywhere, and there even while the attack goes on")
  func reset() throws {
    try attack()
    let browser = site.browser(at: "203.0.113.5")
    browser.get("/password/forgotten")
    browser.post("/password/forgotten", ["email": owner.email ?? ""])
    let token = try site.mailedToken()
    browser.get("/password/reset?token=\(token)")
    #expect(
      browser.post("/password/reset", ["token": token, "password": "a new one, quite long"]).status == 303)
    #expect(
      try site.browser(at: "203.0.113.99").signIn(owner, password: "a new one, quite long").status == 303)
    try attack()
    #expect(try browser.signIn(owner, password: "a new one, quite long").status == 303)
  }

  @Test("One customer's IPv6 networks count together as well, with higher limits")
  func customers() throws {
    for number in 1...11 {
      #expect(
        try site.browser(at: "2001:db8:1:\(number)::1").signIn(owner, password: "wrong wrong").status == 422)
    }
    #expect(
      try site.browser(at: "2001:db8:1:c::1").signIn(owner, password: "wrong wrong").status == 429)
    #expect(try site.browser(at: "2001:db8:1:d::1").signIn(owner).status == 429)
    #expect(try site.browser(at: "2001:db8:2:d::1").signIn(owner).status == 303)
  }
}
