import Foundation
import HTTP
import Secrets
import TestSupport
import Testing

@testable import Handover

@Suite("Documents: files in, files out, and their buttons")
struct DocumentsPageTests {
  let site: TestSite
  let owner: User
  let deal: DealID
  let browser: TestBrowser

  init() throws {
    site = try TestSite()
    owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    deal = try site.addDeal(12, to: owner.organisation)
    browser = try site.open(owner)
    browser.get("/settings")
  }

  private var organisation: OrganisationID { owner.organisation }

  @Test("Files become documents of the deal, and the next page says so")
  func uploads() throws {
    let page = browser.upload(
      "/deals/D-12/documents", [("C:\\data\\Payslip May.pdf", "pay"), ("", ""), ("b.pdf", "statement")])
    #expect(page.status == 303 && page.location?.hasSuffix("#document-F-1") == true)
    #expect(try documents.map(\.name) == ["Payslip May.pdf", "b.pdf"])
    #expect(browser.follow(page).contains("2 documents are added."))
    let again = browser.upload("/deals/D-12/documents", [("b.pdf", "statement")])
    #expect(browser.follow(again).contains("Nothing had to be added: <bdi>b.pdf</bdi> is there"))
    let third = browser.upload("/deals/D-12/documents", [("c.pdf", "x")])
    #expect(browser.follow(third).contains("<bdi>c.pdf</bdi> is added."))
    #expect(try documents.count == 3)
  }

  @Test("Those that a script adds one by one are told of together")
  func oneByOne() throws {
    let pages = ["a.pdf", "b.pdf", "c.pdf"].map { browser.upload("/deals/D-12/documents", [($0, $0)]) }
    #expect(browser.follow(pages[2]).contains("3 documents are added."))
    let last = browser.upload("/deals/D-12/documents", [("d.pdf", "d")])
    #expect(browser.follow(last).contains("<bdi>d.pdf</bdi> is added."))
  }

  @Test(
    "Without a file, with too many, or with one that has no name, nothing is added, and the page says what to do"
  )
  func wrong() throws {
    let many = (0...DocumentUpload.mostFiles).map { ("\($0).txt", "\($0)") }
    for (page, words) in [
      (browser.upload("/deals/D-12/documents"), "Choose one or several files."),
      (browser.upload("/deals/D-12/documents", [("", "")]), "Choose one or several files."),
      (browser.post("/deals/D-12/documents"), "Choose one or several files."),
      (browser.upload("/deals/D-12/documents", many), "more than 50 files. Add them in parts."),
      (browser.upload("/deals/D-12/documents", [("/", "x")]), "The name of a file shows nothing"),
    ] {
      #expect(page.status == 422 && page.contains(words), "\(page.text)")
    }
    for path in ["D-99", "D-012", "12", "F-1"] {
      #expect(browser.upload("/deals/\(path)/documents", [("a.pdf", "x")]).status == 404)
    }
    #expect(try documents.isEmpty && site.documentFiles.isEmpty)
  }

  @Test("A form without its token, or that ends early, is refused, and nothing is kept")
  func forged() throws {
    let token =
      "--boundary\r\nContent-Disposition: form-data; name=csrf_token\r\n\r\n\(browser.csrfToken ?? "")\r\n"
    let file = "--boundary\r\nContent-Disposition: form-data; name=f; filename=a.pdf\r\n\r\nx\r\n"
    #expect(browser.upload("/deals/D-12/documents", [("a.pdf", "x")], csrf: "wrong").status == 403)
    #expect(browser.upload("/deals/D-12/documents", parts: file + token + "--boundary--\r\n").status == 403)
    #expect(browser.upload("/deals/D-12/documents", parts: token + file).status == 400)
    #expect(try documents.isEmpty && site.documentFiles.isEmpty)
    #expect(browser.upload("/deals/D-12/documents", parts: token + file + "--boundary--\r\n").status == 303)
  }

  @Test("With `replaces` the one file takes the document's place, and Undo is a button")
  func replaces() throws {
    let id = try site.addDocument("a.pdf", "old", to: deal, by: owner)
    let page = browser.upload("/deals/D-12/documents", [("z.pdf", "new")], fields: ["replaces": "F-1"])
    let next = browser.follow(page)
    #expect(page.status == 303 && next.contains("<bdi>a.pdf</bdi> is replaced."))
    let undo = try #require(next.text.firstMatch(of: /name="holds" value="([0-9a-f]{64})"/)?.1)
    #expect(next.contains("action=\"/documents/F-1/restore\""))
    #expect(try site.document(id, of: organisation).bytes == 3)
    for words in ["<bdi>a.pdf</bdi> is back as it was.", "Nothing had to be changed"] {
      let answer = browser.post("/documents/F-1/restore", ["holds": String(undo)])
      #expect(answer.status == 303 && browser.follow(answer).contains(words))
    }
    #expect(try site.document(id, of: organisation).sha256 == SHA256.hash(Array("old".utf8)))
    let other = try site.addDeal(13, to: organisation)
    for (path, replaced, status) in [
      ("D-\(other.rawValue)", "F-1", 404), ("D-12", "F-9", 404), ("D-12", "1", 404), ("D-12", "", 303),
    ] {
      let answer = browser.upload(
        "/deals/\(path)/documents", [("a.pdf", "x")], fields: ["replaces": replaced])
      #expect(answer.status == status)
    }
    let two = browser.upload(
      "/deals/D-12/documents", [("a.pdf", "1"), ("b.pdf", "2")], fields: ["replaces": "F-1"])
    #expect(two.status == 422 && two.contains("Choose the one file that replaces it."))
  }

  @Test("Remove says that it can be undone, and Undo does it")
  func removes() throws {
    let id = try site.addDocument("a.pdf", "x", to: deal, by: owner)
    let page = browser.follow(browser.post("/documents/F-1/remove"))
    #expect(page.contains("<bdi>a.pdf</bdi> is removed. It can be put back for 30 days"))
    #expect(browser.follow(browser.post("/documents/F-1/remove")).contains("Nothing had to be changed"))
    #expect(browser.get("/documents/F-1").status == 410)
    #expect(browser.follow(browser.post("/documents/F-1/restore")).contains("<bdi>a.pdf</bdi> is back"))
    _ = browser.post("/documents/F-1/remove")
    site.clock.move(by: Document.kept)
    let late = try site.open(owner)
    late.get("/settings")
    let gone = late.post("/documents/F-1/restore")
    #expect(gone.status == 410 && gone.contains("that works for 30 days"))
    #expect(try site.document(id, of: organisation).removedAt != nil)
  }

  @Test(
    "A download is the file with its true name, never shown by the browser, kept by nobody, and in the trail")
  func downloads() throws {
    let id = try site.addDocument("Ange\u{301}le <b>.pdf", "pay", to: deal, by: owner)
    let page = browser.get("/documents/\(id)")
    #expect(page.status == 200 && page["Content-Type"] == "application/octet-stream")
    #expect(
      page["Content-Disposition"]
        == "attachment; filename=\"Ang_le _b_.pdf\"; filename*=UTF-8''Ang%C3%A9le%20_b_.pdf")
    #expect(page["Cache-Control"] == "private, no-store" && page.response.body.isEmpty)
    let hash = hex(SHA256.hash(Array("pay".utf8)))
    #expect(page["X-Accel-Redirect"] == "/-/documents/\(organisation.rawValue)/\(hash.prefix(2))/\(hash)")
    #expect(browser.send(.head, "/documents/\(id)").status == 200)
    _ = browser.get("/documents/\(id)")
    let events = try site.database.read { try $0.activity.events(of: organisation, limit: 9) }
    #expect(events.first?.kind == .documentDownloaded && events.first?.times == 2)
    #expect(events.first?.subject == "F-1")
  }

  @Test("Conditions and ranges get no bytes where there are none to get")
  func ranges() throws {
    let id = try site.addDocument("a.pdf", "0123456789", to: deal, by: owner)
    for (header, status): (KeyValuePairs<Headers.Name, String>, Int) in [
      (["Range": "bytes=20-"], 416), (["Range": "bytes=2-5"], 200), (["If-None-Match": "*"], 304),
      (["If-Match": "\"x\""], 412),
    ] {
      browser.headers = header
      #expect(browser.get("/documents/\(id)").status == status)
    }
  }

  @Test("What is missing on the disk is said, as is that the disk is away, and nothing is lost then")
  func missing() throws {
    let id = try site.addDocument("a.pdf", "x", to: deal, by: owner)
    let path = site.documents.path(of: try site.document(id, of: organisation))
    try FileManager.default.moveItem(atPath: path, toPath: path + "-away")
    let page = browser.get("/documents/\(id)")
    #expect(page.status == 410 && page.contains("missing on the server") && page["X-Accel-Redirect"] == nil)
    try FileManager.default.moveItem(atPath: path + "-away", toPath: path)
    #expect(browser.get("/documents/\(id)").status == 200)
    let folder = site.documents.folder.path
    try FileManager.default.moveItem(atPath: folder, toPath: folder + "-away")
    let answers = [
      browser.get("/documents/\(id)"), browser.upload("/deals/D-12/documents", [("b.pdf", "y")]),
    ]
    for answer in answers {
      #expect(answer.status == 503 && answer["Retry-After"] == "30" && answer.contains("Nothing is lost"))
    }
  }

  @Test("Where the quota is reached, the page says what is taken, and nothing is added")
  func quota() throws {
    let site = try TestSite(["HANDOVER_DOCUMENTS_GIB": "1"])
    let owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    let deal = try site.addDeal(12, to: owner.organisation)
    try site.addDocument("a.pdf", "x", to: deal, by: owner)
    _ = try site.database.write { try $0.run("UPDATE document_content SET bytes = ?", 1 << 30) }
    let browser = try site.open(owner)
    browser.get("/settings")
    let page = browser.upload("/deals/D-12/documents", [("b.pdf", "y")])
    #expect(page.status == 422 && page.contains("Nothing was added.") && site.documentFiles.count == 1)
  }

  @Test("Eight uploads of an organisation come in at once, and no ninth")
  func places() throws {
    let taken = (1...8).map { _ in site.site.documentUploads.take(organisation) }
    let page = browser.upload("/deals/D-12/documents", [("a.pdf", "x")])
    #expect(page.status == 429 && page["Retry-After"] == "5")
    withExtendedLifetime(taken) {}
    #expect(try documents.isEmpty)
  }

  @Test("Hundreds of documents, each by a form of its own, don't count as too many forms")
  func pace() throws {
    let answers = try (0...Bucket.changes).map {
      try site.accounts.begin(.documents(by: owner), at: site.clock.now + .seconds($0 / 100))
    }
    #expect(answers.allSatisfy { if case .throttled = $0 { false } else { true } })
    #expect(browser.upload("/deals/D-12/documents", [("a.pdf", "x")]).status == 303)
    #expect(browser.post("/documents/F-1/remove").status == 303)
  }

  @Test("nginx and its page of what is too large have the size that the program has")
  func largest() throws {
    let nginx = try String(contentsOfFile: Repository.path + "/nginx.conf", encoding: .utf8)
    #expect(nginx.matches(of: /client_max_body_size 2049m;/).count == 3)
    #expect(DocumentsPage.largest == 2049 << 20 && Document.largest == 2 << 30)
    let page = try String(
      contentsOfFile: Repository.path + "/Public/errors/413-documents.html", encoding: .utf8)
    #expect(page.contains("\(Document.largest >> 30) GiB together"))
  }

  private var documents: [Document] {
    get throws { try site.database.read { try $0.documents.all(of: deal, of: organisation) } }
  }
}
