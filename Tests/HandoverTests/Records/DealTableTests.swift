import SQLite
import Testing

@testable import Handover

/// Lists of deals, their search, and what a page shows of one.
@Suite("Deals") struct DealTableTests {
  let office: ExportOffice
  let organisation: OrganisationID
  let known = DealChoices.Known(limit: 9)

  init() throws {
    let small = try SmallOffice()
    office = small.office
    organisation = small.organisation.id
    try office.database.write { connection in
      try connection.execute(
        """
        UPDATE deal SET lender = 'Numbat Bank', status = 'won', deal_ref = 'HB-7' WHERE deal_id = 1;
        UPDATE deal SET status = 'open', security_address = '12 Łódź Street, Perth' WHERE deal_id = 2;
        """)
      for id in [1, 2] {
        try connection.records.updateSearches(of: OrganisationID(rawValue: Int64(id)))
      }
    }
  }

  private func find(_ filter: DealFilter, _ scope: Scope = .organisation, page: Int = 1, of size: Int = 9)
    throws
    -> FoundDeals
  {
    try office.database.read {
      try $0.deals.page(page, of: size, filter, in: scope, of: organisation, known: known)
    }
  }

  private func ids(_ text: String, _ scope: Scope = .organisation) throws -> [Int64] {
    try find(DealFilter(text: text), scope).deals.map(\.id.rawValue)
  }

  private static let ann = Scope.user(UserID(rawValue: 1))
  private static let bob = Scope.user(UserID(rawValue: 2))

  @Test(
    "A search finds words of name, reference, lender and address in any order, an id, and no other office's",
    arguments: [
      ("", [12, 2, 1]), ("smith", [1]), ("HOUSE smith", [1]), ("bank numbat", [1]), ("hb-7", [1]),
      ("lodz", [2]), ("d-12", [12]), ("D-99", []), ("foreign", []), ("*", []), ("?", []), ("[a-z]", []),
      ("=cmd", [2]), ("%", []),
    ] as [(String, [Int64])])
  func search(text: String, expected: [Int64]) throws { #expect(try ids(text) == expected) }

  @Test("Where no deal has the words, those with a contact who has them are found, and it is said")
  func byContact() throws {
    let found = try find(DealFilter(text: "王秀英"))
    #expect(found.deals.map(\.id.rawValue) == [2, 1] && found.count == 2 && found.isByContact)
    #expect(try find(DealFilter(text: "王秀英"), page: 2, of: 1).deals.map(\.id.rawValue) == [1])
    #expect(try ids("Three", Self.ann) == [] && ids("Three", Self.bob) == [2])
    #expect(try find(DealFilter(text: "smith")).isByContact == false)
    #expect(try find(DealFilter(text: "nobody")).isByContact == false)
  }

  @Test("A user finds the own deals alone, by words, by status and by id")
  func scope() throws {
    #expect(try ids("", Self.ann) == [12, 1] && ids("", Self.bob) == [2])
    #expect(try find(DealFilter(), Self.ann).count == 2)
    #expect(try ids("smith", Self.bob) == [] && ids("D-1", Self.bob) == [] && ids("D-2", Self.bob) == [2])
    #expect(try find(DealFilter(status: "won"), Self.bob).count == 0)
    #expect(try name(1, Self.ann) == "Smith, \"House\"" && name(2, Self.ann) == nil)
    #expect(try name(2, .organisation) == "=cmd")
  }

  private func name(_ number: Int64, _ scope: Scope) throws -> String? {
    try office.database.read {
      try $0.deals.find(DealID(rawValue: number), of: organisation, in: scope)?.name
    }
  }

  @Test("A list is narrowed by status and owner, and each page has its part and the count of all")
  func pages() throws {
    #expect(try find(DealFilter(status: "open")).deals.map(\.id.rawValue) == [2])
    #expect(try find(DealFilter(owner: .user(UserID(rawValue: 1)))).deals.map(\.id.rawValue) == [12, 1])
    #expect(try find(DealFilter(owner: .nobody)).count == 0)
    try office.execute("UPDATE deal_search SET folded = 'alike'")
    for page in 1...4 {
      let found = try find(DealFilter(text: "alike"), page: page, of: 1)
      #expect(found.deals.map(\.id.rawValue) == (page > 3 ? [] : [[12, 2, 1][page - 1]]) && found.count == 3)
    }
  }

  @Test("What the deals can be narrowed by is counted anew when the records have changed")
  func choices() throws {
    func choices() throws -> DealChoices {
      try office.database.read { try $0.deals.choices(of: organisation, known: known) }
    }
    #expect(try choices().statuses == ["open", "won"])
    #expect(try choices().owners == [UserID(rawValue: 1): 2, UserID(rawValue: 2): 1])
    try office.execute("UPDATE deal_search SET status = 'lost' WHERE edition_id = 2")
    #expect(try choices().statuses == ["open", "won"])
    try office.execute("UPDATE edition SET version = version + 1")
    #expect(try choices().statuses == ["lost"])
  }

  @Test("A search reads the search's table by its key, and sorts nothing")
  func plan() throws {
    let plan = try office.database.read { connection in
      var statement = try connection.prepare(
        """
        EXPLAIN QUERY PLAN SELECT deal_id FROM deal_search
        WHERE edition_id = 1 AND folded GLOB '*a*' ORDER BY deal_id DESC LIMIT 50
        """)
      var lines: [String] = []
      while try statement.step() {
        if case .text(let line) = statement.cell(at: 3) { lines.append(String(copying: line)) }
      }
      return lines
    }
    #expect(plan.count == 1 && plan[0].hasPrefix("SEARCH deal_search USING PRIMARY KEY"), "\(plan)")
  }

  @Test("A deal has its contacts by position, its notes newest first, its tasks with the open ones first")
  func records() throws {
    let two = DealID(rawValue: 2)
    try office.execute(
      """
      UPDATE note SET created_at = '2026-05-03T00:00:00Z', note_content = 'x' || printf('%.*c', 4000, 'y')
        WHERE note_id = 2;
      INSERT INTO task (edition_id, task_id, deal_id, task_name, due_date, status, completed_at, created_at) VALUES
        (2, 11, 2, 'Done', '2026-01-01', 'completed', '2026-05-02T10:00:00Z', '2026-05-02T09:30:00Z'),
        (2, 12, 2, 'Soon', '2026-05-01', 'open', NULL, '2026-05-02T09:30:00Z');
      """)
    try office.database.read { connection in
      let deals = connection.deals
      let contacts = try deals.contacts(of: two, of: organisation, limit: 9)
      #expect(contacts.map(\.contact.displayName) == ["Three", "王秀英"])
      #expect(contacts.map(\.role) == ["guarantor", nil] && contacts[1].mobile == "+61 491 570 006")
      let notes = try deals.notes(of: two, of: organisation, limit: 9)
      #expect(notes.map(\.id) == [2, 8] && notes.map(\.isCut) == [true, false])
      #expect(notes[0].text.count == 4000 && notes[0].contact == "Four" && notes[0].author?.name == "Bob")
      #expect(try deals.notes(of: two, of: organisation, limit: 1).map(\.id) == [2])
      #expect(try deals.noteCount(of: two, of: organisation) == 2)
      let tasks = try deals.tasks(of: two, of: organisation, limit: 9)
      #expect(
        tasks.map(\.name) == ["Soon", "No", "Done"] && tasks.map(\.isCompleted) == [false, false, true])
      #expect(try deals.taskCount(of: two, of: organisation) == 3)
      #expect(try deals.contactCount(of: two, of: organisation) == 2)
      let values = try deals.values(of: DealID(rawValue: 1), of: organisation)
      #expect(values["loan_amount"] == .number(65_000_000) && values["created_at"] == .number(1_777_714_200))
      #expect(values["lender"] == .text("Numbat Bank") && values["product"] == nil)
    }
  }
}
