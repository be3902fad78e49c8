import SQLite
import Testing

@testable import Handover

@Suite("Deals in the browser")
struct DealPageTests {
  let site: TestSite
  let organisation: Organisation
  let owner: User
  let user: User

  init() throws {
    site = try TestSite()
    organisation = try site.addOrganisation()
    owner = try site.addUser("Maria Rossi", .owner, to: organisation)
    user = try site.addUser("Ben Cole", .user, to: organisation)
  }

  @Test("The owner sees all deals, newest first, with what they are about; a user the own ones")
  func list() throws {
    try site.addDeal(
      1, "Smith <refinance>", of: organisation, ownedBy: user,
      "deal_ref = 'HB-1', status = 'won', stage = 'Settlement', loan_amount = 65000000, currency = 'AUD', lender = 'Numbat'"
    )
    try site.addDeal(2, nil, of: organisation)
    let page = try site.open(owner).get("/deals")
    #expect(page.status == 200 && page.contains("1 deal") == false && page.contains("2 deals"))
    let places = try ["D-2", "D-1"].map {
      try #require(page.text.range(of: "data-deal=\"\($0)\"")).lowerBound
    }
    #expect(places == places.sorted())
    #expect(page.contains("<a class=\"strong\" href=\"/deals/D-1\"><bdi>Smith &lt;refinance&gt;</bdi></a>"))
    #expect(page.contains("AUD\u{A0}650,000") && page.contains("<bdi>Numbat</bdi>"))
    #expect(page.contains("Nobody"))
    let own = try site.open(user).get("/deals")
    #expect(own.contains("data-deal=\"D-1\"") && !own.contains("data-deal=\"D-2\""))
    #expect(own.contains("1 deal<") && !own.contains("name=\"owner\""))
  }

  @Test("A search keeps its words and filters on the way to the other pages, and says where nothing fits")
  func search() throws {
    for number in 1...51 {
      try site.addDeal(Int64(number), "Smith \(number)", of: organisation, ownedBy: user, "status = 'open'")
    }
    let browser = try site.open(owner)
    let page = browser.get("/deals?q=smith&status=open&owner=U-2")
    #expect(page.text.matches(of: /data-deal=/).count == 50 && page.contains("1 to 50 of 51 deals"))
    #expect(page.contains("href=\"/deals?q=smith&amp;status=open&amp;owner=U-2&amp;page=2\">Next"))
    #expect(page.contains("value=\"open\" selected") && page.contains("value=\"U-2\" selected"))
    #expect(browser.get("/deals?q=smith&page=2").text.matches(of: /data-deal=/).count == 1)
    #expect(browser.get("/deals?q=%3Cb%3E").contains("“<bdi>&lt;b&gt;</bdi>”"))
    #expect(browser.get("/deals?page=3").contains("There is no page 3."))
    #expect(browser.get("/deals?owner=nobody").contains("No deal fits."))
    // A user can't narrow the list to somebody else's.
    #expect(try site.open(user).get("/deals?owner=nobody").contains("51 deals"))
  }

  @Test("Where there is no deal yet, the page says how deals get there")
  func empty() throws {
    #expect(try site.open(owner).get("/deals").contains("<a href=\"/settings/import\">Import</a>"))
    let page = try site.open(user).get("/deals")
    #expect(page.contains("You own no deal yet.") && !page.contains("/settings/import"))
  }

  @Test("A deal shows its facts, contacts, tasks and notes, each text as it is")
  func deal() throws {
    try site.addDeal(
      7, "Smith", of: organisation, ownedBy: user,
      """
      loan_amount = 65000050, currency = 'AUD', interest_rate = 58900, rate_type = 'fixed', loan_term_months = 360,
      settled_date = '2026-05-02', labels = 'a; b', summary = 'one' || char(10) || '<two>', archived = 1
      """)
    try site.database.write { connection in
      let edition = try connection.editions.current(of: organisation.id).rawValue
      try connection.execute(
        """
        INSERT INTO contact (edition_id, contact_id, full_name, email, mobile, created_at)
          VALUES (\(edition), 3, 'Mia <Smith>', 'mia@x.example', '0491 570 006', '2026-05-02T09:30:00Z');
        INSERT INTO deal_contact (edition_id, deal_id, position, contact_id, role) VALUES (\(edition), 7, 1, 3, 'primary');
        INSERT INTO note (edition_id, note_id, deal_id, note_content, author_id, important, created_at)
          VALUES (\(edition), 1, 7, 'a' || char(10) || '<b>', 1, 1, '2026-05-02T09:30:00Z');
        INSERT INTO task (edition_id, task_id, deal_id, task_name, due_date, status, created_at)
          VALUES (\(edition), 1, 7, 'Call <her>', '2001-02-03', 'open', '2026-05-02T09:30:00Z');
        """)
    }
    let page = try site.open(user).get("/deals/D-7")
    #expect(page.status == 200)
    for text in [
      "<dt><bdi>Loan</bdi></dt><dd><bdi>AUD\u{A0}650,000.50</bdi></dd>", "<bdi>5.89%, fixed</bdi>",
      "<bdi>30 years</bdi>",
      "<bdi>2\u{A0}May\u{A0}2026</bdi>", "<bdi>a; b</bdi>", "one\n&lt;two&gt;", "Archived",
      "Mia &lt;Smith&gt;", "mailto:mia@x.example", "tel:0491 570 006", "Primary", "a\n&lt;b&gt;",
      "Maria Rossi", "Important", "Call &lt;her&gt;", "Overdue", "Due 3\u{A0}February\u{A0}2001",
    ] { #expect(page.contains(text), "\(text)") }
  }

  @Test("While documents are on their way the page refreshes itself, which does not count as a use")
  func refreshing() throws {
    let deal = try site.addDeal(7, to: organisation.id)
    let browser = try site.open(owner)
    let path = "/deals/D-7?refresh=1"
    try site.addLink(to: organisation.id)
    #expect(browser.get("/deals/D-7").contains("data-status=\"\(path)\""))
    #expect(!browser.get(path).contains("data-running"))
    try site.addDocument("a.pdf", "a", to: deal, by: owner)
    #expect(browser.get(path).contains("data-running"))
    for _ in 1...5 {
      site.clock.move(by: .minutes(10))
      #expect(browser.get(path).status == 200)
    }
    site.clock.move(by: .minutes(10))
    #expect(browser.get("/deals").status == 303)
  }

  @Test(
    "A deal's documents have their size, who and when, their buttons, and no state where nothing is linked")
  func documents() throws {
    try site.addDeal(7, "Smith", of: organisation, ownedBy: user)
    let deal = DealID(rawValue: 7)
    try site.addDocument("Payslip <May>.pdf", "pay", to: deal, by: user)
    try site.addDocument("b.pdf", "statement", to: deal, by: owner)
    let browser = try site.open(user)
    let page = browser.get("/deals/D-7")
    for text in [
      "data-document=\"F-1\" data-state=\"not linked\"",
      "href=\"/documents/F-1\" download><bdi>Payslip &lt;May&gt;.pdf",
      "3 bytes", "<bdi>Ben Cole</bdi>", "formaction=\"/documents/F-2/remove\"",
      "name=\"replaces\" value=\"F-1\"",
      "action=\"/deals/D-7/documents\"", "2\u{A0}GiB each at most", "put back for 30 days",
    ] { #expect(page.contains(text), "\(text)") }
    #expect(!page.contains("Not linked") && !page.contains("/retry"))
    #expect(browser.get("/deals").contains("· 2 documents"))
    let removed = browser.follow(browser.post("/documents/F-1/remove"))
    #expect(removed.contains("is removed.") && removed.contains("1 removed document"))
    #expect(
      removed.contains("formaction=\"/documents/F-1/restore\"")
        && !removed.contains("/documents/F-1/remove\""))
    #expect(!removed.contains("href=\"/documents/F-1\""))
  }

  @Test("Where a storage is linked each document has its state, and one that failed its reason and Retry")
  func states() throws {
    try site.addLink(to: organisation.id)
    try site.addDeal(7, "Smith", of: organisation, ownedBy: user)
    for name in ["a.pdf", "b.pdf"] {
      try site.addDocument(name, name, to: DealID(rawValue: 7), by: user)
    }
    _ = try site.database.write {
      try $0.run(
        "UPDATE sync SET status = 'failed', ended_at = 1, reason = 'Dropbox is full.' WHERE document_id = 2")
    }
    _ = try site.database.write {
      try $0.run("UPDATE sync SET failures = 1, reason = 'Dropbox hangs.' WHERE document_id = 1")
    }
    let page = try site.open(user).get("/deals/D-7")
    #expect(page.contains("<span class=\"state queued\">Waiting</span>"))
    #expect(page.contains("Dropbox hangs. It is tried again by itself."))
    #expect(page.contains("<span class=\"state failed\">Failed</span>") && page.contains("Dropbox is full."))
    #expect(page.contains("formaction=\"/documents/F-2/retry\"") && !page.contains("/documents/F-1/retry"))
  }

  @Test("Documents whose deal is gone are on a page of their own, for owner and admins")
  func strays() throws {
    try site.addDeal(7, "Smith", of: organisation, ownedBy: user)
    let deal = DealID(rawValue: 7)
    try site.addDocument("a.pdf", "a", to: deal, by: user)
    let browser = try site.open(owner)
    #expect(!browser.get("/deals").contains("without a deal"))
    try site.removeDeal(deal, of: organisation.id)
    try site.addDeal(8, "Other", of: organisation, ownedBy: user)
    #expect(browser.get("/deals").contains("<a href=\"/deals/none\">1 document</a> is without a deal"))
    let page = browser.get("/deals/none")
    #expect(page.contains("data-document=\"F-1\"") && page.contains("D-7 · 1 byte"))
    #expect(!page.contains("name=\"replaces\""))
    #expect(browser.post("/documents/F-1/remove").location?.hasPrefix("/deals/none#") == true)
    #expect(try !site.open(user).get("/deals").contains("without a deal"))
  }

  @Test("Of very many notes the newest are shown, and how many there are")
  func many() throws {
    try site.addDeal(7, "Smith", of: organisation)
    _ = try site.database.write { connection in
      try connection.run(
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234)
        INSERT INTO note (edition_id, note_id, deal_id, note_content, created_at)
          SELECT ?, i, 7, 'Note ' || i, '2026-05-02T09:30:00Z' FROM n
        """, connection.editions.current(of: organisation.id))
    }
    let page = try site.open(owner).get("/deals/D-7")
    #expect(
      page.contains("The newest 100 of 1,234;") && page.contains("Note 1234") && !page.contains("Note 1134<"))
  }

  @Test(
    "A deal of somebody else's, of another organisation and none at all are the same 404",
    arguments: ["D-2", "D-9", "D-0", "D-01", "d-1", "U-1", "D-1%20"])
  func foreign(id: String) throws {
    try site.addDeal(1, "Mine", of: organisation, ownedBy: user)
    try site.addDeal(2, "Hers", of: organisation, ownedBy: owner)
    try site.addDeal(9, "Elsewhere", of: site.addOrganisation("Other"))
    let browser = try site.open(user)
    #expect(browser.get("/deals/D-1").status == 200)
    let (page, unknown) = (browser.get("/deals/\(id)"), browser.get("/deals/D-77"))
    #expect(page.status == 404 && page.response.body == unknown.response.body)
    #expect(page.response.headers == unknown.response.headers)
  }

  @Test("Every page behind the sign-in leads to the deals, and marks where one is")
  func navigation() throws {
    let browser = try site.open(user)
    #expect(browser.get("/deals").contains("href=\"/deals\" aria-current=\"true\">Deals"))
    #expect(browser.get("/settings").contains("href=\"/settings\" aria-current=\"true\">Settings"))
    #expect(browser.get("/help").contains("href=\"/deals\">Deals"))
    #expect(site.browser().get("/deals").location == "/login?next=%2Fdeals")
  }
}
