import Testing

@testable import Handover

@Suite("Files of another CRM, by a mapping") struct MappedSourceTests {
  /// - Parameter columns: of Deals.
  private static func mapping(_ columns: String, more: String = "") -> String {
    """
    {"version": 1, \(more)
     "files": [{"file": "deals*", "table": "Deals", "columns": {"source_id": "ID", \(columns)}}]}
    """
  }

  @Test("Columns are joined, replaced, chosen and set")
  func values() throws {
    let files = try MappingFixture([
      "Deals 1.csv": "ID,First,Last,Won,Work,Home,Tags\n1,Ann,,Yes,,h@x,\"a, b\"\n2,Bo,Ek,no,w@x,h@x,\n"
    ])
    let source = try files.source(
      by: Self.mapping(
        """
        "deal_name": {"join": ["First", "Last"], "with": "-"},
        "status": {"column": "Won", "values": {"yes": "won", "*": "open"}},
        "referrer": ["Work", "Home"],
        "labels": {"column": "Tags", "split": ","},
        "workflow": {"value": "Loans"}
        """))
    #expect(source.columns(.deals) == "deal_name|workflow|status|referrer|labels|source_id")
    #expect(try source.rows(.deals) == ["Ann|Loans|won|h@x|a; b|1", "Bo-Ek|Loans|open|w@x||2"])
    #expect(
      source.notes.map(\.description) == [
        "Deals 1.csv, column Home: 1 value left out: the column isn't mapped, or another comes before it"
      ])
  }

  @Test("Dates, times and amounts come into the form of an export")
  func forms() throws {
    let files = try MappingFixture([
      "deals.csv": """
      ID,Due,Made,Amount,Rate,Months,Old
      1,3/4/2026,03/04/2026 9:30 PM,"$1,234.50","5,25",360.0,TRUE
      2,2026-04-03 00:00,2026-01-02T03:04:05+10:00,"(3)",5.8900,,n
      """
    ])
    let columns = """
      "finance_due_date": "Due", "created_at": "Made", "deal_value": "Amount", "interest_rate": "Rate",
      "loan_term_months": "Months", "archived": "Old"
      """
    let source = try files.source(
      by: Self.mapping(columns, more: "\"dates\": \"dd/mm/yyyy\", \"time_zone\": \"Australia/Sydney\","))
    #expect(
      try source.rows(.deals) == [
        "1234.5|5.25|360|2026-04-03|true|2026-04-03T10:30:00Z|1",
        "-3|5.89||2026-04-03|false|2026-01-01T17:04:05Z|2",
      ])
  }

  @Test("A date that could be two days asks the mapping; one that can't is taken")
  func ambiguousDates() throws {
    let files = try MappingFixture(["deals.csv": "ID,Due\n1,25/12/2026\n2,12/25/2026\n"])
    let source = try files.source(by: Self.mapping("\"finance_due_date\": \"Due\""))
    #expect(try source.rows(.deals) == ["2026-12-25|1", "2026-12-25|2"])
    let unclear = try MappingFixture(["deals.csv": "ID,Due\n1,3/4/2026\n"])
    let other = try unclear.source(by: Self.mapping("\"finance_due_date\": \"Due\""))
    var told = ""
    try other.eachRecord(of: .deals, ImportProblems(), counting: uncounted) { record in
      let message = Column.Format.date.problem(with: record[0])
      told = other.problem(at: 0, of: record, in: .deals, message).description
    }
    #expect(
      told == """
        deals.csv, line 2, column Due: "3/4/2026" is 2026-03-04 or 2026-04-03; say in the mapping how dates are written: \
        "dates": "dd/mm/yyyy" or "mm/dd/yyyy"
        """)
  }

  @Test("A problem has the file, the line and the column of the person, in any file of a table")
  func places() throws {
    let files = try MappingFixture([
      "deals 1.csv": "ID,Note\r\n1,\"two\r\nlines\"\r\n", "deals 2.csv": "Note,State,ID\r\nx,Maybe,2\r\n",
    ])
    let source = try files.source(
      by: Self.mapping(
        "\"archived\": \"State\", \"summary\": \"Note\"", more: "\"columns_may_be_missing\": true,"))
    var places: [String] = []
    try source.eachRecord(of: .deals, ImportProblems(), counting: uncounted) { record in
      #expect(record.count == 3)
      for place in 0..<3 {
        places.append(source.problem(at: place, of: record, in: .deals, "no").description)
      }
      #expect(record.position(of: 0).line == 2)
    }
    #expect(
      places == [
        "deals 1.csv, line 2, column Note: no", "deals 1.csv, line 2, column archived: no",
        "deals 1.csv, line 2, column ID: no", "deals 2.csv, line 2, column Note: no",
        "deals 2.csv, line 2, column State: no", "deals 2.csv, line 2, column ID: no",
      ])
  }

  @Test("Texts stay as they are, whatever they begin with and hold")
  func texts() throws {
    let awkward = AwkwardTexts.all.filter { !$0.isEmpty }
    let rows = awkward.enumerated().map { index, text in
      "\(index),\"\(text.replacing("\"", with: "\"\""))\"\r\n"
    }
    let files = try MappingFixture(["deals.csv": "ID,Name\r\n" + rows.joined()])
    let source = try files.source(by: Self.mapping("\"deal_name\": \"Name\""))
    var texts: [String] = []
    try source.eachRecord(of: .deals, ImportProblems(), counting: uncounted) { record in
      let cell = String(copying: record[0])
      texts.append(cell.hasPrefix("'") ? String(cell.dropFirst()) : cell)
    }
    #expect(texts == awkward)
  }

  @Test("What isn't mapped is counted, by file and column; blank cells are nothing")
  func losses() throws {
    let files = try MappingFixture([
      "deals.csv": "ID,Team,Phone,Phone,Empty\n1,North,1,2,\n2,South,,3,\n", "leads.csv": "A,B\n1,2\n",
    ])
    let source = try files.source(by: Self.mapping("\"referrer\": \"Phone\""))
    #expect(try source.rows(.deals) == ["1|1", "|2"])
    let notes = [
      "leads.csv: the file isn't mapped: its 2 columns are left out",
      "deals.csv, column Team: 2 values left out: the column isn't mapped, or another comes before it",
      "deals.csv, column Phone (2): 2 values left out: the column isn't mapped, or another comes before it",
    ]
    #expect(source.notes.map(\.description) == notes)
    _ = try source.rows(.deals)
    #expect(source.notes.map(\.description) == notes, "read twice, counted once")
  }

  @Test("Records and ids that the mapping takes only sometimes are told when they are left out")
  func conditions() throws {
    let files = try MappingFixture([
      "notes.csv": "ID,Parent,Deleted\n1,006a,0\n2,003b,FALSE\n3,006c,1\n4,00Qd,0\n"
    ])
    let json = """
      {"version": 1, "files": [{"table": "Notes", "where": {"Deleted": ["0", "false"]}, "columns": {
        "source_id": "ID", "deal_id": {"column": "Parent", "starts": "006"},
        "contact_id": {"column": "Parent", "starts": "003", "prefix": "c-"}}}]}
      """
    let source = try files.source(by: json)
    #expect(source.columns(.notes) == "deal_id|contact_id|source_id")
    #expect(try source.rows(.notes) == ["006a||1", "|c-003b|2", "||4"])
    #expect(
      source.notes.map(\.description) == [
        "notes.csv, column Parent: 1 value left out: the column isn't mapped, or another comes before it",
        "notes.csv, column Deleted: 1 record left out: the mapping takes others, or one with the same e-mail address is there",
      ])
  }

  @Test("Users of another CRM get ids of an export, which other files name them by")
  func users() throws {
    let files = try MappingFixture([
      "users.csv": "Id,Mail\n005B,b@x\n005A,a@x\n", "deals.csv": "ID,Owner\n1,005A\n2,005Z\n3,\n",
    ])
    let json = """
      {"version": 1, "files": [
        {"file": "users", "table": "Users", "columns": {"user_id": "Id", "email": "Mail"}},
        {"file": "deals", "table": "Deals", "columns": {"source_id": "ID", "owner_id": "Owner"}}]}
      """
    let source = try files.source(by: json)
    #expect(try source.rows(.users) == ["U-1|b@x", "U-2|a@x"])
    #expect(try source.rows(.deals) == ["U-2|1", "|2", "|3"])
    #expect(
      source.notes.map(\.description) == [
        "deals.csv, column Owner: 1 id of users left out: no file lists those users"
      ])
  }

  @Test("Two users with one e-mail address are one")
  func sharedAddresses() throws {
    let files = try MappingFixture([
      "users.csv": "Id,Mail\na,x@x\nb,X@x\nc,\nd,\n", "deals.csv": "ID,Owner\n1,b\n2,a\n3,d\n",
    ])
    let json = """
      {"version": 1, "files": [
        {"file": "users", "table": "Users", "columns": {"user_id": "Id", "email": "Mail"}},
        {"file": "deals", "table": "Deals", "columns": {"source_id": "ID", "owner_id": "Owner"}}]}
      """
    let source = try files.source(by: json)
    #expect(try source.rows(.users) == ["U-1|x@x", "U-3|", "U-4|"])
    #expect(try source.rows(.deals) == ["U-1|1", "U-1|2", "U-4|3"])
    #expect(source.notes.count == 1)
  }

  @Test("A cell of several addresses gives its first, and the others elsewhere")
  func parts() throws {
    let files = try MappingFixture(["people.csv": "ID,Mails\n1,\"a@x, b@x,c@x\"\n2,d@x\n3,\n"])
    let source = try files.source(
      by: """
        {"version": 1, "files": [{"table": "Contacts", "columns": {"source_id": "ID",
          "email": {"column": "Mails", "split": ",", "part": "first"},
          "secondary_email": {"column": "Mails", "split": ",", "part": "rest"}}}]}
        """)
    #expect(try source.rows(.contacts) == ["a@x|b@x, c@x|1", "d@x||2", "||3"])
    #expect(source.notes == [])
  }

  @Test("A file like another one is not taken for it, where files have the names that the mapping knows")
  func likeOthers() throws {
    let files = try MappingFixture([
      "Opportunity.csv": "Id,Name,StageName\n006a,Loan,New\n",
      "OpportunityHistory.csv": "Id,OpportunityId,StageName,Amount,CloseDate\n008a,006a,New,1,2026-01-01\n",
    ])
    let mapping = try ImportMapping.named("salesforce", in: MappingFixture.templates)
    let source = try MappedSource(importSheets(at: files.path), by: mapping, zone: "UTC", zones: Zones())
    #expect(try source.rows(.deals).count == 1)
    #expect(source.notes.map(\.file) == ["OpportunityHistory.csv"])
    let renamed = try MappingFixture(["export (1).csv": "Id,Name,StageName\n006a,Loan,New\n"])
    let other = try MappedSource(importSheets(at: renamed.path), by: mapping, zone: "UTC", zones: Zones())
    #expect(try other.rows(.deals).count == 1)
  }

  @Test("The first of several ids is taken where there is room for one")
  func firstOfSeveral() throws {
    let files = try MappingFixture(["notes.csv": "ID,Deals\n1,7;8\n2,9\n"])
    let source = try files.source(
      by:
        "{\"version\": 1, \"files\": [{\"table\": \"Notes\", \"columns\": {\"source_id\": \"ID\", \"deal_id\": \"Deals\"}}]}"
    )
    #expect(try source.rows(.notes) == ["7|1", "9|2"])
    #expect(
      source.notes.map(\.description) == [
        "notes.csv, column Deals: 1 value cut to the first of several ids: the column that it comes into has one"
      ])
  }

  @Test("A list of ids names nobody twice, whichever columns name them")
  func lists() throws {
    let files = try MappingFixture(["deals.csv": "ID,Person,People,Firm\n1,7,7; 8 ;,8\n2,,,\n"])
    let source = try files.source(
      by: Self.mapping(
        """
        "contact_ids": {"join": ["Person", "People", {"column": "Firm", "prefix": "firm-"}], "with": ";"}
        """))
    #expect(try source.rows(.deals) == ["7; 8; firm-8|1", "|2"])
  }

  @Test("Faults of a mapping against its files, each in one sentence")
  func faults() throws {
    let files = try MappingFixture(["deals.csv": "ID,Name,Deal\n1,a,D-1\n2,b,4711\n"])
    #expect(
      try files.refusal(by: Self.mapping("\"deal_name\": \"Nme\"")) == [
        "deals.csv, line 1: the mapping names a column \"Nme\", which is not there; its columns are ID, Name, Deal"
      ])
    #expect(
      try files.refusal(by: Self.mapping("\"deal_name\": \"Nme\"", more: "\"columns_may_be_missing\": true,"))
        == [])
    #expect(
      try files.refusal(by: Self.mapping("\"deal_id\": \"Deal\"")) == [
        """
        deals.csv, line 3, column Deal: "4711" is no id of an export, and such ids stand in the column, too; write all in \
        one form, or give those of elsewhere a "prefix" in the mapping
        """
      ])
    #expect(
      try files.refusal(
        by:
          "{\"version\": 1, \"files\": [{\"file\": \"people\", \"table\": \"Users\", \"columns\": {\"user_id\": \"User\"}}]}"
      )
        == ["none of the files fits the mapping test: Users would be in people, or a file with its columns"])
  }
}
