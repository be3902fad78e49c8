import Foundation
import HTTP
import SQLite
import Secrets
import Testing

@testable import Handover

@Suite("Linking a storage")
struct StorageLinkTests {
  let provider: FakeProvider
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let deal: DealID

  init() throws {
    provider = try FakeProvider()
    site = try TestSite(provider.environment)
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    deal = try site.addDeal(12, to: organisation.id)
  }

  private func current() throws -> StorageLink? {
    try site.database.read { try $0.storageLinks.current(of: organisation.id) }
  }

  private func statuses() throws -> [String] {
    try site.database.read {
      try $0.all("SELECT status FROM sync ORDER BY number") { try $0["status"] as String }
    }
  }

  private func secret(of link: StorageLink?) throws -> StorageSecret? {
    try link.flatMap { try site.storage.secrets.read($0.id) }
  }

  private func letters(_ kind: String) throws -> [StoredLetter] {
    try site.letters.filter { $0.kind == kind }
  }

  /// What a page says, without its markup.
  private func words(_ page: Page) -> String { page.text.replacing(/<[^>]+>/, with: "") }

  @Test(
    "An owner goes to the provider, comes back, and the account is linked, named and told",
    arguments: ["dropbox", "google"])
  func whole(_ name: String) throws {
    try site.addDocument("Payslip.pdf", "pay", to: deal, by: owner)
    let browser = try site.open(owner)
    let query = try #require(try browser.leave(to: name))
    #expect(query["redirect_uri"] == "http://localhost:8080/settings/storage/\(name)/callback")
    #expect(query["client_id"] == "\(name)-key" && query["response_type"] == "code")
    let state = try #require(query["state"])
    #expect(try current() == nil && provider.asked.isEmpty, "nothing before the provider has answered")
    let back = browser.comeBack(from: name, ["state": state, "code": "the-code"])
    #expect(back.status == 303 && back.location == "/settings/storage")
    let link = try #require(try current())
    #expect(link.account == "files@harbour.example" && link.accountID == "id of files@harbour.example")
    #expect(link.provider.rawValue == name && link.status == .linked && link.copiesAllDeals)
    #expect(link.linkedBy?.id == owner.id)
    #expect(try statuses() == ["queued"])
    #expect(words(browser.follow(back)).contains("(files@harbour.example) is linked."))
    let letter = try #require(try letters("storage_linked").first)
    #expect(letter.to.email == owner.email && letter.text.contains("files@harbour.example"))
    #expect(letter.text.contains("Maria Rossi") && letter.text.contains("192.0.2.1"))
    #expect(try site.events(of: organisation).contains(.storageLinked))
    #expect(
      try secret(of: link)
        == .token(
          StorageToken(
            access: "access-1", expiresAt: site.clock.now.rawValue + 3_600, refresh: "refresh-1")))
  }

  @Test(
    "The code is exchanged with the verifier that the address has the hash of, and nothing of it is stored")
  func proofKey() throws {
    let browser = try site.open(owner)
    let query = try #require(try browser.leave(to: "google"))
    let state = try #require(query["state"])
    _ = browser.comeBack(from: "google", ["state": state, "code": "the-code"])
    let exchange = try #require(provider.asked.first { $0.contains("authorization_code") })
    let verifier = try #require(exchange.firstMatch(of: /code_verifier=([A-Za-z0-9_-]{43})/)?.1)
    #expect(Base64URL.encode(SHA256.hash(Array(verifier.utf8))) == query["code_challenge"])
    #expect(query["code_challenge_method"] == "S256")
    let file = try Data(contentsOf: URL(filePath: site.configuration.data.database))
    let log = try? Data(contentsOf: URL(filePath: site.configuration.data.database + "-wal"))
    for secret in [state, String(verifier), "the-code", "access-1", "refresh-1", "google-secret"] {
      for bytes in [file, log ?? Data()] { #expect(bytes.range(of: Data(secret.utf8)) == nil) }
      #expect(!site.log.all.joined().contains(secret))
    }
  }

  @Test("Only what the app makes itself is asked for, and for good")
  func scopes() throws {
    let browser = try site.open(owner)
    let google = try #require(try browser.leave(to: "google"))
    #expect(google["scope"] == "https://www.googleapis.com/auth/drive.file")
    #expect(google["access_type"] == "offline" && google["prompt"]?.contains("consent") == true)
    let dropbox = try #require(try browser.leave(to: "dropbox"))
    #expect(dropbox["scope"] == "account_info.read files.content.write files.metadata.read")
    #expect(dropbox["token_access_type"] == "offline")
  }

  @Test("No secret is an argument of curl's")
  func arguments() throws {
    _ = try site.open(owner).link("google")
    #expect(provider.asked.count == 2)
    for asked in provider.asked { #expect(asked.hasPrefix("--disable --config - silent")) }
  }

  /// A way back that is turned away.
  enum Wrong: String, CaseIterable {
    case madeUp
    case none
    case used
    case late
    case otherProvider
    case otherSession
    case otherUser
    case signedOut
    case ownerChanged
    case overtaken
    case head
  }

  @Test("A wrong way back gets 403, links nothing and says so", arguments: Wrong.allCases)
  func wrong(_ wrong: Wrong) throws {
    let ana = try site.addUser("Ana Diaz", .admin, to: organisation)
    let browser = try site.open(owner)
    let query = try #require(try browser.leave(to: "google"))
    let state = query["state"] ?? ""
    var fields: KeyValuePairs = ["state": state, "code": "the-code"]
    var comesBack = browser
    var name = "google"
    switch wrong {
    case .madeUp: fields = ["state": state + "A", "code": "the-code"]
    case .none: fields = ["code": "the-code"]
    case .used:
      _ = browser.comeBack(from: "google", ["state": state, "error": "access_denied"])
    case .late: site.clock.move(by: StorageState.lifetime)
    case .otherProvider: name = "dropbox"
    case .otherSession: comesBack = try site.open(owner)
    case .otherUser: comesBack = try site.open(ana)
    case .signedOut:
      comesBack = site.browser()
      comesBack.get("/login")
    case .ownerChanged:
      let outcome = try site.accounts.transferOwnership(to: ana.id, by: owner, from: "")
      guard case .done = outcome else { throw Unexpected("\(outcome)") }
    case .overtaken: _ = try browser.leave(to: "google")
    case .head: break
    }
    let before = provider.asked.count
    if wrong == .head {
      let page = browser.send(.head, "/settings/storage/google/callback?\(Form(fields).encoded)")
      #expect(page.status == 405)
    } else {
      let page = comesBack.comeBack(from: name, fields)
      #expect(page.status == 403)
      #expect(words(page).contains("Nothing was linked."))
    }
    #expect(provider.asked.count == before, "the code is not even exchanged")
    #expect(try current() == nil)
    #expect(try letters("storage_linked").isEmpty)
    // What was turned away is used up.
    switch wrong {
    case .madeUp, .none, .head:
      #expect(browser.comeBack(from: "google", ["state": state, "code": "x"]).status == 303)
    default: #expect(browser.comeBack(from: "google", ["state": state, "code": "x"]).status == 403)
    }
  }

  @Test("An owner who is replaced while the provider answers links nothing, and what was given is taken back")
  func replacedMeanwhile() throws {
    let ana = try site.addUser("Ana Diaz", .admin, to: organisation)
    let session = try site.session(of: owner)
    let outcome = try site.storage.beginLink(.google, by: session)
    guard case .done(let address) = outcome, let query = address.split(separator: "?").last,
      let state = try Form(parsing: Array(query.utf8))["state"]
    else { throw Unexpected("\(outcome)") }
    let (accounts, owner, callback) = (site.accounts, owner, site.storage.callback)
    let storage = LinkedStorage(
      documents: site.documents, outbox: site.exports.outbox, keys: site.exports.keys,
      apps: site.storage.apps,
      secrets: site.storage.secrets,
      curl: site.storage.curl,
      callback: {
        // The address is needed for the exchange: somebody is quicker.
        _ = try? accounts.transferOwnership(to: ana.id, by: owner, from: "")
        return callback($0)
      })
    #expect(
      try storage.finishLink(.google, state: state, code: "the-code", in: session, from: "")
        == .wrong(.notOwner))
    #expect(try current() == nil && site.storage.secrets.all().isEmpty)
    #expect(provider.asked.last?.contains("revoke") == true)
  }

  @Test("Whoever says no at the provider has linked nothing, and reads so")
  func denied() throws {
    let browser = try site.open(owner)
    let query = try #require(try browser.leave(to: "dropbox"))
    let back = browser.comeBack(from: "dropbox", ["state": query["state"] ?? "", "error": "access_denied"])
    #expect(back.status == 303)
    #expect(words(browser.follow(back)).contains("Nothing was linked: the answer there was no."))
    #expect(try current() == nil)
  }

  @Test("The password is asked for again before somebody goes")
  func proof() throws {
    let browser = try site.signedIn(owner)
    site.clock.move(by: Session.proofLimit)
    let page = browser.post("/settings/storage/google/link")
    #expect(words(page).contains("To link Google Drive, type"))
    let kept = try #require(page.text.firstMatch(of: /name="kept" value="([^"]*)"/)?.1)
    let after = browser.post("/confirm", ["kept": String(kept), "password": TestSite.password])
    #expect(after.status == 200 && after.contains("https://accounts.google.com/o/oauth2/v2/auth?"))
  }

  @Test("A form's answer is a page with a link, since no form may lead to another site")
  func noRedirect() throws {
    let page = try site.open(owner).post("/settings/storage/dropbox/link")
    #expect(page.status == 200 && page.location == nil)
    #expect(page.contains(#"<a class="button primary" href="https://www.dropbox.com/oauth2/authorize?"#))
  }

  @Test("Another account is never mixed with the one that is linked")
  func another() throws {
    let browser = try site.open(owner)
    _ = try browser.link("google")
    let link = try #require(try current())
    try site.storage.signedOut(link, because: "It was removed there.")
    try provider.sign(in: "maria@private.example")
    let page = try browser.link("google")
    #expect(page.status == 409)
    #expect(words(page).contains("maria@private.example is another account than files@harbour.example"))
    #expect(try current()?.account == "files@harbour.example" && current()?.status == .signedOut)
    #expect(provider.asked.last?.contains("revoke") == true, "what was given is taken back")
    // Unlinked, it is a new start.
    browser.post("/settings/storage/unlink")
    #expect(try browser.link("google").status == 303)
    #expect(try current()?.account == "maria@private.example" && current()?.id != link.id)
  }

  @Test("While one is linked there is no way to another")
  func taken() throws {
    let browser = try site.open(owner)
    _ = try browser.link("google")
    for name in ["google", "dropbox"] {
      let page = browser.post("/settings/storage/\(name)/link")
      #expect(page.status == 409 && words(page).contains("is linked already. Unlink it first."))
    }
  }

  @Test(
    "The same account again goes on where it stopped, after it was signed out or unlinked",
    arguments: [true, false])
  func again(_ wasUnlinked: Bool) throws {
    let one = try site.addDocument("Payslip.pdf", "pay", to: deal, by: owner)
    let browser = try site.open(owner)
    _ = try browser.link("google")
    let link = try #require(try current())
    _ = try site.database.write {
      try $0.run(
        """
        UPDATE sync SET status = 'completed', sha256 = (SELECT sha256 FROM document), path = 'x', has_own_name = 1,
          synced_at = 1, ended_at = 1
        """)
    }
    if wasUnlinked {
      browser.post("/settings/storage/unlink")
      #expect(try site.document(one, of: organisation.id).state == .notLinked)
    } else {
      try site.storage.signedOut(link, because: "It was removed there.")
    }
    try site.addDocument("Other.pdf", "other", to: deal, by: owner)
    let back = try browser.link("google")
    #expect(words(browser.follow(back)).contains("is linked again, and goes on where it stopped."))
    #expect(try current()?.id == link.id && current()?.status == .linked && current()?.reason == nil)
    #expect(try statuses() == ["completed", "queued"])
    #expect(try letters("storage_linked").last?.subject.contains("linked again") == true)
  }

  @Test("Unlinking takes the permission back, removes the secrets, and leaves what was copied")
  func unlink() throws {
    try site.addDocument("Payslip.pdf", "pay", to: deal, by: owner)
    let browser = try site.open(owner)
    _ = try browser.link("google")
    let link = try #require(try current())
    let question = browser.get("/settings/storage/unlink")
    #expect(words(question).contains("Unlink Google Drive (files@harbour.example)?"))
    let back = browser.post("/settings/storage/unlink")
    #expect(words(browser.follow(back)).contains("The storage is unlinked. What was copied stays there."))
    #expect(provider.asked.last?.contains("https://oauth2.googleapis.com/revoke") == true)
    #expect(provider.asked.last?.contains("token=refresh-1") == true)
    #expect(try current() == nil && secret(of: link) == nil)
    #expect(try statuses() == ["cancelled"])
    #expect(try letters("storage_unlinked").count == 1)
    #expect(try site.events(of: organisation).contains(.storageUnlinked))
    #expect(browser.post("/settings/storage/unlink").status == 409)
  }

  @Test("Dropbox takes back by a token that is good, and is asked for one first")
  func unlinkDropbox() throws {
    let browser = try site.open(owner)
    _ = try browser.link("dropbox")
    site.clock.move(by: .minutes(59))
    browser.post("/settings/storage/unlink")
    #expect(provider.asked.last?.contains("Bearer access-1") == true)
    let other = try site.open(owner)
    _ = try other.link("dropbox")
    site.clock.move(by: .minutes(61))
    _ = try site.storage.unlink(by: owner, from: "")
    #expect(provider.asked.last?.contains("Bearer access-2") == true)
  }

  @Test("Where the provider is away, the secrets stay until it was told, and not for ever")
  func unreachable() throws {
    _ = try site.open(owner).link("google")
    let link = try #require(try current())
    try provider.answer(.revoke, "", status: 503)
    _ = try site.storage.unlink(by: owner, from: "")
    #expect(try current() == nil && secret(of: link) != nil)
    site.storage.revoke(link)
    #expect(try secret(of: link) != nil)
    site.clock.move(by: .days(7))
    site.storage.sweep()
    #expect(try secret(of: link) == nil)
  }

  @Test("At Google, what another office uses is not taken back with it")
  func shared() throws {
    let other = try site.addUser("Olga Else", .owner, to: site.addOrganisation("Other"))
    _ = try site.open(owner).link("google")
    _ = try site.open(other).link("google")
    let before = provider.asked.count
    _ = try site.storage.unlink(by: owner, from: "")
    #expect(provider.asked.count == before)
    _ = try site.storage.unlink(by: other, from: "")
    #expect(provider.asked.last?.contains("revoke") == true && provider.asked.count == before + 1)
  }

  @Test("Secrets that no link has, since a crash came between, are swept")
  func orphans() throws {
    let id = StorageLinkID(rawValue: String(repeating: "a", count: 32))
    try site.storage.secrets.write(.settings(["pass": "x"]), of: id)
    site.storage.sweep()
    #expect(site.storage.secrets.all() == [id], "its row may be there in a moment")
    site.clock.move(by: .days(36_500))
    site.storage.sweep()
    #expect(site.storage.secrets.all().isEmpty)
  }

  @Test("Only the server's user can read the secrets")
  func mode() throws {
    _ = try site.open(owner).link("google")
    let link = try #require(try current())
    for (path, mode) in [("", 0o700), ("/\(link.id.rawValue)", 0o600)] {
      let attributes = try FileManager.default.attributesOfItem(atPath: site.storage.secrets.path + path)
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == mode)
    }
  }

  @Test(
    "Without a lasting permission, or without the one that is needed, nothing is linked",
    arguments: [
      #"{"access_token":"a","expires_in":3600}"#,
      #"{"access_token":"a","refresh_token":"r","expires_in":3600,"scope":"openid email"}"#,
    ])
  func halfPermission(_ answer: String) throws {
    try provider.answer(.exchange, answer)
    let page = try site.open(owner).link("google")
    #expect(page.status == 503 && words(page).contains("Nothing was linked."))
    #expect(try current() == nil)
  }
}
