import HTTP
import SQLite
import Testing

@testable import Handover

@Suite("Who is told of exports")
struct ToldTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let ana: User
  let bo: User
  let user: User
  private let path = "/settings/organisation/told"
  private let outside = "privacy@lawyer.example"

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    ana = try site.addUser("Ana Diaz", .admin, to: organisation)
    bo = try site.addUser("Bo Lee", .admin, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
  }

  /// The letters of a kind, oldest first.
  private func letters(_ kind: String) throws -> [StoredLetter] {
    try site.letters.filter { $0.kind == kind }
  }

  private func addresses(_ kind: String) throws -> [String] { try letters(kind).map(\.to.email) }

  private func told(of organisation: Organisation? = nil) throws -> Told {
    try site.database.read { try $0.told.current(of: (organisation ?? self.organisation).id) }
  }

  /// Asks the address, and returns the token that was mailed to it.
  private func ask(_ email: String? = nil) throws -> String {
    let outcome = try site.accounts.setTold(.address, email ?? outside, by: owner, from: "192.0.2.1")
    #expect(outcome == .sent(email ?? outside))
    return try site.mailedToken()
  }

  /// What a page says, without its markup.
  private func words(_ page: Page) -> String { page.text.replacing(/<[^>]+>/, with: "") }

  private func request() throws -> ExportID {
    guard
      case .done(let id) = try site.exports.request(
        .organisation, for: "The audit", handTo: user.id, by: owner, from: "")
    else {
      throw Unexpected("no export")
    }
    return id
  }

  @Test("At first nobody else is told, and the owner's page says so")
  func nobody() throws {
    _ = try request()
    #expect(try letters("told_of_export").isEmpty)
    let page = try site.open(owner).get("/settings/organisation")
    #expect(page.contains(#"value="nobody" checked"#) && page.contains("2 admins at the moment"))
    #expect(
      try site.open(ana).get("/settings/organisation").contains("The owner, and <bdi>nobody else</bdi>"))
  }

  @Test(
    "All admins who are not disabled are told of a request, each by a letter without a link to a download")
  func admins() throws {
    let gone = try site.addUser("Gone Person", .admin, to: organisation, isActive: false)
    let stranger = try site.addUser("Olga Else", .admin, to: site.addOrganisation("Other"))
    let browser = try site.open(owner)
    let saved = browser.post(path, ["told": "admins"])
    #expect(saved.location == "/settings/organisation#told")
    #expect(words(browser.follow(saved)).contains("All admins are told of exports, as you are."))
    let id = try request()
    #expect(try addresses("told_of_export") == [ana.email, bo.email])
    let letter = try #require(try letters("told_of_export").first)
    #expect(letter.text.contains("Maria Rossi requested an export."))
    #expect(letter.text.contains("#export-\(id.rawValue)"))
    for words in ["The audit", "Ben Cole, as soon as it is completed"] {
      #expect(letter.text.contains(words))
    }
    for body in [letter.text, letter.html] {
      #expect(!body.contains("/download") && !body.contains("signature="))
    }
    let all = try site.letters.map(\.to.email)
    #expect(!all.contains(gone.email ?? "") && !all.contains(stranger.email ?? ""))
  }

  @Test(
    "A hand-over and its recipient's first download are told with who, to whom and from where, and what was made"
  )
  func handed() throws {
    _ = try site.accounts.setTold(.admins, by: owner, from: "")
    let id = try site.completedExport(by: owner)
    for _ in 1...2 { _ = try site.exports.hand(id, to: user.id, by: owner, from: "") }
    let link = try site.database.read { connection in
      let export = try #require(try connection.exports.find(id, of: organisation.id))
      let hand = try #require(try connection.hands.open(of: export, user.id))
      return try #require(try site.exports.links().link(of: export, for: hand)).target
    }
    let browser = try site.open(user)
    for _ in 1...2 { #expect(browser.get(link).status == 200) }
    let told = try letters("told_of_export").filter { $0.to.email == ana.email }
    #expect(try addresses("told_of_export").count == told.count * 2)
    let texts = told.map(\.text).suffix(2)
    #expect(texts.first?.contains("Maria Rossi handed an export to Ben Cole, who can download it") == true)
    #expect(texts.last?.contains("Ben Cole downloaded an export for the first time") == true)
    #expect(texts.last?.contains("192.0.2.1") == true && told.count == 3, "with the request")
    for text in texts { #expect(text.contains("SHA-256:") && !text.contains("/download")) }
  }

  @Test("The first download is told, and no later one")
  func download() throws {
    _ = try site.accounts.setTold(.admins, by: owner, from: "")
    let link = try site.link(of: try site.completedExport(by: owner), organisation)
    let browser = try site.open(owner)
    for _ in 1...2 { #expect(browser.get(link).status == 200) }
    let told = try letters("told_of_export").filter { $0.subject.hasPrefix("Told: an export was downloaded") }
    #expect(told.map(\.to.email) == [ana.email, bo.email])
    #expect(told.first?.text.contains("192.0.2.1") == true)
  }

  @Test(
    "An address is told only once its holder has agreed on the page behind the link, which needs no account")
  func address() throws {
    let browser = try site.open(owner)
    let saved = browser.post(path, ["told": "address", "email": " \(outside) "])
    #expect(words(browser.follow(saved)).contains("An e-mail is on its way to \(outside)."))
    #expect(try told() == .nobody)
    #expect(words(browser.get("/settings/organisation")).contains("A link is on its way to \(outside)"))
    let letter = try #require(try letters("told_confirmation").first)
    #expect(letter.to.email == outside && letter.replyTo?.email == owner.email)
    _ = try request()
    #expect(try letters("told_of_export").isEmpty)

    let token = try site.mailedToken()
    let visitor = site.browser()
    let before = try site.holdings(of: organisation)
    for _ in 1...3 {
      let page = visitor.get("/told?token=\(token)")
      #expect(page.status == 200 && words(page).contains(outside) && words(page).contains("Maria Rossi"))
    }
    #expect(try site.holdings(of: organisation) == before)
    let agreed = visitor.post("/told", ["token": token])
    #expect(agreed.status == 200 && words(agreed).contains("You are told from now on"))
    #expect(try told() == .address(outside))
    #expect(try addresses("told_changed") == [owner.email])
    _ = try site.exports.request(.user(user.id), by: owner, from: "")
    #expect(try addresses("told_of_export") == [outside])
    let told = try #require(try letters("told_of_export").first)
    #expect(!told.text.contains("/settings/export"))
    #expect(try words(site.open(ana).get("/settings/organisation")).contains("The owner, and \(outside)"))
  }

  @Test(
    "Whoever was told before gets an e-mail of each change, and knows what holds",
    arguments: [Told.nobody, .admins, .address("privacy@lawyer.example")],
    [Told.nobody, .admins, .address("other@lawyer.example")])
  func changes(_ former: Told, _ now: Told) throws {
    try site.database.write { try $0.told.set(former, of: organisation.id, at: site.clock.now) }
    if let email = now.email {
      site.browser().post("/told", ["token": ""])
      let token = try ask(email)
      let visitor = site.browser()
      visitor.get("/told?token=\(token)")
      #expect(visitor.post("/told", ["token": token]).status == 200)
    } else {
      #expect(try site.accounts.setTold(now.choice, by: owner, from: "") == .done(now))
    }
    #expect(try told() == now)
    let letters = try letters("told_changed")
    let reached = Set(letters.map(\.to.email))
    guard former != now else {
      #expect(reached.isEmpty)
      return
    }
    switch former {
    case .nobody: break
    case .admins: #expect(reached.isSuperset(of: [ana.email ?? "", bo.email ?? ""]))
    case .address(let email): #expect(reached.contains(email))
    }
    #expect(reached.contains(owner.email ?? "") == (now.email != nil))
    for letter in letters {
      #expect(letter.text.contains("From now on: \(now.words)") || letter.text.contains(now.words))
      let isTold = now == .admins && [ana.email, bo.email].contains(letter.to.email)
      #expect(letter.subject.contains("no longer") == (!isTold && letter.to.email != owner.email))
    }
    let events = try site.events(of: organisation)
    #expect(events.last == .toldChanged)
  }

  @Test("An admin who is demoted or disabled while admins are told gets an e-mail of it, whoever does it")
  func noLonger() throws {
    _ = try site.accounts.setTold(.admins, by: owner, from: "")
    let administration = Administration(accounts: site.accounts)
    let (cy, di) = (
      try site.addUser("Cy Young", .admin, to: organisation),
      try site.addUser("Di Roe", .admin, to: organisation)
    )
    let before = try letters("told_changed").count
    _ = try site.accounts.setRole(.user, of: ana.id, by: owner, from: "")
    _ = try site.accounts.setActive(false, of: bo.id, by: owner, from: "")
    _ = try administration.changeUser(cy.email ?? "", of: organisation.id, role: .user, isActive: nil)
    _ = try administration.changeUser(di.email ?? "", of: organisation.id, role: nil, isActive: false)
    // None of these was told.
    _ = try site.accounts.setActive(false, of: user.id, by: owner, from: "")
    _ = try site.accounts.setActive(true, of: bo.id, by: owner, from: "")
    _ = try site.accounts.setRole(.admin, of: ana.id, by: owner, from: "")
    let letters = try letters("told_changed").dropFirst(before)
    #expect(letters.map(\.to.email) == [ana.email, bo.email, cy.email, di.email])
    #expect(letters.allSatisfy { $0.subject == "You are no longer told of exports" })
    #expect(letters.first?.text.contains("made you a user") == true)
    #expect(letters.last?.text.contains("disabled your account") == true)
    _ = try site.accounts.setTold(.nobody, by: owner, from: "")
    let count = try self.letters("told_changed").count
    _ = try site.accounts.setRole(.user, of: ana.id, by: owner, from: "")
    #expect(try self.letters("told_changed").count == count)
  }

  @Test("The link is good once, for a week, and ends with any later choice or another owner")
  func gone() throws {
    func status(_ token: String) -> [Int] {
      let visitor = site.browser()
      return [visitor.get("/told?token=\(token)").status, visitor.post("/told", ["token": token]).status]
    }
    let withdrawn = try ask()
    _ = try site.accounts.setTold(.nobody, by: owner, from: "")
    #expect(status(withdrawn) == [410, 410])
    let former = try ask()
    let later = try ask("other@lawyer.example")
    #expect(status(former) == [410, 410])
    #expect(status(later) == [200, 200] && status(later) == [410, 410])
    #expect(try told() == .address("other@lawyer.example"))

    let late = try ask()
    site.clock.move(by: ToldChange.lifetime - .seconds(1))
    #expect(site.browser().get("/told?token=\(late)").status == 200)
    site.clock.move(by: .seconds(1))
    #expect(status(late) == [410, 410])

    let formers = try ask()
    _ = try site.accounts.transferOwnership(to: ana.id, by: owner, from: "")
    #expect(status(formers) == [410, 410])
    let page = try site.open(ana).get("/settings/organisation")
    #expect(!page.contains("A link is on its way"))
    #expect(status("none") == [404, 404])
    #expect(try told() == .address("other@lawyer.example"))
  }

  @Test(
    "What is no address, or the owner's own, is said beside the field, and so is a choice that there isn't",
    arguments: ["", "maria", "maria@", "a@b.example\r\nBcc: c@d.example", "MARIA.rossi@1.example"])
  func invalid(_ email: String) throws {
    let browser = try site.open(owner)
    let page = browser.post(path, ["told": "address", "email": email])
    #expect(page.status == 422 && page.contains("told-problem") && page.contains(#"value="address" checked"#))
    #expect(browser.post(path, ["told": "everybody"]).status == 422)
    #expect(browser.post(path).status == 422)
    #expect(try site.letters.isEmpty && told() == .nobody)
  }

  @Test("Of two tabs the second overwrites nothing that it has not shown")
  func stale() throws {
    let browser = try site.open(owner)
    let was = "nobody "
    #expect(browser.get("/settings/organisation").contains(#"name="was" value="\#(was)""#))
    #expect(browser.post(path, ["told": "admins", "was": was]).status == 303)
    let second = browser.post(path, ["told": "nobody", "was": was])
    #expect(second.status == 409 && words(second).contains("Told beside you, now: all admins"))
    #expect(try told() == .admins)
    #expect(browser.post(path, ["told": "nobody", "was": "admins "]).status == 303)
    #expect(try told() == .nobody)
  }

  @Test("A few of these e-mails go out in an hour: from one organisation, and to one address")
  func throttled() throws {
    for number in 1...ToldChange.most { _ = try ask("a\(number)@lawyer.example") }
    let page = try site.open(owner).post(path, ["told": "address", "email": outside])
    #expect(page.status == 429 && page["Retry-After"] == "3600")
    site.clock.move(by: ToldChange.period)
    for number in 1...ToldChange.most {
      let other = try site.addUser("Other", .owner, to: site.addOrganisation("Office \(number)"))
      _ = try site.accounts.setTold(
        .address, number.isMultiple(of: 2) ? outside : outside.uppercased(), by: other, from: "")
    }
    #expect(try site.open(owner).post(path, ["told": "address", "email": outside]).status == 429)
    #expect(try site.open(owner).post(path, ["told": "address", "email": "z@lawyer.example"]).status == 303)
  }

  @Test("A stolen session changes it only with the password, and nobody but the owner does")
  func owners() throws {
    let browser = try site.open(owner)
    browser.get("/settings/organisation")
    site.clock.move(by: Session.proofLimit)
    let asked = browser.post(path, ["told": "admins"])
    #expect(asked.status == 200 && asked.contains(#"action="/confirm""#))
    #expect(try told() == .nobody)
    for other in [ana, user] { #expect(try site.open(other).post(path, ["told": "admins"]).status == 403) }
    let stranger = try site.addUser("Olga Else", .owner, to: site.addOrganisation("Other"))
    _ = try site.open(stranger).post(path, ["told": "admins"])
    #expect(try told() == .nobody)
  }
}
