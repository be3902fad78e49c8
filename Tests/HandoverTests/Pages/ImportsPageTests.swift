import Foundation
import HTTP
import TestSupport
import Testing

@testable import Handover

@Suite("Settings > Import: files in")
struct ImportsPageTests {
  let site: TestSite
  let owner: User
  let browser: TestBrowser

  init() throws {
    site = try TestSite()
    owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    browser = try site.open(owner)
  }

  @Test("Files become an import, and their page says what they seem to be; nothing else is changed")
  func uploads() throws {
    let page = browser.upload(
      "/settings/import",
      [
        ("C:\\data\\Deals.csv", TestSite.files["Deals.csv"] ?? ""), ("", ""),
        ("contacts.csv", "Email,Team\r\na@x.example,One\r\n"),
      ])
    #expect(page.status == 303)
    let found = try #require(try imports.first)
    #expect(page.location == "/settings/import/\(found.id.rawValue)")
    #expect(found.status == .uploaded && found.files == "Deals.csv, contacts.csv")
    let folder = site.imports.folder.folder(of: found.id) + "/files"
    #expect(try String(contentsOfFile: folder + "/Deals.csv", encoding: .utf8) == TestSite.files["Deals.csv"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["Deals.csv", "contacts.csv"])
    let mapping = browser.follow(page)
    #expect(
      mapping.contains("What is in <bdi>Deals.csv, contacts.csv</bdi>") && mapping.contains("First home"))
    let list = browser.get("/settings/import")
    #expect(list.contains("data-import=\"\(found.id.rawValue)\" data-status=\"uploaded\""))
    #expect(try site.database.read { try $0.value("SELECT count(*) FROM deal") } == 0)
  }

  @Test("Without a file, or with empty ones, the page says what to do")
  func nothing() throws {
    for page in [
      browser.upload("/settings/import"), browser.upload("/settings/import", [("", "")]),
      browser.upload("/settings/import", [("Deals.csv", "")]), browser.post("/settings/import"),
    ] {
      #expect(page.status == 422 && page.contains("Choose a ZIP, or one or several CSV files"))
    }
    try expectNothing()
  }

  @Test("A form without its token, or with the token behind the files, is refused, and nothing is kept")
  func forged() throws {
    let file = "--boundary\r\nContent-Disposition: form-data; name=f; filename=a.csv\r\n\r\nx\r\n"
    let token =
      "--boundary\r\nContent-Disposition: form-data; name=csrf_token\r\n\r\n\(browser.csrfToken ?? "")\r\n"
    let end = "--boundary--\r\n"
    #expect(browser.upload("/settings/import", [("a.csv", "x")], csrf: "wrong").status == 403)
    #expect(browser.upload("/settings/import", parts: file + token + end).status == 403)
    try expectNothing()
    #expect(browser.upload("/settings/import", parts: token + file + end).status == 303)
  }

  @Test(
    "A form that isn't whole, or isn't one, gets 400, and what came of it is removed",
    arguments: [
      "", "x\r\n--boundary", "x\r\n--boundaryx\r\n--boundary--",
      "x\r\n--boundary\r\nX: y\r\n\r\n\r\n--boundary--",
    ])
  func broken(end: String) throws {
    let begin =
      "--boundary\r\nContent-Disposition: form-data; name=csrf_token\r\n\r\n\(browser.csrfToken ?? "")\r\n"
      + "--boundary\r\nContent-Disposition: form-data; name=f; filename=a.csv\r\n\r\n"
    #expect(browser.upload("/settings/import", parts: begin + end).status == 400)
    try expectNothing()
  }

  @Test("More files than an import has, and more imports than wait at once, are refused with a sentence")
  func tooMany() throws {
    let many = (0...50).map { ("\($0).csv", "x") }
    let page = browser.upload("/settings/import", many)
    #expect(page.status == 422 && page.contains("more than 50 files. Put them into a ZIP."))
    try expectNothing()
    for _ in 1...Imports.mostWaiting { _ = try site.addImport(.ready, by: owner) }
    let sixth = browser.upload("/settings/import", [("a.csv", "x")])
    #expect(sixth.status == 409 && sixth.contains("5 imports wait for Confirm already."))
    #expect(try imports.count == Imports.mostWaiting)
  }

  @Test("Two uploads of an organisation come in at once, and no third")
  func places() throws {
    let taken = [site.site.uploads.take(owner.organisation), site.site.uploads.take(owner.organisation)]
    let page = browser.upload("/settings/import", [("a.csv", "x")])
    #expect(page.status == 429 && page["Retry-After"] == "10")
    withExtendedLifetime(taken) {}
    try expectNothing()
  }

  @Test("Only the form of this page may have files: elsewhere they are not read")
  func elsewhere() throws {
    #expect(browser.upload("/settings/export", [("a.csv", "x")]).status == 415)
    #expect(browser.upload("/settings/import/upload", [("a.csv", "x")]).status == 415)
  }

  @Test("An owner who has to set up two-step sign-in first is let through to the page that says so")
  func twoStepFirst() throws {
    _ = try site.database.write { try $0.run("UPDATE organisation SET two_step = 'all'") }
    #expect(browser.get("/settings/import/upload").status == 204)
    let page = browser.upload("/settings/import", [("a.csv", "x")])
    #expect(page.status == 303 && page.location == "/settings/two-step")
    try expectNothing()
  }

  @Test("nginx and its page of what is too large have the size that the program has")
  func largest() throws {
    let nginx = try String(contentsOfFile: Repository.path + "/nginx.conf", encoding: .utf8)
    #expect(nginx.contains("client_max_body_size \(ImportsPage.largest >> 30)g;"))
    let page = try String(contentsOfFile: Repository.path + "/Public/errors/413-upload.html", encoding: .utf8)
    #expect(page.contains("\(ImportsPage.largest >> 30) GiB together"))
  }

  @Test("The list has the newest first, a page of twenty, and says who brought them")
  func list() throws {
    for number in 1...21 {
      let id = try site.addImport(by: owner, ["\(number).csv": "x"])
      _ = try site.database.write {
        try $0.run(
          "UPDATE import SET status = 'cancelled', ended_at = 1, requested_by = ?2 WHERE id = ?1", id,
          number == 21 ? nil : owner.id)
      }
    }
    let first = browser.get("/settings/import")
    #expect(first.contains("1 to 20 of 21 imports") && first.contains("by the operator"))
    #expect(first.contains("21.csv") && !first.contains(">1.csv<"))
    #expect(browser.get("/settings/import?page=2").contains(">1.csv<"))
    #expect(browser.get("/settings/import?page=9").contains("There is no page 9."))
  }

  private var imports: [Import] {
    get throws { try site.database.read { try $0.imports.all(of: owner.organisation, limit: 100) } }
  }

  private func expectNothing() throws {
    #expect(try imports.isEmpty)
    #expect(site.imports.folder.ids().isEmpty)
  }
}
