import Foundation
import HTTP
import SQLite
import Secrets
import System
import Testing

@testable import Handover

@Suite("The code after the password")
struct CodeTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let user: User
  let phone: Authenticator

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    user = try site.addUser("Ben Cole", .admin, to: organisation)
    phone = try site.turnOnTwoStep(of: user)
  }

  @Test("The password opens no session; the code opens one, with a token of its own, and leads on")
  func way() throws {
    let browser = site.browser()
    let cookies = site.site.cookies
    let page = try browser.signIn(user, next: "/settings/export?download=1")
    #expect(page.status == 303)
    #expect(page.location == "/login/code?next=%2Fsettings%2Fexport%3Fdownload%3D1")
    let waiting = try #require(browser.cookies[cookies.code])
    #expect(browser.cookies[cookies.session] == nil)
    #expect(browser.get("/settings").location?.hasPrefix("/login") == true)
    #expect(try site.events(of: organisation) == [])

    let form = browser.get(try #require(page.location))
    #expect(form.status == 200 && form.contains("autocomplete=\"one-time-code\""))
    #expect(form.contains("Your download starts after that, if the link still works"))
    #expect(form["Cache-Control"] == "no-store")
    let next = try #require(form.text.firstMatch(of: /name="next" value="([^"]*)"/)?.1)
    let done = browser.post("/login/code", ["code": phone.code(), "next": String(next)])
    #expect(done.location == "/settings/export?download=1")
    #expect(browser.cookies[cookies.code] == nil)
    #expect(browser.cookies[cookies.session] != waiting)
    #expect(browser.get("/settings").status == 200)
    #expect(try site.events(of: organisation) == [.signedIn])
    #expect(
      try browserThatWaits(with: waiting).post("/login/code", ["code": phone.code(steps: 1)]).location
        == "/login")
  }

  @Test("Nobody without two-step sign-in is asked for a code")
  func without() throws {
    #expect(try site.browser().signIn(owner).location == "/settings/export")
  }

  @Test(
    "A code is good for one step before and after",
    arguments: [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
  func steps(_ step: Int64, _ status: Int) throws {
    #expect(try browserThatWaits().post("/login/code", ["code": phone.code(steps: step)]).status == status)
  }

  @Test("A code is good once, and after it none of its step or before")
  func once() throws {
    let code = phone.code()
    #expect(try browserThatWaits().post("/login/code", ["code": code]).status == 303)
    #expect(try browserThatWaits().post("/login/code", ["code": code]).status == 422)
    #expect(try browserThatWaits().post("/login/code", ["code": phone.code(steps: -1)]).status == 422)
    #expect(try browserThatWaits().post("/login/code", ["code": phone.code(steps: 1)]).status == 303)
  }

  @Test("Blanks in a code make no difference")
  func blanks() throws {
    let code = phone.code()
    #expect(
      try browserThatWaits().post("/login/code", ["code": " \(code.prefix(3)) \(code.suffix(3))"]).status
        == 303)
  }

  @Test("Wrong, used, old, of somebody else, too long or empty: one text, and one line in the trail for each")
  func oneText() throws {
    let recovery = try site.addRecoveryCodes(of: user)
    let used = phone.code()
    #expect(try browserThatWaits().post("/login/code", ["code": used]).status == 303)
    #expect(try browserThatWaits().post("/login/code", ["code": recovery[0].text]).status == 303)
    let other = try site.turnOnTwoStep(of: owner)
    let foreign = try site.addRecoveryCodes(of: owner)
    let codes = [
      used, "000000", phone.code(steps: -9), other.code(), recovery[0].text, foreign[0].text, "", "-",
      String(repeating: "1", count: 9999), "１２３４５６", "'; --",
    ]
    var texts: Set<String> = []
    for (number, code) in codes.enumerated() {
      let page = try browserThatWaits(at: "203.0.113.\(number)").post("/login/code", ["code": code])
      #expect(page.status == 422, "\(code)")
      texts.insert(page.textWithoutToken)
      try site.database.write { _ = try $0.run("DELETE FROM attempt") }
    }
    #expect(texts.count == 1)
    #expect(try site.events(of: organisation).filter { $0 == .codeRefused }.count == codes.count)
  }

  @Test("A code in the address does nothing")
  func get() throws {
    let browser = try browserThatWaits()
    for path in ["/login/code", "/login", "/settings/two-step"] {
      browser.get("\(path)?code=\(phone.code())")
      #expect(browser.cookies[site.site.cookies.session] == nil)
    }
    #expect(browser.post("/login/code?code=\(phone.code())").status == 422)
    #expect(browser.post("/login/code", ["code": phone.code()]).status == 303)
  }

  @Test("A recovery code signs in once, however it is typed; a mail and the trail tell of it")
  func recovery() throws {
    let codes = try site.addRecoveryCodes(of: user)
    let typed = " " + codes[3].text.lowercased().replacing("-", with: " ") + " "
    #expect(try browserThatWaits().post("/login/code", ["code": typed]).status == 303)
    #expect(try site.events(of: organisation) == [.recoveryCodeUsed, .signedIn])
    let letter = try #require(try site.letters.last)
    #expect(letter.kind == "account_changed" && letter.to.email == user.email)
    #expect(letter.text.contains("9 are left") && letter.text.contains("from 192.0.2.1"))
    #expect(try browserThatWaits().post("/login/code", ["code": codes[3].text]).status == 422)
    #expect(try browserThatWaits().post("/login/code", ["code": codes[4].text]).status == 303)
  }

  @Test("The database holds no recovery code, and no key that a page shows")
  func stored() throws {
    let codes = try site.addRecoveryCodes(of: user)
    #expect(Set(codes.map(\.text)).count == 10)
    for code in codes { #expect(code.text.wholeMatch(of: /([A-Z2-7]{4}-){5}[A-Z2-7]{4}/) != nil) }
    let stored = try site.database.read {
      try $0.all("SELECT hex(code_hash) AS hash FROM recovery_code") { try $0["hash"] as String }
    }
    #expect(Set(stored) == Set(codes.map { hex(TokenHash(of: $0.text).bytes).uppercased() }))
  }

  @Test("The code has ten minutes")
  func late() throws {
    let browser = try browserThatWaits()
    site.clock.move(by: .minutes(10) - .seconds(1))
    #expect(browser.get("/login/code").status == 200)
    site.clock.move(by: .seconds(1))
    #expect(browser.get("/login/code").location == "/login")
    let page = browser.post("/login/code", ["code": phone.code(), "next": "/help"])
    #expect(page.location == "/login?next=%2Fhelp")
    #expect(browser.get(page.location ?? "").contains("That took too long"))
    #expect(browser.cookies[site.site.cookies.code] == nil)
  }

  @Test("Whatever ends the user's sessions ends a sign-in that waits for a code", arguments: Ending.allCases)
  func ended(_ ending: Ending) throws {
    let browser = try browserThatWaits()
    let code = phone.code()
    try ending.happen(to: user, owner, site)
    #expect(browser.get("/login/code").location == "/login", "\(ending)")
    #expect(browser.post("/login/code", ["code": code]).location == "/login", "\(ending)")
    #expect(browser.cookies[site.site.cookies.session] == nil)
  }

  enum Ending: CaseIterable {
    case disabled, passwordChanged, reset, signedOutEverywhere, turnedOff, removed, removedByOperator

    func happen(to user: User, _ owner: User, _ site: TestSite) throws {
      switch self {
      case .disabled: _ = try site.accounts.setActive(false, of: user.id, by: owner, from: "")
      case .passwordChanged:
        _ = try site.accounts.changePassword(
          of: site.session(of: user), current: TestSite.password, to: "another good one",
          from: Browser(address: "", agent: ""))
      case .reset:
        _ = try site.accounts.mailReset(to: user.email ?? "", from: "")
        _ = try site.accounts.resetPassword(
          to: "another good one", token: try site.mailedToken(), from: Browser(address: "", agent: ""),
          replacing: nil)
      case .signedOutEverywhere: try site.accounts.signOutEverywhere(user, from: "")
      case .turnedOff: try site.accounts.turnOffTwoStep(of: user, from: "")
      case .removed: _ = try site.accounts.removeTwoStep(of: user.id, by: owner, from: "")
      case .removedByOperator:
        _ = try Administration(accounts: site.accounts).changeUser(
          user.email ?? "", of: user.organisation, role: nil, isActive: nil, endsTwoStep: true)
      }
    }
  }

  @Test("Neither token is good as the other")
  func tokens() throws {
    let waiting = try browserThatWaits()
    let thief = site.browser()
    thief.cookies[site.site.cookies.session] = waiting.cookies[site.site.cookies.code]
    #expect(thief.get("/settings").status == 303)
    let signedIn = try site.open(user)
    let other = site.browser()
    other.cookies[site.site.cookies.code] = signedIn.cookies[site.site.cookies.session]
    #expect(other.get("/login/code").location == "/login")
    other.get("/login")
    #expect(other.post("/login/code", ["code": phone.code()]).location == "/login")
    #expect(other.cookies[site.site.cookies.session] == nil)
  }

  @Test("It is not among the sessions, and takes no session's place")
  func noSession() throws {
    let browser = try site.open(user)
    for number in 1...30 {
      try site.database.write { _ = try $0.run("DELETE FROM attempt") }
      _ = try browserThatWaits(at: "203.0.113.\(number)")
    }
    #expect(try site.database.read { try $0.sessions.all(of: user, at: site.clock.now) }.count == 1)
    #expect(browser.get("/settings").status == 200)
  }

  @Test(
    "Where the clock was set back, codes are good at once, and each only once",
    arguments: [2, 2_880, 10_512_000])
  func clockSetBack(steps: Int) throws {
    func isGood(_ code: String) throws -> Bool {
      let browser = try browserThatWaits()
      return browser.post("/login/code", ["code": code]).status == 303
    }
    #expect(try isGood(phone.code()))
    site.clock.move(by: .seconds(-30 * steps))
    #expect(try !isGood("000000"), "a wrong code is wrong all the same")
    #expect(try isGood(phone.code()))
    #expect(try !isGood(phone.code()))
    site.clock.move(by: .seconds(30))
    #expect(try isGood(phone.code()))
  }

  @Test("Of many requests with one code at once, one signs in", arguments: [false, true])
  func atOnce(withRecoveryCode: Bool) throws {
    let code = try withRecoveryCode ? site.addRecoveryCodes(of: user)[0].text : phone.code()
    let browser = Browser(address: "192.0.2.1", agent: "")
    let tokens = try (0..<5).map { _ in
      try site.database.write {
        try site.accounts.beginSecondStep(of: user, from: browser, at: site.clock.now, in: $0)
      }
    }
    let signedIn = Locked(0)
    let accounts = site.accounts
    DispatchQueue.concurrentPerform(iterations: tokens.count) { index in
      let outcome = try? accounts.signIn(code: code, token: tokens[index], from: browser, replacing: nil)
      if case .done = outcome { signedIn.withLock { $0 += 1 } }
    }
    #expect(signedIn.withLock { $0 } == 1)
    #expect(try site.database.read { try $0.sessions.all(of: user, at: site.clock.now) }.count == 1)
  }

  @Test("The sixth wrong code closes account and network, and a mail says that somebody knows the password")
  func throttled() throws {
    let browser = try browserThatWaits()
    for _ in 1...5 { #expect(browser.post("/login/code", ["code": "000000"]).status == 422) }
    #expect(try site.letters.isEmpty)
    let page = browser.post("/login/code", ["code": "000000"])
    #expect(page.status == 429 && page["Retry-After"] == "15" && page.contains("Too many attempts"))
    #expect(browser.post("/login/code", ["code": phone.code()]).status == 429)
    #expect(try site.letters.map(\.subject) == ["Somebody has your password"])
    #expect(try site.events(of: organisation).last == .codeThrottled)
    site.clock.move(by: .seconds(15))
    #expect(browser.post("/login/code", ["code": phone.code()]).status == 303)
  }

  @Test("Other networks are let through until the tenth wrong code, and a new password doesn't count anew")
  func throttledEverywhere() throws {
    for number in 1...9 {
      let browser = try browserThatWaits(at: "203.0.113.\(number)")
      #expect(browser.post("/login/code", ["code": "000000"]).status == 422)
    }
    #expect(try browserThatWaits(at: "198.51.100.1").post("/login/code", ["code": "000000"]).status == 429)
    #expect(
      try browserThatWaits(at: "198.51.100.2").post("/login/code", ["code": phone.code()]).status == 429)
  }

  @Test("Who signed in here before is not locked out from elsewhere; a reset alone makes no such browser")
  func knownBrowser() throws {
    let reset = site.browser(at: "198.51.100.7")
    reset.get("/login")
    _ = try site.accounts.mailReset(to: user.email ?? "", from: "")
    reset.post("/password/reset", ["token": try site.mailedToken(), "password": TestSite.password])
    let known = try browserThatWaits()
    #expect(known.post("/login/code", ["code": phone.code()]).status == 303)
    known.post("/logout")
    for number in 1...10 {
      let browser = try browserThatWaits(at: "203.0.113.\(number)")
      browser.post("/login/code", ["code": "000000"])
    }
    let code = phone.code(steps: 1)
    try reset.signIn(user)
    reset.get("/login/code")
    #expect(reset.post("/login/code", ["code": code]).status == 429)
    try known.signIn(user)
    known.get("/login/code")
    #expect(known.post("/login/code", ["code": code]).status == 303)
  }

  @Test("Turning it on forgets the browsers of before, but for this one")
  func forgottenBrowsers() throws {
    let here = try site.signedIn(owner)
    let elsewhere = try site.signedIn(owner)
    func known(_ browser: TestBrowser) throws -> Bool {
      let cookie = try #require(browser.cookies[site.site.cookies.browser])
      return try site.database.read { try $0.browsers.find(cookie, of: owner, at: site.clock.now) } != nil
    }
    #expect(try known(here) && known(elsewhere))
    let key = try #require(try site.accounts.keyToSetUp(for: owner))
    here.get("/settings")
    let code = OneTimeCodes(key: key).code(at: site.clock.now.rawValue)
    #expect(here.post("/settings/two-step", ["code": code]).status == 200)
    #expect(try known(here) && !known(elsewhere))
  }

  @Test("A reset by mail gets round no code, and neither does an invitation")
  func links() throws {
    _ = try site.accounts.mailReset(to: user.email ?? "", from: "")
    let browser = site.browser()
    browser.get("/login")
    let reset = browser.post(
      "/password/reset", ["token": try site.mailedToken(), "password": "another good one"])
    #expect(reset.location == "/login")
    #expect(try browser.signIn(user, password: "another good one").location == "/login/code")

    try site.database.write {
      try $0.users.setPasswordHash(nil, of: user)
      try site.accounts.mailInvitation(to: user, by: .operator, at: site.clock.now, in: $0)
    }
    let invited = browser.post(
      "/password/reset", ["token": try site.mailedToken(), "password": "yet another one"])
    #expect(invited.location == "/login")
    #expect(browser.cookies[site.site.cookies.session] == nil)
    #expect(try browser.signIn(user, password: "yet another one").location == "/login/code")
  }

  @Test("The cookie is bound to the host over https, and lives as long as the code may take")
  func cookie() throws {
    let site = try TestSite(["HANDOVER_URL": "https://export.example.com"])
    let user = try site.addUser("Ben Cole", .user, to: site.addOrganisation())
    _ = try site.turnOnTwoStep(of: user)
    let browser = site.browser()
    browser.host = "export.example.com"
    try browser.signIn(user)
    let cookie = try #require(browser.lastSetCookies.first { $0.hasPrefix("__Host-code=") })
    #expect(cookie.hasSuffix("; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax"))
  }

  /// A browser in which the password was right.
  private func browserThatWaits(at address: String = "192.0.2.1") throws -> TestBrowser {
    let browser = site.browser(at: address)
    #expect(try browser.signIn(user).location == "/login/code")
    browser.get("/login/code")
    return browser
  }

  private func browserThatWaits(with token: String) throws -> TestBrowser {
    let browser = site.browser()
    browser.cookies[site.site.cookies.code] = token
    browser.get("/login")
    return browser
  }
}
