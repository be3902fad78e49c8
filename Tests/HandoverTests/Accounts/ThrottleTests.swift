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
      ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
      ("2001:db8:1:2:3:4:5:6", "20010db800010002/64"), ("2001:db8:1:2::9", "20010db800010002/64"),
      ("2001:db8:1:3::9", "20010db800010003/64"), ("", ""),
    ])
  func networks(_ address: String, _ expected: String) {
    #expect(Bucket.network(of: address) == expected)
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
    let buckets = Bucket.signIn("a@x.example", from: "192.0.2.9")
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
    let expected: [Event.Kind] = Array(repeating: .signInFailed, count: 5) + [.signInThrottled]
    #expect(try site.events(of: organisation) == expected)
  }

  @Test("A clock that was set back keeps nobody out")
  func clockSetBack() throws {
    for _ in 1...6 { try site.browser().signIn(owner, password: "wrong wrong") }
    site.clock.move(by: .days(-1))
    #expect(try site.browser().signIn(owner).status == 303)
  }
}
