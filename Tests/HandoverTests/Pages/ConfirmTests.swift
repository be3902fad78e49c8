import HTTP
import SQLite
import Testing

@testable import Handover

@Suite("The password again")
struct ConfirmTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let ben: User

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    ben = try site.addUser("Ben Cole", .user, to: organisation)
  }

  /// A browser whose sign-in is too long ago.
  private func stale(_ user: User? = nil) throws -> TestBrowser {
    let browser = try site.signedIn(user ?? owner)
    site.clock.move(by: Session.proofLimit)
    return browser
  }

  private func exports() throws -> Int {
    try site.database.read { try $0.value("SELECT count(*) FROM export") } ?? 0
  }

  private let whole: KeyValuePairs = ["scope": "organisation"]

  @Test("A sign-in counts for half an hour less a second, and no longer")
  func boundary() throws {
    let browser = try site.signedIn(owner)
    site.clock.move(by: Session.proofLimit - .seconds(1))
    #expect(browser.post("/settings/export", whole).status == 303)
    let export: ExportID = try #require(try site.database.read { try $0.value("SELECT id FROM export") })
    browser.post("/settings/export/\(export)/cancel")
    site.clock.move(by: .seconds(1))
    #expect(browser.post("/settings/export", whole).kept != nil)
    #expect(try exports() == 1)
  }

  @Test(
    "What a stolen session must not do is asked for first, in words, then done with its fields",
    arguments: [
      (
        "/settings/export", ["scope": "organisation"], "To export the entire organisation, type",
        "/settings/export"
      ),
      (
        "/settings/export", ["scope": "user", "user_id": "U-2"], "To export the data of <bdi>Ben Cole</bdi>,",
        "/settings/export"
      ),
      (
        "/settings/export", ["scope": "user", "user_id": "U-77"], "To export the data of <bdi>a user</bdi>,",
        "/settings/export"
      ),
      (
        "/settings/organisation/users/U-2/role", ["role": "admin"], "To make <bdi>Ben Cole</bdi> an admin,",
        "/settings/organisation/users"
      ),
      (
        "/settings/organisation/ownership", ["user_id": "U-2"],
        "To transfer the ownership to <bdi>Ben Cole</bdi>,",
        "/settings/organisation/ownership"
      ),
      (
        "/settings/organisation", ["name": "Harbour", "time_zone": "UTC", "two_step": "optional"],
        "To change the organisation,", "/settings/organisation"
      ),
      (
        "/settings/email", ["email": "maria@new.example"], "To change your e-mail address,", "/settings/email"
      ),
    ] as [(String, KeyValuePairs<String, String>, String, String)])
  func asked(_ path: String, _ form: KeyValuePairs<String, String>, _ words: String, _ back: String) throws {
    let fresh = try site.signedIn(owner).post(path, form)
    let other = try ConfirmTests()
    let browser = try other.stale()
    browser.get("/settings")
    let before = try other.site.holdings(of: other.organisation)
    let page = browser.post(path, form)
    #expect(page.status == 200 && page["Cache-Control"] == "no-store")
    #expect(page.contains(words) && page.contains("href=\"\(back)\">Cancel</a>"))
    #expect(try other.site.holdings(of: other.organisation) == before)
    let kept = try #require(page.kept)
    #expect(!page.contains("maria@new.example"))
    let done = browser.confirm(kept)
    // The id of an export is another one each time.
    func place(_ page: Page) -> String? { page.location?.replacing(/export-[0-9a-f]{32}$/, with: "export") }
    #expect(done.status == fresh.status && place(done) == place(fresh))
    #expect(try other.site.events(of: other.organisation).contains(.sessionProved))
  }

  @Test("Every route that needs it, and no other, asks", arguments: try Row.all().filter(\.isPost))
  func routes(_ row: Row) throws {
    let page = try Row.ask(row, as: "owner", after: Session.proofLimit)
    let route = try #require(Route(rawValue: row.route))
    #expect((page.kept != nil) == route.needsProof, "\(row.route) \(page.status)")
  }

  @Test("A retry makes a file anew, so it asks too")
  func retry() throws {
    let id = try site.request(.organisation, by: owner)
    _ = try site.database.write {
      try $0.run("UPDATE export SET status = 'failed', ended_at = requested_at, reason = 'Full.'")
    }
    let browser = try stale()
    let page = browser.post("/settings/export/\(id)/retry")
    #expect(page.contains("To make the export again,"))
    #expect(browser.confirm(try #require(page.kept)).location == "/settings/export#export-\(id)")
    let status: String? = try site.database.read { try $0.value("SELECT status FROM export") }
    #expect(status == "queued")
  }

  @Test("Handing over says to whom, and an export of a contact of whom")
  func names() throws {
    let id = try site.completedExport(by: owner)
    _ = try site.database.write {
      try $0.run(
        """
        INSERT INTO contact (edition_id, contact_id, full_name, created_at)
        VALUES (?, 7, 'Mia King', '2026-05-02T09:30:00Z')
        """, organisation.id)
    }
    let browser = try stale()
    let page = browser.post("/settings/export/\(id)/hand", ["user_id": "U-2"])
    #expect(
      page.contains("To hand an export to <bdi>Ben Cole</bdi>") && page.contains("href=\"/settings/export\">")
    )
    let contact = browser.post("/settings/export", ["scope": "contact", "contact_id": "C-7"])
    #expect(contact.contains("To export the data of <bdi>Mia King</bdi>"))
    #expect(browser.confirm(try #require(page.kept)).location == "/settings/export#export-\(id)")
    #expect(try site.database.read { try $0.hands.of([id], in: organisation.id)[id]?.count } == 1)
  }

  @Test("One proof counts for this session alone, for half an hour")
  func once() throws {
    let elsewhere = try site.signedIn(owner)
    let browser = try stale()
    _ = browser.confirm(try #require(browser.post("/settings/export", whole).kept))
    #expect(browser.post("/settings/organisation/users/U-2/role", ["role": "admin"]).status == 303)
    #expect(elsewhere.post("/settings/organisation/users/U-2/role", ["role": "user"]).kept != nil)
    #expect(try site.current(ben)?.role == .admin)
    site.clock.move(by: Session.proofLimit)
    #expect(browser.post("/settings/organisation/users/U-2/role", ["role": "user"]).kept != nil)
  }

  @Test("A wrong password changes nothing but the trail, keeps the form, and is slowed down")
  func wrong() throws {
    let browser = try stale()
    let kept = try #require(browser.post("/settings/export", whole).kept)
    var statuses: [Int] = []
    for _ in 1...7 {
      let page = browser.confirm(kept, password: "not this one")
      statuses.append(page.status)
      #expect(page.kept == kept && page.contains("To export the entire organisation,"))
      #expect(!page.contains("not this one"))
      #expect((page.status == 429) == (page["Retry-After"] != nil))
    }
    #expect(statuses == [422, 422, 422, 422, 422, 429, 429])
    #expect(browser.confirm(kept).status == 429)
    #expect(try exports() == 0)
    #expect(try site.events(of: organisation).filter { $0 == .passwordRefused }.count == 6)
    site.clock.move(by: .seconds(60))
    #expect(browser.confirm(kept).status == 303)
    #expect(try exports() == 1)
  }

  @Test("A form is carried out once")
  func repeated() throws {
    let browser = try stale()
    let page = browser.post("/settings/organisation/users/U-2/role", ["role": "admin"])
    let kept = try #require(page.kept)
    let other = try #require(browser.post("/settings/export", whole).kept)
    #expect(browser.confirm(kept).status == 303)
    browser.post("/settings/organisation/users/U-2/role", ["role": "user"])
    for old in [kept, other] { #expect(browser.confirm(old).status == 403) }
    site.clock.move(by: Session.proofLimit)
    for old in [kept, other] { #expect(browser.confirm(old).status == 403) }
    #expect(try site.current(ben)?.role == .user)
    #expect(try exports() == 0)
  }

  @Test("A proof gives the session another token, whatever comes of the form; a copied cookie ends")
  func token() throws {
    let browser = try stale()
    let thief = TestBrowser(site, address: "203.0.113.7")
    thief.cookies = browser.cookies
    #expect(thief.get("/settings").status == 200)
    let gone = try #require(browser.post("/settings/organisation/users/U-77/role", ["role": "admin"]).kept)
    #expect(browser.confirm(gone).status == 404)
    #expect(browser.get("/settings").status == 200)
    #expect(browser.post("/settings/export", whole).status == 303)
    #expect(thief.get("/settings").location == "/login?next=%2Fsettings")
    site.clock.move(by: Session.proofLimit)
    let before = browser.cookies[site.site.cookies.session]
    browser.post("/confirm", ["next": "/help", "password": "not this one"])
    #expect(browser.cookies[site.site.cookies.session] == before)
    browser.post("/confirm", ["next": "/help", "password": TestSite.password])
    #expect(browser.cookies[site.site.cookies.session] != before)
    #expect(browser.get("/help").status == 200)
  }

  @Test("A form that waited too long is not carried out")
  func old() throws {
    let browser = try stale()
    let kept = try #require(browser.post("/settings/export", whole).kept)
    site.clock.move(by: KeptForm.lifetime - .seconds(1))
    #expect(browser.confirm(kept, password: "not this one").status == 422)
    site.clock.move(by: .seconds(1))
    #expect(browser.confirm(kept).status == 403)
    #expect(try exports() == 0)
  }

  @Test("Another session's form is not carried out, not even the same user's")
  func foreign() throws {
    let (browser, second) = (try site.signedIn(owner), try site.signedIn(owner))
    let stranger = try site.signedIn(site.addUser("Olga Else", .owner, to: site.addOrganisation("Other")))
    site.clock.move(by: Session.proofLimit)
    let kept = try #require(browser.post("/settings/export", whole).kept)
    for other in [second, stranger] { #expect(other.confirm(kept).status == 403) }
    #expect(try exports() == 0)
    #expect(browser.confirm(kept).status == 303)
  }

  @Test("A form that was altered at any place, cut, or made up is not carried out")
  func altered() throws {
    let browser = try stale()
    let kept = try #require(browser.post("/settings/export", whole).kept)
    let parts = kept.split(separator: ".").map(String.init)
    #expect(parts.count == 4)
    var forged = [
      "x", ".", "...", "....", kept + ".", kept + "A", "." + kept, String(kept.dropLast()), kept.uppercased(),
      parts[..<3].joined(separator: "."), parts[..<3].joined(separator: ".") + ".",
      [parts[0], "9999999999", parts[2], parts[3]].joined(separator: "."),
      [parts[0], "+" + parts[1], parts[2], parts[3]].joined(separator: "."),
      ["other", parts[1], parts[2], parts[3]].joined(separator: "."),
    ]
    for place in stride(from: 0, to: kept.count, by: 23) {
      var letters = Array(kept)
      letters[place] = letters[place] == "A" ? "B" : "A"
      forged.append(String(letters))
    }
    for text in forged { #expect(browser.confirm(text).status == 403, "\(text)") }
    #expect(try exports() == 0)
    #expect(try !site.events(of: organisation).contains(.sessionProved))
    #expect(browser.confirm(kept).status == 303)
  }

  @Test("What lost its role meanwhile is refused, although the password was right")
  func roleLost() throws {
    let browser = try stale()
    let export = try #require(browser.post("/settings/export", whole).kept)
    try site.database.write { connection in
      try connection.users.setRole(.admin, of: owner)
      try connection.users.setRole(.owner, of: ben)
    }
    let page = browser.confirm(export)
    #expect(page.status == 403)
    #expect(try exports() == 0)
    #expect(try site.events(of: organisation).suffix(2) == [.sessionProved, .accessRefused])
    let event = try site.database.read { try $0.activity.events(of: organisation.id, limit: 1) }.first
    #expect(event?.detail == "POST /settings/export")
  }

  @Test("One who was disabled, or whose password was changed meanwhile, is sent to the sign-in")
  func ended() throws {
    let ana = try site.addUser("Ana Diaz", .admin, to: organisation)
    let browser = try stale(ana)
    let kept = try #require(browser.post("/settings/organisation/users/U-2/role", ["role": "admin"]).kept)
    try site.open(owner).post("/settings/organisation/users/\(ana.id)/disable")
    #expect(browser.confirm(kept).location?.hasPrefix("/login") == true)
    try site.open(owner).post("/settings/organisation/users/\(ana.id)/enable")
    let again = try site.signedIn(ana)
    #expect(again.confirm(kept).status == 403)
    #expect(try site.current(ben)?.role == .user)
  }

  @Test("A code of the second step proves as the password does, once, and a recovery code too")
  func code() throws {
    let phone = try site.turnOnTwoStep(of: owner)
    let recovery = try site.addRecoveryCodes(of: owner)[0]
    let browser = try site.open(owner)
    site.clock.move(by: Session.proofLimit)
    for (code, next) in [
      (phone.code(), 303), (recovery.text, 303), (phone.code(), 422), (recovery.text, 422),
    ] {
      let page = browser.post("/settings/organisation/users/U-2/role", ["role": "user"])
      #expect(page.contains("type your password again, or a code."))
      let answer = browser.post("/confirm", ["kept": try #require(page.kept), "password": "", "code": code])
      #expect(answer.status == next)
      if next == 303 { try site.database.write { _ = try $0.run("UPDATE session SET proved_at = 1") } }
    }
    #expect(try site.events(of: organisation).filter { $0 == .codeRefused }.count == 2)
    #expect(browser.get("/confirm?code=\(phone.code(steps: 1))").status == 200)
    #expect(browser.post("/settings/organisation/users/U-2/role", ["role": "user"]).kept != nil)
  }

  @Test("A code counts where a browser has filled in another password by itself")
  func filledIn() throws {
    let phone = try site.turnOnTwoStep(of: owner)
    let browser = try site.open(owner)
    site.clock.move(by: Session.proofLimit)
    let kept = try #require(browser.post("/settings/export", whole).kept)
    let form: KeyValuePairs = ["kept": kept, "password": "of another site", "code": phone.code()]
    #expect(browser.post("/confirm", form).status == 303)
    let again = browser.post("/confirm", form)
    #expect(again.status == 403 && again.contains("not done a second time"))
    #expect(try exports() == 1)
  }

  @Test("Codes are slowed down as passwords are, and prove nothing where there is no second step")
  func codes() throws {
    let browser = try stale()
    let kept = try #require(browser.post("/settings/export", whole).kept)
    var statuses: [Int] = []
    for _ in 1...7 { statuses.append(browser.post("/confirm", ["kept": kept, "code": "123456"]).status) }
    #expect(statuses == [422, 422, 422, 422, 422, 429, 429])
    #expect(browser.confirm(kept).status == 429)
    #expect(try exports() == 0)
  }

  @Test("Without a fresh proof nobody sees the key that sets two-step sign-in up, or turns it on")
  func twoStep() throws {
    let browser = try stale()
    let away = browser.get("/settings/two-step?next=/help")
    #expect(away.location == "/confirm?" + Form(["next": "/settings/two-step?next=/help"]).encoded)
    let done = browser.post(
      "/confirm", ["next": "/settings/two-step?next=/help", "password": TestSite.password])
    #expect(done.location == "/settings/two-step?next=%2Fhelp")
    #expect(browser.get(try #require(done.location)).status == 200)
  }

  @Test("Who must set two-step sign-in up first gets there from an old session, and nowhere else")
  func required() throws {
    let browser = try stale()
    let kept = try #require(browser.post("/settings/export", whole).kept)
    try site.database.write { _ = try $0.run("UPDATE organisation SET two_step = 'all'") }
    #expect(browser.get("/help").location == "/settings/two-step?next=%2Fhelp")
    #expect(browser.get("/settings/two-step").location == "/confirm?next=%2Fsettings%2Ftwo-step")
    #expect(browser.get("/confirm?next=%2Fsettings%2Ftwo-step").status == 200)
    #expect(browser.confirm(kept).location == "/settings/two-step")
    #expect(try exports() == 0)
    #expect(browser.get("/settings/two-step").status == 200)
  }

  @Test("Without the form's token, or from another site, no password is tried")
  func forgery() throws {
    let browser = try stale()
    let kept = try #require(browser.post("/settings/export", whole).kept)
    let form: KeyValuePairs = ["kept": kept, "password": TestSite.password]
    #expect(browser.post("/confirm", form, csrf: "wrong").status == 403)
    browser.headers = ["Origin": "http://evil.example"]
    #expect(browser.post("/confirm", form).status == 403)
    #expect(try exports() == 0)
    browser.headers = [:]
    // The token was checked before the form was kept, too.
    #expect(browser.post("/settings/export", whole, csrf: "wrong").status == 403)
  }

  @Test("A form far longer than ours is not kept, and no answer grows with it")
  func long() throws {
    let browser = try stale()
    func post(_ count: Int) -> Page {
      browser.post(
        "/settings/export", ["scope": "organisation", "more": String(repeating: "é", count: count)])
    }
    let fits = post(2_000)
    #expect(browser.confirm(try #require(fits.kept)).status == 303)
    #expect(fits.response.body.count < 30_000)
    site.clock.move(by: Session.proofLimit)
    #expect(post(4_000).status == 413)
    #expect(try exports() == 1)
  }

  @Test("A download asks after its link was checked, and starts after the password")
  func download() throws {
    let id = try site.completedExport(by: owner)
    let link = try site.link(of: id, organisation)
    let browser = try stale()
    #expect(browser.get(link + "A").status == 404)
    for method in [Method.get, .head] {
      let away = browser.send(method, link)
      #expect(away.status == 303 && away["X-Accel-Redirect"] == nil)
      #expect(away.location == "/confirm?" + Form(["next": link]).encoded)
    }
    let receipts = try site.database.read { connection in
      try connection.downloads.receipts(of: #require(try connection.exports.find(id, of: organisation.id)))
    }
    #expect(receipts.count == 0)
    let page = browser.get("/confirm?" + Form(["next": link]).encoded)
    #expect(page.contains("To download an export, type"))
    let form: KeyValuePairs = ["next": link, "password": TestSite.password]
    #expect(browser.post("/confirm", ["next": link, "password": "wrong one"]).status == 422)
    #expect(browser.post("/confirm", form).location == "/settings/export?download=\(id)")
    #expect(browser.get("/settings/export?download=\(id)").contains("data-download-now"))
    #expect(browser.get(link)["X-Accel-Redirect"] == "/-/exports/\(id).zip")
  }

  @Test(
    "A later part goes on with a download of this session without the password, for an hour, and only here")
  func laterPart() throws {
    let id = try site.completedExport(by: owner)
    let link = try site.link(of: id, organisation)
    let (browser, elsewhere) = (try site.signedIn(owner), try site.signedIn(owner))
    #expect(browser.get(link).status == 200)
    site.clock.move(by: Session.proofLimit)
    let asked = "/confirm?" + Form(["next": link]).encoded
    for (range, isSent) in [("bytes=1-", true), ("bytes=-1", true), ("bytes=0-", false), ("lines=1-", false)]
    {
      browser.headers = ["Range": range]
      #expect((browser.get(link)["X-Accel-Redirect"] != nil) == isSent, "\(range)")
      elsewhere.headers = ["Range": range]
      #expect(elsewhere.get(link).location == asked, "\(range)")
    }
    site.clock.move(by: .minutes(30))
    browser.headers = ["Range": "bytes=1-"]
    #expect(browser.get(link).location == asked)
  }

  @Test("An admin is told nothing new by a link")
  func admin() throws {
    let id = try site.completedExport(by: owner)
    let browser = try stale(site.addUser("Ana Diaz", .admin, to: organisation))
    #expect(browser.get(try site.link(of: id, organisation)).status == 403)
  }

  @Test("The page leads to no other site, and on at once where nothing is to be asked")
  func next() throws {
    let browser = try stale()
    for next in ["//evil.example", "https://evil.example/", "/confirm", "/logout", ""] {
      #expect(browser.get("/confirm?" + Form(["next": next]).encoded).status == 200)
      let page = browser.post("/confirm", ["next": next, "password": TestSite.password])
      #expect(page.location == "/settings/export")
      site.clock.move(by: Session.proofLimit)
    }
    #expect(try site.signedIn(owner).get("/confirm?next=/help").location == "/help")
  }

  @Test("The page asks for the password in a form that password managers know")
  func form() throws {
    let page = try stale().get("/confirm?next=/help")
    #expect(page.contains("autocomplete=\"current-password\""))
    #expect(page.contains("type=\"text\" autocomplete=\"username\" value=\"\(owner.email ?? "")\" readonly"))
  }
}

extension TestBrowser {
  /// Types the password on the page that keeps this form.
  func confirm(_ kept: String, password: String = TestSite.password) -> Page {
    post("/confirm", ["kept": kept, "password": password])
  }
}

extension Page {
  /// The form that the page keeps; nil where it asks for no password.
  var kept: String? {
    text.firstMatch(of: /name="kept" value="([^"]+)"/).map { String($0.1) }
  }
}
