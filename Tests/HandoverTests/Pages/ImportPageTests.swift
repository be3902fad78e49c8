import Foundation
import HTTP
import TestSupport
import Testing

@testable import Handover

@Suite("The page of an import")
struct ImportPageTests {
  let site: TestSite
  let owner: User
  let browser: TestBrowser

  init() throws {
    site = try TestSite()
    owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    browser = try site.open(owner)
  }

  // MARK: Mapping

  @Test("Files of an export need no choice, and are compared as they are")
  func export() throws {
    let id = try site.addImport(by: owner)
    #expect(page(id).contains("These are files as Handover exports them"))
    #expect(compare(id, ["allowed_removals": "20"]).location == "/settings/import/\(id.rawValue)")
    let found = try found(id)
    #expect(found.status == .queued && found.choice == ImportChoice())
  }

  @Test(
    "What the rules say goes with the files",
    arguments: [("", nil), ("5 %", 5), ("100", 100)] as [(String, Int?)])
  func rules(text: String, percent: Int?) throws {
    let id = try site.addImport(by: owner)
    compare(id, ["allowed_removals": text, "keeps_missing": "1"])
    #expect(try found(id).choice == ImportChoice(keepsMissing: true, allowedRemovals: percent))
  }

  @Test("A percentage that is none is said beside the form", arguments: ["101", "-1", "x", "20.5"])
  func wrongPercentage(text: String) throws {
    let id = try site.addImport(by: owner)
    let page = compare(id, ["allowed_removals": text])
    #expect(page.status == 422 && page.contains("Write a percentage from 0 to 100"))
    #expect(
      page.contains("value=\"\(text)\"") && !page.contains("name=\"keeps_missing\" value=\"1\" checked"))
    #expect(try found(id).status == .uploaded)
  }

  @Test("A mapping is guessed, shown with the first rows, and what isn't mapped is listed")
  func guess() throws {
    let id = try site.addImport(by: owner, Self.foreign)
    let page = page(id)
    #expect(page.contains("Ada Lovelace") && page.contains("<option value=\"Contacts\" selected>"))
    #expect(try page.contains(regex: "Not imported: [^<]*Shoe size"))
    let name = try field("Full name", on: page)
    #expect(try page.contains(regex: "name=\"\(name)\"[\\s\\S]*?value=\"full_name\" selected"))
  }

  @Test("A corrected mapping is what the files are compared by, and what the page shows later")
  func correct() throws {
    let id = try site.addImport(by: owner, Self.foreign)
    let before = page(id)
    var form = try chosen(on: before)
    form[try field("Shoe size", on: before)] = "occupation"
    #expect(compare(id, form).status == 303)
    let mapping = try found(id).choice.mapping
    #expect(mapping.contains("Shoe size") && mapping.contains("occupation"))
    try site.bring(id, to: .ready)
    let after = browser.get("/settings/import/\(id.rawValue)?mapping=1")
    #expect(
      try !after.contains(regex: "Not imported: [^<]*Shoe size") && after.contains("As you corrected it"))
  }

  @Test("Two columns that come into one are a sentence, and so is a target of another table")
  func wrongMapping() throws {
    let id = try site.addImport(by: owner, Self.foreign)
    let before = page(id)
    var form = try chosen(on: before)
    form[try field("Shoe size", on: before)] = "full_name"
    let twice = compare(id, form)
    #expect(twice.status == 422 && twice.contains("both come into full_name; choose one of them"))
    #expect(try found(id).status == .uploaded)
  }

  @Test("Another table shows its columns first; nothing is compared by that")
  func otherTable() throws {
    let id = try site.addImport(by: owner, Self.foreign)
    let before = page(id)
    var form = try chosen(on: before)
    let table = try #require(form.keys.first { form[$0] == "Contacts" && $0.hasPrefix("t") })
    form[table] = "Deals"
    let deals = compare(id, form)
    #expect(deals.status == 200 && deals.contains("Choose where the columns go now"))
    #expect(deals.contains("<option value=\"loan_amount\">Loan amount</option>"))
    #expect(try found(id).status == .uploaded)
  }

  @Test("A file can be left out, and then all of it is listed")
  func leftOut() throws {
    let id = try site.addImport(by: owner, Self.foreign)
    var form = try chosen(on: page(id))
    for name in form.keys where name.hasPrefix("t") { form[name] = "" }
    let page = compare(id, form)
    #expect(page.status == 422 && page.contains("no file is imported; choose what one of them is"))
    #expect(page.contains("columns is imported."))
  }

  @Test("Files that can't be read are said to be, without the server's paths")
  func unreadable() throws {
    let id = try site.addImport(by: owner, ["crm.zip": "no ZIP"])
    let page = page(id)
    #expect(page.status == 422 && page.contains("crm.zip") && !page.contains(site.folder.path))
    #expect(page.contains("Cancel the import"))
  }

  // MARK: Preview, progress, report

  @Test("The preview counts by file, tells what is left out, and changes nothing")
  func preview() throws {
    let id = try site.addImport(.ready, by: owner)
    let page = page(id)
    for text in [
      "Nothing is changed yet", "<td data-label=\"Rows\">1,203</td>", "1 user added", "4 links",
      "team: it is not imported",
      "And 7 more.", "Confirm</button>", "Change the mapping",
    ] { #expect(page.contains(text), "\(text)") }
    #expect(page.contains("data-import=\"\(id.rawValue)\" data-status=\"ready\""))
  }

  @Test("Confirm queues it behind an export of how it was; a second one, in any tab, gets 409")
  func confirm() throws {
    let id = try site.addImport(.ready, by: owner)
    let address = "/settings/import/\(id.rawValue)"
    let first = browser.post(address + "/confirm")
    #expect(first.location == address)
    #expect(browser.get(address).contains("Confirmed. You can close this page"))
    let before = try #require(try found(id).before)
    #expect(page(id).contains("First an export of how it is now is made"))
    for _ in 1...19 {
      let again = browser.post(address + "/confirm")
      #expect(again.status == 409 && again.contains("can’t be confirmed"))
    }
    #expect(try found(id).before == before)
    #expect(try site.database.read { try $0.value("SELECT count(*) FROM export") } == 1)
  }

  @Test("While another one is at work, none is begun")
  func busy() throws {
    let running = try site.addImport(.ready, by: owner)
    let id = try site.addImport(.ready, by: owner)
    try site.bring(running, to: .processing)
    let page = browser.post("/settings/import/\(id.rawValue)/confirm")
    #expect(page.status == 409 && page.contains("Another import is at work."))
  }

  @Test("Confirm and Undo ask for the password where the last proof is old, and go on after it")
  func proof() throws {
    let ready = try site.addImport(.ready, by: owner)
    site.clock.move(by: Session.proofLimit)
    let asked = browser.post("/settings/import/\(ready.rawValue)/confirm")
    #expect(asked.status == 200 && asked.contains("To import <bdi>Contacts.csv, Deals.csv</bdi>"))
    #expect(try found(ready).status == .ready)
    let kept = try #require(asked.kept)
    _ = browser.confirm(kept)
    #expect(try found(ready).status == .queued)
  }

  @Test("While it runs the fragment says how far it is; without a session it is 401, and it is no activity")
  func progress() throws {
    let id = try site.addImport(.processing, by: owner)
    let fragment = browser.get("/settings/import/\(id.rawValue)/status")
    #expect(
      fragment.contains("data-running") && fragment.contains("Comparing") && fragment.contains("<progress"))
    #expect(!fragment.contains("<html"))
    #expect(page(id).contains("content=\"5; url=/settings/import/\(id.rawValue)?refresh=1\""))
    #expect(site.browser().get("/settings/import/\(id.rawValue)/status").status == 401)
  }

  @Test("One that failed says what is wrong, by line and column, and that there may be more")
  func failed() throws {
    let id = try site.addImport(by: owner)
    let problem = "{\"file\":\"Deals.csv\",\"line\":12,\"column\":\"loan_amount\",\"message\":\"no amount\"}"
    try site.bring(
      id, to: .failed, problems: "[" + Array(repeating: problem, count: 20).joined(separator: ",") + "]")
    let page = page(id)
    #expect(page.contains("Deals.csv, line 12, column loan_amount: no amount"))
    #expect(
      page.contains("There may be more") && page.contains("Change the mapping")
        && !page.contains("Retry</button>"))
    try site.bring(id, to: .failed, reason: "The disk is full.")
    #expect(self.page(id).contains("The disk is full.") && self.page(id).contains("Retry</button>"))
  }

  @Test("One that is completed links how it was before, and can be undone once it was asked")
  func undo() throws {
    let export = try site.completedExport(by: owner)
    let id = try site.addImport(.completed, by: owner)
    _ = try site.database.write { try $0.run("UPDATE import SET before_export = ?", export) }
    #expect(page(id).contains("How it was before: <a href=\"/settings/export?export=\(export.rawValue)"))
    let question = browser.get("/settings/import/\(id.rawValue)/undo")
    #expect(question.contains("Undo the import of <bdi>Contacts.csv, Deals.csv</bdi>?"))
    #expect(browser.post("/settings/import/\(id.rawValue)/undo").status == 303)
    let found = try found(id)
    #expect(found.status == .queued && found.step == .undo)
    #expect(browser.post("/settings/import/\(id.rawValue)/undo").status == 409)
  }

  @Test("One that something newer was imported after has no Undo")
  func tooLate() throws {
    let id = try site.addImport(.completed, by: owner)
    _ = try site.database.write { try $0.run("UPDATE import SET can_undo = 0") }
    #expect(!page(id).contains("/undo"))
    #expect(browser.get("/settings/import/\(id.rawValue)/undo").status == 409)
  }

  @Test("Cancel removes the files, and the page says that nothing was changed")
  func cancel() throws {
    let id = try site.addImport(.ready, by: owner)
    let answer = browser.post("/settings/import/\(id.rawValue)/cancel")
    #expect(
      browser.follow(answer).contains(
        "The import is cancelled, and its files are removed. Nothing was changed."))
    #expect(!site.imports.folder.hasFiles(id))
    #expect(browser.post("/settings/import/\(id.rawValue)/mapping").status == 409)
  }

  @Test("Every state has a page, and its word", arguments: Import.Status.allCases)
  func states(_ status: Import.Status) throws {
    let id = try site.addImport(status, by: owner)
    #expect(page(id).status == 200)
    #expect(browser.get("/settings/import").contains("data-status=\"\(status.rawValue)\""))
    #expect(
      browser.get("/settings/import/\(id.rawValue)/status").contains("data-status=\"\(status.rawValue)\""))
  }

  private static let foreign = [
    "people.csv": "Contact id,Full name,Email,Shoe size\r\n7,Ada Lovelace,ada@x.example,38\r\n",
    "readme.csv": "a,b\r\n1,2\r\n",
  ]

  private func page(_ id: ImportID) -> Page { browser.get("/settings/import/\(id.rawValue)") }

  private func found(_ id: ImportID) throws -> Import {
    try #require(try site.database.read { try $0.imports.find(id, of: owner.organisation) })
  }

  @discardableResult
  private func compare(_ id: ImportID, _ form: [String: String]) -> Page {
    var fields = Form(["csrf_token": browser.csrfToken ?? ""])
    for (name, value) in form { fields = fields.adding(name, value) }
    return browser.send(.post, "/settings/import/\(id.rawValue)/mapping", body: fields.encoded)
  }

  /// What the form of the page sends where nobody changes it.
  private func chosen(on page: Page) throws -> [String: String] {
    var form = ["allowed_removals": "20"]
    for hidden in page.text.matches(of: /type="hidden" name="(from|s[0-9]+)" value="([^"]*)"/) {
      form[String(hidden.1)] = String(hidden.2)
    }
    for select in page.text.matches(of: /<select class="input"[^>]*name="([tc][0-9_]+)"[\s\S]*?<\/select>/) {
      form[String(select.1)] = select.0.firstMatch(of: /value="([^"]*)" selected/).map { String($0.1) } ?? ""
    }
    return form
  }

  /// The name of the field of a column.
  private func field(_ title: String, on page: Page) throws -> String {
    let row = try #require(
      page.text.firstMatch(
        of: try Regex("id=\"h([0-9]+_[0-9]+)\"><bdi>\(title)</bdi>", as: (Substring, Substring).self)))
    return "c\(row.output.1)"
  }
}

extension Page {
  fileprivate func contains(regex: String) throws -> Bool { try text.firstMatch(of: Regex(regex)) != nil }
}
