import Foundation
import HTTP
import SQLite
import Secrets
import TestSupport
import Testing

@testable import Handover

@Suite("Two-step sign-in in the settings")
struct TwoStepTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let admin: User
  let user: User

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    admin = try site.addUser("Ana Diaz", .admin, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
  }

  @Test(
    "The key on the page makes the code that turns it on; ten recovery codes are shown, and a mail says so")
  func setUp() throws {
    let browser = try site.open(user)
    let elsewhere = try site.open(user)
    let page = browser.get("/settings/two-step")
    #expect(page.status == 200 && page["Cache-Control"] == "no-store")
    let phone = try phone(from: page)
    #expect(try #require(try site.current(user)).hasTwoStep == false)

    let done = browser.post("/settings/two-step", ["code": phone.code()])
    #expect(done.status == 200 && done["Cache-Control"] == "no-store")
    let codes = recoveryCodes(on: done)
    #expect(Set(codes).count == 10)
    #expect(try site.current(user)?.hasTwoStep == true)
    #expect(try site.events(of: organisation) == [.twoStepOn])
    #expect(try site.letters.map(\.subject) == ["Two-step sign-in is on"])
    #expect(browser.get("/settings/two-step").contains("10 recovery codes"))
    #expect(elsewhere.get("/settings").status == 303)
    #expect(browser.get("/settings").contains("<span class=\"mark good\">On</span>"))

    let second = site.browser()
    #expect(try second.signIn(user).location == "/login/code")
    #expect(second.post("/login/code", ["code": phone.code()]).status == 422)
    #expect(second.post("/login/code", ["code": codes[9]]).status == 303)
    #expect(browser.get("/settings/two-step").contains("9 recovery codes"))
  }

  @Test("Key, text and link are one, and the picture holds the link")
  func key() throws {
    let page = try site.open(user).get("/settings/two-step")
    let shown = try #require(page.text.firstMatch(of: /href="(otpauth:[^"]*)"/)?.1)
    let link = shown.replacing("&amp;", with: "&")
    let key = try #require(page.text.firstMatch(of: /<code id="key">([A-Z2-7 ]+)<\/code>/)?.1)
    #expect(key.split(separator: " ").allSatisfy { $0.count == 4 })
    let email = try #require(user.email)
    #expect(
      link
        == "otpauth://totp/Handover:\(email.replacing("@", with: "%40"))?secret=\(key.replacing(" ", with: ""))"
        + "&issuer=Handover&algorithm=SHA1&digits=6&period=30")
    let lines = try Tool.run("qrencode", ["-t", "ASCII", "-m", "0", "-o", "-", String(link)]).output
    let picture = try #require(QRCodes.picture(ofLines: Array(lines.utf8)))
    #expect(page.contains("<path d=\"\(picture.path)\"/>"))
    #expect(!page.contains("style="))
  }

  @Test("The picture's squares are the program's")
  func picture() throws {
    let lines = (0..<21).map { row in
      (0..<21).map { ($0 + row) % 2 == 0 ? "##" : "  " }.joined()
    }
    let picture = try #require(QRCodes.picture(ofLines: Array(lines.joined(separator: "\n").utf8)))
    #expect(picture.size == 21)
    #expect(picture.path.hasPrefix("M0 0h1v1h-1zM2 0h1v1h-1z") && picture.path.hasSuffix("M20 20h1v1h-1z"))
    #expect(picture.path.matches(of: /M/).count == 221)
  }

  @Test(
    "Without the program, or where it fails, the page has the key as text", arguments: ["", "/nowhere", nil])
  func noPicture(path: String?) throws {
    #expect(QRCodes(path: path).code(of: "x") == nil)
    let folder = try TemporaryFolder()
    for script in ["exit 1", "echo '##'", "printf '%s' '\u{1}'", "sleep 60"] {
      try folder.program("qrencode", script)
      #expect(QRCodes(path: folder.path).code(of: "x") == nil, "\(script)")
    }
  }

  @Test("The issuer is the site's host")
  func issuer() throws {
    let site = try TestSite(["HANDOVER_URL": "https://export.example.com"])
    let user = try site.addUser("Ben Cole", .user, to: site.addOrganisation())
    let browser = try site.open(user)
    browser.host = "export.example.com"
    #expect(browser.get("/settings/two-step").contains("otpauth://totp/export.example.com:"))
  }

  @Test("A key that is not confirmed asks nobody for a code, stays half an hour, and then is another")
  func unconfirmed() throws {
    let browser = try site.open(user)
    let first = try phone(from: browser.get("/settings/two-step"))
    #expect(try site.browser().signIn(user).location == "/settings/export")
    site.clock.move(by: .minutes(29))
    #expect(try phone(from: browser.get("/settings/two-step")).code() == first.code())
    site.clock.move(by: .minutes(1))
    let later = try site.open(user)
    #expect(later.post("/settings/two-step", ["code": first.code()]).status == 422)
    let second = try phone(from: later.get("/settings/two-step"))
    #expect(second.code() != first.code())
    #expect(later.post("/settings/two-step", ["code": second.code()]).status == 200)
  }

  @Test("A wrong code turns nothing on and is said beside its field; six of them close it for a while")
  func wrong() throws {
    let browser = try site.open(user)
    let phone = try phone(from: browser.get("/settings/two-step"))
    for _ in 1...5 {
      let page = browser.post("/settings/two-step", ["code": "000000"])
      #expect(page.status == 422 && page.contains("id=\"code-problem\""))
    }
    #expect(browser.post("/settings/two-step", ["code": "000000"]).status == 429)
    #expect(browser.post("/settings/two-step", ["code": phone.code()]).status == 429)
    #expect(try site.current(user)?.hasTwoStep == false)
    site.clock.move(by: .seconds(15))
    #expect(browser.post("/settings/two-step", ["code": phone.code()]).status == 200)
    #expect(
      browser.post("/settings/two-step", ["code": phone.code(steps: 1)]).location == "/settings/two-step")
  }

  @Test("New recovery codes end the old ones, and nobody without two-step sign-in gets any")
  func newCodes() throws {
    let browser = try site.open(user)
    #expect(browser.post("/settings/two-step/codes").location == "/settings/two-step")
    _ = try site.turnOnTwoStep(of: user)
    let old = try site.addRecoveryCodes(of: user)
    let page = browser.post("/settings/two-step/codes")
    let new = recoveryCodes(on: page)
    #expect(page.status == 200 && new.count == 10 && !new.contains(old[0].text))
    #expect(try site.letters.map(\.subject) == ["You have new recovery codes"])
    #expect(try site.events(of: organisation) == [.recoveryCodesMade])
    let second = site.browser()
    try second.signIn(user)
    #expect(second.post("/login/code", ["code": old[0].text]).status == 422)
    #expect(second.post("/login/code", ["code": new[0]]).status == 303)
  }

  @Test("Turned off, the password alone signs in, and neither key nor recovery codes are left")
  func off() throws {
    _ = try site.turnOnTwoStep(of: user)
    _ = try site.addRecoveryCodes(of: user)
    let browser = try site.open(user)
    let off = browser.post("/settings/two-step/off")
    #expect(off.location == "/settings/two-step")
    #expect(browser.get("/settings").contains("Two-step sign-in is off."))
    #expect(try site.events(of: organisation) == [.twoStepOff])
    #expect(try site.letters.map(\.subject) == ["Two-step sign-in is off"])
    #expect(try site.browser().signIn(user).location == "/settings/export")
    let left: Int? = try site.database.read {
      try $0.value("SELECT (SELECT count(*) FROM two_step) + (SELECT count(*) FROM recovery_code)")
    }
    #expect(left == 0)
    #expect(browser.post("/settings/two-step/off").status == 303)
    #expect(try site.letters.filter { $0.kind == "account_changed" }.count == 1)
  }
}

extension TwoStepTests {
  @Test(
    "Of whom it is required, and who has none, sets it up before anything else",
    arguments: [TwoStepPolicy.optional, .admins, .all], [Role.owner, .admin, .user])
  func policy(_ policy: TwoStepPolicy, _ role: Role) throws {
    let person = role == .owner ? owner : role == .admin ? admin : user
    let browser = try site.open(person)
    try require(policy)
    guard policy == .all || policy == .admins && role != .user else {
      #expect(browser.get("/settings").status == 200)
      return
    }
    #expect(
      browser.get("/settings/export?download=1").location
        == "/settings/two-step?next=%2Fsettings%2Fexport%3Fdownload%3D1")
    for route in Route.allCases
    where route.access != .anyone && !route.isForScripts && !route.comesBeforeTwoStep {
      let path = String(route.rawValue.split(separator: " ")[1]).replacing("{id}", with: "U-3")
      let isGet = route.rawValue.hasPrefix("GET")
      let page = isGet ? browser.get(path) : browser.post(path, ["name": "Changed", "zone": "UTC"])
      // Where the role is refused it is refused all the same.
      if page.status == 403 { continue }
      if isGet {
        #expect(page.location?.hasPrefix("/settings/two-step?next=") == true, "\(route)")
      } else {
        #expect(page.location == "/settings/two-step", "\(route)")
        #expect(browser.follow(page).contains("What you sent was not done"), "\(route)")
      }
    }
    #expect(try site.current(person) == person)
    if role != .user { #expect(browser.get("/settings/export/status").status == 401) }

    let page = browser.get("/settings/two-step?next=%2Fhelp")
    #expect(page.contains("requires it of you") && !page.contains("class=\"sidebar\""))
    let done = browser.post("/settings/two-step", ["code": try phone(from: page).code(), "next": "/help"])
    #expect(done.status == 200 && done.contains("href=\"/help\">I’ve saved them"))
    #expect(browser.get("/help").status == 200)
  }

  @Test("The way out is open to them, and a wrong code keeps them where they are")
  func signOut() throws {
    let browser = try site.open(user)
    try require(.all)
    browser.get("/settings/two-step")
    let wrong = browser.post("/settings/two-step", ["code": "000000", "next": "/help"])
    #expect(wrong.status == 422 && wrong.contains("requires it of you") && wrong.contains("value=\"/help\""))
    #expect(browser.post("/logout").location == "/login")
  }

  @Test("A role that requires it does so at the next page")
  func roleChange() throws {
    try require(.admins)
    let browser = try site.open(user)
    #expect(browser.get("/settings").status == 200)
    try site.database.write { try $0.users.setRole(.admin, of: user) }
    #expect(browser.get("/settings").location == "/settings/two-step?next=%2Fsettings")
  }

  @Test("The owner sets the rule, nobody else does; it stands in the trail, and a form without it leaves it")
  func setPolicy() throws {
    _ = try site.turnOnTwoStep(of: owner)
    let browser = try site.open(owner)
    let form: KeyValuePairs = ["name": organisation.name, "zone": organisation.timeZone, "two_step": "all"]
    #expect(try site.open(admin).post("/settings/organisation", form).status == 403)
    #expect(try policyNow == .optional)
    #expect(browser.post("/settings/organisation", form).status == 303)
    #expect(try policyNow == .all)
    let events = try site.database.read { try $0.activity.events(of: organisation.id, limit: 1) }
    #expect(events[0].detail.hasSuffix("two-step sign-in required of: Everybody"))
    #expect(
      browser.get("/settings/organisation").contains("<option value=\"all\" selected>Everybody</option>"))
    #expect(
      browser.post("/settings/organisation", ["name": organisation.name, "zone": organisation.timeZone])
        .status == 303)
    #expect(try policyNow == .all)
    let wrong = browser.post(
      "/settings/organisation", ["name": organisation.name, "zone": "UTC", "two_step": "none"])
    #expect(wrong.status == 422 && wrong.contains("id=\"two-step-problem\""))
    #expect(try policyNow == .all)
  }

  @Test("The owner removes another's, for a lost phone: signed out, told, and in the trail")
  func remove() throws {
    _ = try site.turnOnTwoStep(of: user)
    let browser = try site.open(owner)
    let session = try site.open(user)
    #expect(
      browser.get("/settings/organisation/users").contains(
        "href=\"/settings/organisation/users/U-3/two-step\""))
    #expect(
      browser.get("/settings/organisation/users/U-3/two-step").contains("Did <bdi>Ben Cole</bdi> ask you"))
    #expect(try site.current(user)?.hasTwoStep == true)
    #expect(
      browser.post("/settings/organisation/users/U-3/two-step").location
        == "/settings/organisation/users#U-3")
    #expect(session.get("/settings").status == 303)
    #expect(try site.browser().signIn(user).location == "/settings/export")
    #expect(try site.events(of: organisation).first == .twoStepRemoved)
    let letter = try #require(try site.letters.first)
    #expect(letter.to.email == user.email && letter.text.contains("Maria Rossi removed two-step sign-in"))
    #expect(!browser.get("/settings/organisation/users").contains("/two-step\""))
  }

  @Test("Nobody else does: not an admin, not the owner of another organisation, not owners for themselves")
  func removeRefused() throws {
    for user in [owner, admin, user] { _ = try site.turnOnTwoStep(of: user) }
    let other = try site.addOrganisation("Other")
    let stranger = try site.open(site.addUser("Olga Else", .owner, to: other))
    let path = "/settings/organisation/users/U-3/two-step"
    #expect(try site.open(admin).post(path).status == 403)
    #expect(stranger.get(path).status == 404)
    #expect(stranger.post(path).status == 404)
    #expect(try site.open(owner).post("/settings/organisation/users/U-1/two-step").status == 409)
    let list = try site.open(admin).get("/settings/organisation/users")
    #expect(list.text.matches(of: />Two-step</).count == 3 && !list.contains("/two-step\""))
    // Somebody who was the owner when the request came in.
    try site.database.write { try site.accounts.makeOwner(admin, by: .operator, at: site.clock.now, in: $0) }
    let outcome = try site.accounts.removeTwoStep(of: user.id, by: owner, from: "")
    if case .notOwner = outcome {} else { Issue.record("\(outcome)") }
    for user in [owner, admin, user] { #expect(try site.current(user)?.hasTwoStep == true) }
  }

  @Test("The operator removes anybody's, the owner's too, and says so in mail and trail")
  func removeByOperator() throws {
    _ = try site.turnOnTwoStep(of: owner)
    let session = try site.open(owner)
    _ = try Administration(accounts: site.accounts).changeUser(
      owner.email ?? "", of: organisation.id, role: nil, isActive: nil, endsTwoStep: true)
    #expect(try site.current(owner)?.hasTwoStep == false)
    #expect(session.get("/settings").status == 303)
    let event = try #require(
      try site.database.read { try $0.activity.events(of: organisation.id, limit: 1) }.first)
    #expect(event.kind == .twoStepRemoved && event.actor == .operator)
    #expect(try site.letters.map(\.text).first?.contains("The operator removed two-step sign-in") == true)
  }

  private func require(_ policy: TwoStepPolicy) throws {
    var organisation = organisation
    organisation.twoStep = policy
    try site.database.write { try $0.organisations.update(organisation) }
  }

  private var policyNow: TwoStepPolicy? {
    get throws { try site.database.read { try $0.organisations.find(organisation.id) }?.twoStep }
  }

  /// The app that has scanned the page's picture.
  private func phone(from page: Page) throws -> Authenticator {
    let text = try #require(page.text.firstMatch(of: /<code id="key">([A-Z2-7 ]+)<\/code>/)?.1)
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    let bits = text.filter { $0 != " " }.flatMap { letter -> [UInt8] in
      let value = letters.firstIndex(of: letter) ?? 0
      return (0..<5).map { UInt8(value >> (4 - $0) & 1) }
    }
    let key = stride(from: 0, to: bits.count, by: 8).map {
      bits[$0..<$0 + 8].reduce(UInt8(0)) { $0 << 1 | $1 }
    }
    return Authenticator(codes: OneTimeCodes(key: key), clock: site.clock)
  }

  private func recoveryCodes(on page: Page) -> [String] {
    page.text.matches(of: /<li><code>([A-Z2-7-]+)<\/code><\/li>/).map { String($0.1) }
  }
}
