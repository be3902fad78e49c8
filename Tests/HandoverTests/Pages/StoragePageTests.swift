import HTTP
import SQLite
import Testing

@testable import Handover

@Suite("Settings > Storage")
struct StoragePageTests {
  let provider: FakeProvider
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let browser: TestBrowser
  let deal: DealID

  init() throws {
    provider = try FakeProvider()
    site = try TestSite(provider.environment)
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    browser = try site.open(owner)
    deal = try site.addDeal(12, to: organisation.id)
  }

  private let path = "/settings/storage"

  private func link() throws -> StorageLink {
    try #require(try site.database.read { try $0.storageLinks.current(of: organisation.id) })
  }

  private func words(_ page: Page) -> String {
    page.text.replacing(/<[^>]+>/, with: "").replacing(/\s+/, with: " ")
  }

  private func state(of document: DocumentID) throws -> DocumentState {
    try site.document(document, of: organisation.id).state
  }

  @Test("Where the operator has registered no app, the page says what to do, with the addresses")
  func noApp() throws {
    let bare = try TestSite()
    let owner = try bare.addUser("Maria Rossi", .owner, to: bare.addOrganisation())
    let page = try bare.open(owner).get(path)
    #expect(page.contains("Registering the two apps") && !page.contains("formaction"))
    #expect(page.contains("http://localhost:8080/settings/storage/google/callback"))
    #expect(page.contains("http://localhost:8080/settings/storage/dropbox/callback"))
  }

  @Test("Where there are apps, there is a button for each")
  func buttons() throws {
    let page = browser.get(path)
    #expect(page.contains("Link Dropbox</button>") && page.contains("Link Google Drive</button>"))
    let one = try TestSite(provider.environment.merging(["HANDOVER_DROPBOX_APP": ""]) { $1 })
    let other = try one.open(one.addUser("Maria Rossi", .owner, to: one.addOrganisation())).get(path)
    #expect(!other.contains("Link Dropbox</button>") && other.contains("Link Google Drive</button>"))
  }

  @Test("The page names the account, and counts what is there and what is not, with the reasons")
  func counts() throws {
    _ = try browser.link("google")
    for (name, text) in [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")] {
      try site.addDocument(name, text, to: deal, by: owner)
    }
    try site.database.write { connection in
      try connection.run(
        """
        UPDATE sync SET status = 'completed', path = 'x', has_own_name = document_id = 1, synced_at = 1, ended_at = 1,
          sha256 = (SELECT sha256 FROM document WHERE id = document_id)
        WHERE document_id <= 2
        """)
      try connection.run(
        "UPDATE sync SET status = 'failed', reason = 'It is full.', ended_at = 1 WHERE document_id = 3")
    }
    let page = browser.get(path)
    #expect(page.contains("files@harbour.example"))
    let text = words(page)
    #expect(text.contains("2 of 4 documents are in it."))
    #expect(text.contains("1 waiting") && text.contains("1 failed") && text.contains("1 under another name"))
    #expect(text.contains("1 document: It is full.") && text.contains("Retry what failed"))
    #expect(page.contains(#"<progress max="100" value="50""#) && page.contains("data-running"))
    #expect(browser.get(path + "/status").contains(#"value="50""#))
    #expect(browser.post(path + "/retry").status == 303)
    #expect(try state(of: DocumentID(rawValue: 3)) == .waiting)
  }

  @Test("Deal by deal, only what is switched on is copied, and what was copied stays")
  func deals() throws {
    let other = try site.addDeal(13, to: organisation.id)
    _ = try browser.link("google")
    let one = try site.addDocument("a", "1", to: deal, by: owner)
    let two = try site.addDocument("b", "2", to: other, by: owner)
    #expect(try state(of: one) == .waiting && state(of: two) == .waiting)
    let saved = browser.post(path + "/deals", ["all": "no"])
    #expect(words(browser.follow(saved)).contains("Only the documents of deals that are switched on"))
    #expect(try state(of: one) == .switchedOff && state(of: two) == .switchedOff)
    #expect(browser.get("/deals/D-12").contains("Copy this deal’s documents</button>"))
    let on = browser.post("/deals/D-12/storage", ["on": "yes"])
    #expect(on.location == "/deals/D-12")
    #expect(words(browser.follow(on)).contains("The documents of D-12 are copied to Google Drive"))
    #expect(browser.get("/deals/D-12").contains("Stop copying</button>"))
    #expect(try state(of: one) == .waiting && state(of: two) == .switchedOff)
    #expect(words(browser.get(path)).contains("1 deal so far"))
    #expect(browser.post("/deals/D-12/storage", ["on": "no"]).status == 303)
    #expect(try state(of: one) == .switchedOff)
    #expect(browser.post(path + "/deals", ["all": "yes"]).status == 303)
    #expect(try state(of: one) == .waiting && state(of: two) == .waiting)
    #expect(try site.events(of: organisation).filter { $0 == .storageChanged }.count == 4)
    #expect(browser.post(path + "/deals", ["all": "maybe"]).status == 422)
    #expect(browser.post("/deals/D-99/storage", ["on": "yes"]).status == 404)
  }

  @Test("Signed out, the page says why and how to go on, and so do pages about documents")
  func signedOut() throws {
    _ = try browser.link("google")
    #expect(!browser.get("/settings/export").contains(#"id="banner""#))
    try site.storage.signedOut(link(), because: "The permission was removed there.")
    let page = browser.get(path)
    #expect(page.contains("The permission was removed there.") && page.contains(">Link again</button>"))
    let export = browser.get("/settings/export")
    #expect(words(export).contains("Google Drive (files@harbour.example) no longer lets Handover in"))
    #expect(export.contains(#"<a href="/settings/storage">Link again</a>"#))
    #expect(browser.get("/deals").contains(#"id="banner""#) && !page.contains(#"id="banner""#))
    let admin = try site.open(site.addUser("Ana Diaz", .admin, to: organisation)).get("/settings/export")
    #expect(words(admin).contains("The owner can link it again.") && !admin.contains("Link again</a>"))
    _ = try browser.link("google")
    #expect(!browser.get("/settings/export").contains(#"id="banner""#))
  }

  @Test("A place of the operator's is shown, and not the owner's to unlink")
  func operators() throws {
    try site.database.write {
      _ = try $0.storageLinks.link(
        StorageLinkID(rawValue: String(repeating: "b", count: 32)), .sftp, accountID: "x",
        account: "nas.example",
        of: organisation.id, by: nil, at: site.clock.now)
    }
    let page = browser.get(path)
    #expect(words(page).contains("SFTP") && words(page).contains("by whoever runs this server"))
    #expect(!page.contains(path + "/unlink"))
    #expect(browser.post(path + "/unlink").status == 409)
    #expect(browser.post(path + "/google/link").status == 409)
  }
}
