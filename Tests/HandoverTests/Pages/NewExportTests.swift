import Testing

@testable import Handover

/// The dialog, as the page that it is without JavaScript: who is chosen, and who is found.
@Suite("The dialog of a new export")
struct NewExportTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let mia: User

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    mia = try site.addUser("Mia King", .user, to: organisation)
    _ = try site.addUser("Zoe Long", .user, to: organisation)
  }

  private func page(_ query: String) throws -> Page {
    try site.open(owner).get("/settings/export/new?scope=user&" + query)
  }

  /// The names of who is chosen, and of who else was found.
  private func people(_ page: Page) -> [[String]] {
    let parts = page.text.split(separator: "id=\"people-found\"")
    func names(_ text: Substring?) -> [String] {
      (text ?? "").matches(of: /<bdi>([^<]*)<\/bdi>.*<span class="number/).map { String($0.1) }
    }
    return [names(parts.first), names(parts.last)]
  }

  @Test("Who is chosen stands above whoever is found, and counts as one of them")
  func chosen() throws {
    let found = try page("user_id=U-2&q=long")
    #expect(people(found) == [["Mia King"], ["Zoe Long"]])
    #expect(found.contains("name=\"user_id\" value=\"U-2\" checked"))
    #expect(found.contains("1 user found") && found.text.matches(of: /name="user_id" value="U-2"/).count == 1)
    let same = try page("user_id=U-2&q=king")
    #expect(people(same) == [["Mia King"], []])
    #expect(same.contains("1 user found") && same.contains("Nobody else has this name or e-mail address."))
    let none = try page("user_id=U-2&q=nobody")
    #expect(people(none) == [["Mia King"], []] && none.contains("0 users found"))
    #expect(none.contains("Nobody has this name or e-mail address."))
    #expect(
      none.contains("Confirm exports the data of <bdi>Mia King</bdi>, unless you choose somebody else."))
    let nobody = try page("q=nobody")
    #expect(people(nobody) == [[], []] && nobody.contains("Nobody has this name or e-mail address."))
    #expect(nobody.contains("Choose a user, then Confirm."))
  }

  @Test("Of more than the dialog lists, the chosen one is among those shown, whatever was searched")
  func many() throws {
    for number in 1...60 { _ = try site.addUser("Bo \(number)", .user, to: organisation, hasPassword: false) }
    let all = try page("user_id=U-63")
    #expect(people(all)[0] == ["Bo 60"] && people(all)[1].count == NewExportPage.listed)
    #expect(all.contains("50 of 63 users; search to find the others"))
    let bo = try page("user_id=U-2&q=bo")
    #expect(
      people(bo)[0] == ["Mia King"] && bo.contains("50 of 60 users found; type more to find the others"))
  }

  @Test("A search without JavaScript keeps the choice, and puts nothing else of the form into the address")
  func find() throws {
    let browser = try site.open(owner)
    let found = browser.post(
      "/settings/export/find", ["scope": "organisation", "user_id": "U-2", "q": "zoe & long"])
    #expect(found.status == 303)
    #expect(found.location == "/settings/export/new?scope=user&user_id=U-2&q=zoe+%26+long")
    let other = browser.post("/settings/export/find", ["user_id": "U-2<", "q": "zoe"])
    #expect(other.location == "/settings/export/new?scope=user&user_id=&q=zoe")
    #expect(browser.post("/settings/export/find", ["user_id": "U-2"], csrf: "wrong").status == 403)
    #expect(try site.database.read { try $0.exports.open(of: organisation.id).isEmpty })
  }

  @Test("Somebody of another organisation, or nobody, is not chosen", arguments: ["U-77", "U-0", "x", ""])
  func foreign(_ id: String) throws {
    let page = try page("user_id=\(id)")
    #expect(people(page)[0].isEmpty && !page.contains(" checked autofocus> <span><bdi>"))
  }

  @Test("Nobody chosen: the page comes back with what is wrong beside the search")
  func empty() throws {
    let page = try site.open(owner).post("/settings/export", ["scope": "user", "q": "mia"])
    #expect(page.status == 422 && page.contains("role=\"alert\">Choose a user.</p>"))
    #expect(page.contains("aria-describedby=\"people-problem\" autofocus"))
    #expect(try self.page("").contains("role=\"alert\" hidden>"))
  }

  @Test("Whoever has no record, and an organisation without any, is said to have none")
  func noRecords() throws {
    #expect(try page("q=mia").text.matches(of: /<span class="number hint">No records</).count == 2)
    try site.database.write { connection in
      try connection.run(
        """
        INSERT INTO note (edition_id, note_id, note_content, author_id, important, archived, created_at, updated_at)
        VALUES (?, 1, 'Called.', ?, 0, 0, '2026-05-02T09:30:00Z', NULL)
        """, organisation.id, mia.id)
      try connection.counts.update(of: organisation.id)
    }
    let page = try page("q=mia")
    #expect(page.contains("<span class=\"number hint\">2 rows</span>"), "the note, and Mia")
    #expect(page.contains("<span class=\"number hint\">4 rows</span>"), "the note, and three users")
  }

  private func addContacts(_ count: Int) throws {
    try site.database.write { connection in
      for number in 1...count {
        try connection.run(
          """
          INSERT INTO contact (edition_id, contact_id, full_name, email, created_at)
          VALUES (?1, ?2, 'Ana ' || ?2, 'ana' || ?2 || '@example.com', '2026-05-02T09:30:00Z')
          """, organisation.id, number)
      }
      try connection.records.updateSearches(of: organisation.id)
    }
  }

  @Test("One contact: found by name, address or id, kept above what is found, and exported")
  func contact() throws {
    try addContacts(30)
    let browser = try site.open(owner)
    let page = browser.get("/settings/export/new?scope=contact&contact_id=C-7&contact_q=ana")
    #expect(page.contains("name=\"contact_id\" value=\"C-7\" checked"))
    #expect(page.text.matches(of: /name="contact_id" value="C-\d+"/).count == ContactChoice.listed)
    #expect(page.contains("More than 20 contacts found; type more to find the others"))
    #expect(page.contains("Confirm exports all there is about <bdi>Ana 7</bdi>"))
    #expect(browser.get("/settings/export/new?scope=contact&contact_q=C-30").contains("1 contact found"))
    #expect(browser.get("/settings/export/new?scope=contact&contact_q=bo").contains("Nobody has this name"))
    let found = browser.post(
      "/settings/export/find",
      ["scope": "user", "find": "contact", "contact_id": "C-7", "contact_q": "ana 3"])
    #expect(
      found.location == "/settings/export/new?scope=contact&user_id=&q=&contact_id=C-7&contact_q=ana+3"
        || found.location?.hasSuffix("&contact_id=C-7&contact_q=ana+3") == true)
    let made = browser.post("/settings/export", ["scope": "contact", "contact_id": "C-7"])
    #expect(made.status == 303)
    let list = browser.get("/settings/export")
    #expect(list.contains("Single contact: <bdi>Ana 7</bdi>"))
    let again = browser.post("/settings/export", ["scope": "contact", "contact_id": "C-7"])
    #expect(again.status == 409 && again.contains("so no second one was started"))
  }

  @Test(
    "A contact that is none is refused beside the search", arguments: ["", "7", "C-0", "C-31", "c-7", "C-07"])
  func wrongContact(_ id: String) throws {
    try addContacts(1)
    let page = try site.open(owner).post("/settings/export", ["scope": "contact", "contact_id": id])
    #expect(page.status == 422)
    #expect(page.contains("role=\"alert\">\(id.isEmpty ? "Choose a contact." : ContactChoice.unknown)</p>"))
    #expect(page.text.matches(of: /role="alert">/).count == 1, "and not beside the users")
    #expect(try site.database.read { try $0.exports.open(of: organisation.id).isEmpty })
  }

  @Test("A cancelled export of a contact is undone and made again as one of that contact")
  func again() throws {
    try addContacts(2)
    let browser = try site.open(owner)
    _ = browser.post("/settings/export", ["scope": "contact", "contact_id": "C-2"])
    let id = try #require(
      try site.database.read { try $0.exports.open(of: organisation.id).first?.id.rawValue })
    let cancelled = browser.post("/settings/export/\(id)/cancel", [:])
    #expect(cancelled.status == 303)
    let page = browser.get("/settings/export")
    #expect(
      page.contains("name=\"undo\"") && page.text.matches(of: /name="contact_id" value="C-2"/).count == 1)
    #expect(page.contains("formaction=\"/settings/export\" name=\"again\" value=\"\(id)\""))
    #expect(browser.post("/settings/export", ["again": id]).status == 303)
    let again = try site.database.read { try $0.exports.open(of: organisation.id) }
    #expect(again.map(\.scope) == [.contact(ContactID(rawValue: 2))])
  }

  private func addDocuments() throws {
    try site.database.write { connection in
      try connection.execute(
        """
        INSERT INTO document (organisation_id, id, deal_id, name, bytes, sha256, added_at, removed_at) VALUES
          (\(organisation.id.rawValue), 1, 1, 'a.pdf', 1500000, zeroblob(32), 0, NULL),
          (\(organisation.id.rawValue), 2, 1, 'b.pdf', 500000, zeroblob(32), 0, NULL),
          (\(organisation.id.rawValue), 3, 1, 'removed.pdf', 9000000, zeroblob(32), 0, 1)
        """)
    }
  }

  @Test("'With documents' is a choice where there are some, with how many and how large they are")
  func documents() throws {
    #expect(try !page("").contains("name=\"documents\""))
    try addDocuments()
    let offered = try page("")
    #expect(offered.contains("name=\"documents\" value=\"1\">") && offered.contains("2 documents, 2.0 MB"))
    #expect(try page("documents=1").contains("name=\"documents\" value=\"1\" checked>"))
    let browser = try site.open(owner)
    let found = browser.post("/settings/export/find", ["scope": "user", "q": "mia", "documents": "1"])
    #expect(
      found.response.headers["Location"]?.contains("documents=1") == true, "The search keeps the choice.")
    let refused = browser.post("/settings/export", ["scope": "user", "user_id": "", "documents": "1"])
    #expect(refused.status == 422 && refused.contains("name=\"documents\" value=\"1\" checked>"))
  }

  @Test("An export with documents says so, and is made again and undone with them")
  func withDocuments() throws {
    try addDocuments()
    let browser = try site.open(owner)
    func open() throws -> [Export] { try site.database.read { try $0.exports.open(of: organisation.id) } }
    _ = browser.post("/settings/export", ["scope": "organisation", "documents": "1"])
    let first = try #require(try open().first)
    #expect(first.withDocuments && browser.get("/settings/export").contains("With documents"))
    _ = browser.post("/settings/export/\(first.id)/cancel", [:])
    _ = browser.post("/settings/export", ["scope": "organisation", "undo": first.id.rawValue])
    let second = try #require(try open().first)
    #expect(second.withDocuments)
    _ = browser.post("/settings/export/\(second.id)/cancel", [:])
    _ = browser.post("/settings/export", ["again": second.id.rawValue])
    #expect(try open().map(\.withDocuments) == [true])
    let events = try site.database.read { try $0.activity.events(of: organisation.id, limit: 10) }
    #expect(events.contains { $0.detail == "Entire organisation, with documents" })
  }

  @Test("The records come as CSV files, as an Excel workbook or both, and another word is refused")
  func format() throws {
    let browser = try site.open(owner)
    func open() throws -> [Export] { try site.database.read { try $0.exports.open(of: organisation.id) } }
    #expect(try page("").contains("name=\"format\" value=\"csv\" checked>"))
    #expect(try page("format=xlsx").contains("name=\"format\" value=\"xlsx\" checked>"))
    #expect(try page("format=pdf").contains("name=\"format\" value=\"csv\" checked>"))
    let found = browser.post("/settings/export/find", ["scope": "user", "q": "mia", "format": "both"])
    #expect(found.location?.contains("format=both") == true, "The search keeps the choice.")
    let refused = browser.post("/settings/export", ["scope": "organisation", "format": "pdf"])
    #expect(refused.status == 422 && refused.contains("Choose CSV files, an Excel workbook or both."))
    #expect(try open() == [])
    _ = browser.post("/settings/export", ["scope": "organisation", "format": "xlsx"])
    let first = try #require(try open().first)
    #expect(first.format == .xlsx && browser.get("/settings/export").contains("Excel workbook"))
    _ = browser.post("/settings/export/\(first.id)/cancel", [:])
    _ = browser.post("/settings/export", ["scope": "organisation", "undo": first.id.rawValue])
    let second = try #require(try open().first)
    #expect(second.format == .xlsx)
    _ = browser.post("/settings/export/\(second.id)/cancel", [:])
    _ = browser.post("/settings/export", ["again": second.id.rawValue])
    let third = try #require(try open().first)
    #expect(third.format == .xlsx)
    _ = browser.post("/settings/export/\(third.id)/cancel", [:])
    _ = browser.post("/settings/export", ["scope": "organisation"])
    #expect(try open().map(\.format) == [.csv])
    let events = try site.database.read { try $0.activity.events(of: organisation.id, limit: 20) }
    #expect(events.contains { $0.detail == "Entire organisation, as Excel workbook" })
  }

  @Test("'Export again' of an export that is another organisation's, or none, is not found")
  func againOfOthers() throws {
    let other = try site.addOrganisation("Other")
    let id = try site.completedExport(by: site.addUser("Ida Lang", .owner, to: other))
    let browser = try site.open(owner)
    for id in ["\(id)", "none", String(repeating: "0", count: 32)] {
      #expect(browser.post("/settings/export", ["again": id]).status == 404)
    }
    #expect(try site.database.read { try $0.exports.open(of: organisation.id).isEmpty })
  }
}
