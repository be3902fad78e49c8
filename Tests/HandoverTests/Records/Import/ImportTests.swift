import Testing

@testable import Handover

@Suite struct ImportTests {
  let fixture: ImportFixture

  init() throws {
    fixture = try ImportFixture()
  }

  @Test("Columns may be missing or in another order, with LF and without a byte order mark")
  func columnOrder() throws {
    let report = try fixture.importFolder([
      "Deals.csv": "loan_amount,deal_name,deal_id\n12000,Home,D-3\n,,D-1\n"
    ])
    #expect(
      try fixture.rows("SELECT deal_id, deal_name, loan_amount FROM deal") == ["1||", "3|Home|1200000"])
    #expect(report.rows == 2)
    #expect(report.files == [.init(table: .deals, rows: 2, added: 2)])
  }

  @Test("CRLF, a byte order mark and quotes are accepted too")
  func crlf() throws {
    try fixture.importFolder(["Notes.csv": "\u{FEFF}note_id,note_content\r\nN-1,\"a \"\"b\"\",\r\nc\"\r\n"])
    #expect(try fixture.rows("SELECT note_content FROM note") == ["a \"b\",\r\nc"])
  }

  @Test("A missing created_at is the time of the import, whether column or cell is missing")
  func createdAt() throws {
    try fixture.importFolder([
      "Deals.csv": "deal_id,created_at\nD-1,\nD-2,2020-02-29T23:59:59Z\n", "Tasks.csv": "task_id\nT-1\n",
    ])
    #expect(
      try fixture.rows("SELECT created_at FROM deal UNION ALL SELECT created_at FROM task")
        == ["2026-05-02T09:30:00Z", "2020-02-29T23:59:59Z", "2026-05-02T09:30:00Z"])
  }

  @Test("Formula protection is undone in texts")
  func formulaProtection() throws {
    try fixture.importFolder([
      "Deals.csv": "deal_id,deal_name,labels,summary,stage,lender\nD-1,'=1,'-a; b,''x,-1.5,'\n"
    ])
    #expect(
      try fixture.rows("SELECT deal_name, labels, summary, stage, lender FROM deal") == ["=1|-a; b|'x|-1.5|"])
  }

  @Test("Numbers are stored exactly")
  func numbers() throws {
    try fixture.importFolder([
      "Deals.csv": """
      deal_id,deal_value,interest_rate,loan_term_months,archived
      D-1,-0.05,5.8901,360,true
      D-2,92233720368547758.07,6,-1,false
      D-3,-92233720368547758.08,0.1,0,
      """
    ])
    #expect(
      try fixture.rows("SELECT deal_value, interest_rate, loan_term_months, archived FROM deal") == [
        "-5|58901|360|1", "9223372036854775807|60000|-1|0", "-9223372036854775808|1000|0|",
      ])
  }

  @Test("Columns that repeat other columns are ignored")
  func repeatedColumns() throws {
    try fixture.importFolder([
      "Deals.csv":
        "deal_id,primary_contact_id,contact_ids,owner_id,owner_name\nD-1,C-9,C-8; C-9,U-1,Somebody\n",
      "Contacts.csv": "contact_id,full_name,deal_ids\nC-1,Ann,D-7\n",
      "DealContacts.csv": "deal_id,contact_id\nD-1,C-1\n", "Users.csv": "user_id,name\nU-1,Olga\n",
      "Notes.csv": "note_id,deal_id,deal_name,contact_name\nN-1,D-1,Another name,Nobody\n",
    ])
    #expect(try fixture.rows("SELECT deal_id, contact_id, role, position FROM deal_contact") == ["1|1||1"])
    #expect(try fixture.rows("SELECT name FROM user") == ["Olga"])
  }

  @Test("Links without a position follow the order of the rows, deal by deal")
  func positions() throws {
    try fixture.importFolder([
      "Deals.csv": "deal_id\nD-1\nD-2\n", "Contacts.csv": "contact_id\nC-1\nC-2\nC-3\n",
      "DealContacts.csv":
        "deal_id,contact_id,role\nD-2,C-3,guarantor\nD-1,C-2,\nD-2,C-1,primary\nD-1,C-1,other\n",
    ])
    #expect(
      try fixture.rows("SELECT deal_id, position, contact_id, role FROM deal_contact ORDER BY 1, 2")
        == ["1|1|2|", "1|2|1|other", "2|1|3|guarantor", "2|2|1|primary"])
  }

  @Test(
    "Without DealContacts.csv the lists make the links; the first contact is primary unless another is told")
  func listsMakeLinks() throws {
    let report = try fixture.importFolder([
      "Deals.csv": "deal_id,contact_ids,primary_contact_id\nD-1,C-2; C-1,C-1\nD-2,,\nD-3,C-2; C-1,\n",
      "Contacts.csv": "contact_id\nC-1\nC-2\n",
    ])
    #expect(
      try fixture.rows("SELECT deal_id, position, contact_id, role FROM deal_contact ORDER BY 1, 2")
        == ["1|1|2|", "1|2|1|primary", "3|1|2|primary", "3|2|1|"])
    #expect(report.linksFromLists == 4)
  }

  @Test("Without any list the primary contact makes the link")
  func primaryContactMakesLink() throws {
    try fixture.importFolder([
      "Deals.csv": "deal_id,primary_contact_id\nD-1,C-1\n", "Contacts.csv": "contact_id\nC-1\n",
    ])
    #expect(try fixture.rows("SELECT deal_id, contact_id, role FROM deal_contact") == ["1|1|primary"])
  }

  @Test("A missing organisation and a missing path are reported")
  func notFound() throws {
    #expect(throws: HandoverError("there is no organisation 99; handover organisation list shows all")) {
      try fixture.importFolder(["Deals.csv": "deal_id\n"], into: OrganisationID(rawValue: 99))
    }
    #expect(throws: HandoverError("can't open /nowhere: No such file or directory")) {
      try fixture.importFiles(at: "/nowhere")
    }
  }

  @Test("Other organisations may have the same ids")
  func sameIDs() throws {
    let files = ["Deals.csv": "deal_id\nD-1\n", "Users.csv": "user_id,email\nU-1,a@example.com\n"]
    try fixture.importFolder(files)
    try fixture.importFolder(files.filter { $0.key == "Deals.csv" }, into: fixture.addOrganisation())
    #expect(try fixture.rows("SELECT edition_id, deal_id FROM deal") == ["1|1", "2|1"])
  }

  @Test("Progress goes up to the end, also where files are read twice")
  func progress() throws {
    var last = (0, 0)
    let place = try fixture.zip([
      ("Deals.csv", Array("deal_id,owner_id,owner_email\nD-1,U-1,a@example.com\n".utf8)),
      ("Notes.csv", Array("note_id\nN-1\n".utf8)),
    ])
    _ = try Importer(database: fixture.database, clock: ImportFixture.clock)
      .importFiles(at: place, into: fixture.organisation, in: fixture.path("")) { done, total in
        #expect(done > last.0 && done <= total)
        last = (done, total)
      }
    #expect(last.0 == last.1 && last.0 > 0)
  }
}
