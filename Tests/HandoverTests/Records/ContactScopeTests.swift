import SQLite
import Testing

@testable import Handover

/// An export of everything on one contact, and of nobody else.
@Suite struct ContactScopeTests {
  let small: SmallOffice

  init() throws {
    small = try SmallOffice()
  }

  private func export(_ number: Int64) throws -> Unpacked {
    try small.office.export(small.organisation, .contact(ContactID(rawValue: number)))
  }

  @Test("The contact, its deals, what names it or them, and who else is on them")
  func rows() throws {
    let archive = try export(1)
    #expect(try archive.column("deal_id", of: .deals) == ["D-1", "D-2"])
    #expect(try archive.column("contact_id", of: .contacts) == ["C-1", "C-2", "C-3"])
    #expect(try archive.column("note_id", of: .notes) == ["N-1", "N-2", "N-8"])
    #expect(try archive.column("task_id", of: .tasks) == ["T-2", "T-3"])
    #expect(try archive.column("contact_id", of: .dealContacts) == ["C-2", "C-1", "C-3", "C-1"])
    #expect(try archive.column("role", of: .dealContacts) == ["co-borrower", "primary", "guarantor", ""])
    #expect(try archive.column("user_id", of: .users) == ["U-1", "U-2"])
  }

  @Test("Of other contacts there is the id, the name and the deals, and no other cell")
  func others() throws {
    let contacts = try export(1).records(.contacts)
    #expect(contacts[0]["mobile"] == "+61 491 570 006" && contacts[0]["owner_name"] == "Bob")
    #expect(contacts[0]["created_at"] == "2026-05-02T09:30:00Z")
    #expect(
      contacts[1].filter { $0.value != "" } == [
        "contact_id": "C-2", "full_name": "'@home", "deal_ids": "D-1",
      ])
    #expect(
      contacts[2].filter { $0.value != "" } == ["contact_id": "C-3", "full_name": "Three", "deal_ids": "D-2"])
  }

  @Test(
    "Where a note or a task names somebody who is not on these deals, or another deal, the cells are empty")
  func names() throws {
    let notes = try export(1).records(.notes)
    // N-2 hangs on a deal of the contact's and on C-4, who is not on it.
    #expect(
      notes.map { $0["contact_id"] } == ["", "", ""] && notes.map { $0["contact_name"] } == ["", "", ""])
    #expect(notes.map { $0["deal_id"] } == ["D-1", "D-2", "D-2"])
    let tasks = try export(1).records(.tasks)
    #expect(
      tasks.map { $0["contact_id"] } == ["C-1", ""] && tasks.map { $0["contact_name"] } == ["王秀英", ""])
    // N-3 names C-5 and a deal that it isn't on.
    let five = try export(5)
    #expect(try five.column("note_id", of: .notes) == ["N-3", "N-5"])
    #expect(try five.column("deal_id", of: .notes) == ["", ""])
    #expect(try five.column("contact_name", of: .notes) == ["Five", "Five"])
    #expect(try five.records(.deals).isEmpty && five.column("deal_ids", of: .contacts) == [""])
  }

  @Test("No text of another person's is anywhere in the archive but names")
  func leaks() throws {
    let texts = Table.contacts.columns.filter {
      !$0.isDerived && $0.name != "full_name" && ($0.format == .text || $0.format == .texts)
    }
    try small.office.execute(
      "UPDATE contact SET full_name = 'name ' || contact_id, "
        + texts.map { "\($0.name) = 'secret ' || contact_id" }.joined(separator: ", "))
    let archive = try export(1)
    let all = archive.names.map { archive.text($0) }.joined()
    #expect(all.matches(of: /secret (\d)/).map(\.1).allSatisfy { $0 == "1" })
    #expect(all.matches(of: /secret 1/).count == texts.count)
    // 4, 5 and 6 are on none of the deals, though notes and tasks of these deals name them.
    #expect(all.contains("name 2") && all.contains("name 3") && all.matches(of: /name [456]/).isEmpty)
  }

  @Test("Every contact's archive verifies, and its counts are those of SQL written otherwise")
  func everyContact() throws {
    let office = try ExportOffice()
    let organisation = try #require(try office.makeDemo(rows: 1_500).first)
    let contacts = try office.database.read { connection in
      try connection.all(
        "SELECT contact_id FROM contact WHERE edition_id = ? ORDER BY contact_id LIMIT 60",
        organisation.id
      ) { try $0["contact_id"] as ContactID }
    }
    #expect(contacts.count == 60)
    for contact in contacts {
      let archive = try office.export(organisation, .contact(contact))
      #expect(try Verification(of: office.folder + "/export.zip").problems == [])
      let counts = try office.database.read { connection in
        try connection.all(
          """
          WITH mine AS (SELECT deal_id FROM deal_contact WHERE edition_id = ?1 AND contact_id = ?2)
          SELECT (SELECT count(*) FROM mine) AS n UNION ALL
          SELECT max(1, count(DISTINCT contact_id)) FROM deal_contact
            WHERE edition_id = ?1 AND deal_id IN mine UNION ALL
          SELECT count(*) FROM note WHERE edition_id = ?1 AND (contact_id = ?2 OR deal_id IN mine) UNION ALL
          SELECT count(*) FROM task WHERE edition_id = ?1 AND (contact_id = ?2 OR deal_id IN mine)
          """, organisation.id, contact
        ) { try $0["n"] as Int }
      }
      #expect(Array(archive.report.files.map(\.rows).prefix(4)) == counts, "\(contact)")
    }
  }

  @Test("A contact that isn't there has no archive")
  func nobody() throws {
    #expect(throws: JobFailure("The organisation has no contact C-7.", isFinal: true)) { try export(7) }
  }

  @Test("datapackage.json and README.txt say whose archive it is, and what others’ empty cells mean")
  func description() throws {
    let archive = try export(1)
    let package = try DataPackage(decoding: archive.files["datapackage.json"] ?? [])
    #expect(
      package.scope.type == "contact" && package.scope.contactID == "C-1" && package.scope.userID == nil)
    let required = package.resources[1].schema.fields.filter { $0.constraints?.required == true }
    #expect(required.map(\.name) == ["contact_id"], "the others have no created_at")
    let text = archive.text("README.txt")
    #expect(text.contains("Scope: everything on the client 王秀英 (C-1)."))
    #expect(
      text.contains("What is known of other people.") && text.contains("What has nothing to do with C-1."))
  }

  @Test("It can be imported, and is then a whole organisation's export of the same rows")
  func imported() throws {
    _ = try export(1)
    let fixture = try ImportFixture()
    let report = try fixture.importFiles(at: small.office.folder + "/export.zip")
    #expect(report.rows == 2 + 3 + 3 + 2 + 4 + 2)
    let other = try Verification(of: try fixture.export())
    #expect(other.isSound && other.files.map(\.rows) == [2, 3, 3, 2, 4, 2])
  }

  @Test("It finds its rows by key, and sorts none of them", arguments: Table.Name.allCases)
  func plan(_ table: Table.Name) throws {
    let scope = Scope.contact(ContactID(rawValue: 1))
    let selection = Selection(table: .named(table), scope: scope)
    for sql in [selection.rows, selection.count] + [Selection.links(of: table, in: scope)].compactMap(\.self)
    {
      let plan = try small.office.database.read { connection in
        var statement = try connection.prepare("EXPLAIN QUERY PLAN " + sql)
        var lines: [String] = []
        while try statement.step() {
          if case .text(let line) = statement.cell(at: 3) { lines.append(String(copying: line)) }
        }
        return lines
      }
      #expect(!plan.contains { $0.contains("TEMP B-TREE FOR ORDER BY") }, "\(plan)")
      let scans = plan.filter { $0.hasPrefix("SCAN") }
      #expect(scans.allSatisfy { $0.contains("in_") || $0.contains("CONSTANT") }, "\(scans)")
    }
  }
}

/// Whom the dialog finds.
@Suite struct ContactSearchTests {
  let fixture: ImportFixture

  init() throws {
    fixture = try ImportFixture()
    try fixture.importFolder([
      "Contacts.csv": """
      contact_id,full_name,email,secondary_email,mobile
      C-1,Zoë O'Brien,zoe@example.com,z.obrien@work.example,0491 570 006
      C-2,Mia  King,mia@example.com,,
      C-7,,seven@example.com,,
      C-9,Mia Kowalski,,,
      """
    ])
  }

  private func found(_ text: String, limit: Int = 20, of organisation: OrganisationID? = nil) throws
    -> [String]
  {
    try fixture.database.read { connection in
      try connection.contacts.matching(text, of: organisation ?? fixture.organisation, limit: limit)
        .map(\.id.description)
    }
  }

  @Test(
    "By words of a name or an address, as one types them, or by the id",
    arguments: [
      ("zoe obrien", ["C-1"]), ("WORK.example", ["C-1"]), ("mia", ["C-2", "C-9"]), ("king mia", ["C-2"]),
      ("C-7", ["C-7"]), (" c-7 ", ["C-7"]), ("seven", ["C-7"]), ("C-8", []), ("nobody", []), ("%", []),
      ("0491", []),
      ("", ["C-1", "C-2", "C-7", "C-9"]),
    ] as [(String, [String])])
  func words(_ text: String, _ ids: [String]) throws {
    #expect(try found(text) == ids)
  }

  @Test("No more than asked for, and none of another organisation's")
  func bounds() throws {
    #expect(try found("", limit: 2) == ["C-1", "C-2"])
    let other = try fixture.addOrganisation()
    #expect(try found("mia", of: other) == [] && found("C-7", of: other) == [])
  }

  @Test("The search runs in the narrow table")
  func plan() throws {
    let plan = try fixture.database.read { connection in
      try connection.all(
        """
        EXPLAIN QUERY PLAN SELECT contact_id FROM contact_search
        WHERE edition_id = 1 AND instr(folded, 'x') ORDER BY contact_id LIMIT 20
        """
      ) { try $0["detail"] as String }
    }
    #expect(plan.count == 1 && plan[0].hasPrefix("SEARCH contact_search USING PRIMARY KEY"), "\(plan)")
  }
}
