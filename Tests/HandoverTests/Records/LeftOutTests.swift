import Foundation
import TestSupport
import Testing

@testable import Handover

@Suite("What a single user's export leaves behind") struct LeftOutTests {
  /// The same counts, from the cells of two archives alone.
  private func counted(_ whole: Unpacked, _ part: Unpacked, of user: String) throws -> LeftOut {
    let deals = try whole.records(.deals)
    let inDeals = Set(try part.column("deal_id", of: .deals))
    let inContacts = Set(try part.column("contact_id", of: .contacts))
    let owners = Dictionary(uniqueKeysWithValues: deals.map { ($0["deal_id"] ?? "", $0["owner_id"] ?? "") })
    let shared = Set(
      try whole.records(.dealContacts).filter { inContacts.contains($0["contact_id"] ?? "") }
        .compactMap { $0["deal_id"] })
    func outside(_ table: Table.Name, by column: String) throws -> (others: Int, rest: Int) {
      let id = table == .notes ? "note_id" : "task_id"
      let inside = Set(try part.column(id, of: table))
      let own = try whole.records(table).filter { $0[column] == user && !inside.contains($0[id] ?? "") }
      let others = own.filter { row in
        let owner = row["deal_id"].flatMap { owners[$0] } ?? ""
        return owner != "" && owner != user
      }
      return (others.count, own.count - others.count)
    }
    let (notes, tasks) = (try outside(.notes, by: "author_id"), try outside(.tasks, by: "assigned_to_id"))
    return LeftOut(
      deals: shared.filter { !inDeals.contains($0) && owners[$0] != "" }.count,
      notes: notes.others, tasks: tasks.others, otherNotes: notes.rest, otherTasks: tasks.rest,
      unownedDeals: owners.values.filter(\.isEmpty).count,
      unownedContacts: try whole.records(.contacts)
        .filter { $0["owner_id"] == "" && !inContacts.contains($0["contact_id"] ?? "") }.count)
  }

  @Test("The counts are those of the rows that are in the whole and not in the part, for every user")
  func counts() throws {
    let office = try ExportOffice()
    var seen = LeftOut()
    for organisation in try office.makeDemo(rows: 1_500) {
      // Some records of nobody's, on which others have written.
      try office.execute(
        """
        UPDATE deal SET owner_id = NULL WHERE edition_id = \(organisation.id.rawValue) AND deal_id % 7 = 3;
        UPDATE contact SET owner_id = NULL WHERE edition_id = \(organisation.id.rawValue) AND contact_id % 5 = 2;
        UPDATE note SET author_id = 1 + note_id % 3 WHERE edition_id = \(organisation.id.rawValue)
          AND EXISTS (SELECT 1 FROM user WHERE user.organisation_id = note.edition_id AND user.id = 3);
        """)
      let whole = try office.export(organisation)
      for user in try office.database.read({ try $0.users.all(of: organisation.id).prefix(6) }) {
        let part = try office.export(organisation, .user(user.id))
        let leftOut = try #require(part.report.leftOut)
        #expect(try leftOut == counted(whole, part, of: user.id.description), "\(user.id)")
        seen.notes += leftOut.notes
        seen.otherNotes += leftOut.otherNotes
        seen.deals += leftOut.deals
        seen.unownedDeals += leftOut.unownedDeals
      }
      #expect(whole.report.leftOut == nil)
    }
    #expect(seen.notes > 0 && seen.otherNotes > 0 && seen.deals > 0 && seen.unownedDeals > 0, "\(seen)")
  }

  /// What is made of the small office, where Dee (U-6) owns nothing and has written on nothing, on nobody's contact
  /// and on Bob's deal.
  static let changes = [
    "no deal is nobody's": "",
    "some are nobody's": "UPDATE deal SET owner_id = NULL WHERE deal_id = 2;",
    "a deal's owner is disabled": "UPDATE deal SET owner_id = 5 WHERE deal_id = 2;",
    "the organisation's owner owns all": """
    UPDATE deal SET owner_id = 1; UPDATE contact SET owner_id = 1;
    """,
    "nobody owns any": "UPDATE deal SET owner_id = NULL; UPDATE contact SET owner_id = NULL;",
    "there is one user": """
    UPDATE deal SET owner_id = 1; UPDATE contact SET owner_id = 1 WHERE contact_id <> 3;
    UPDATE note SET author_id = 1; UPDATE task SET assigned_to_id = 1; DELETE FROM user WHERE id <> 1;
    """,
  ]

  @Test("So they are where few own anything", arguments: changes.keys.sorted())
  func small(_ name: String) throws {
    let small = try SmallOffice()
    try small.office.execute(
      """
      INSERT INTO user (organisation_id, id, name, role, active, created_at) VALUES (2, 6, 'Dee', 'user', 1, 0);
      INSERT INTO note (edition_id, note_id, deal_id, contact_id, author_id, created_at) VALUES
        (2, 9, NULL, NULL, 6, '2026-05-02T09:30:00Z'), (2, 10, NULL, 3, 6, '2026-05-02T09:30:00Z'),
        (2, 11, 2, NULL, 6, '2026-05-02T09:30:00Z');
      INSERT INTO task (edition_id, task_id, deal_id, contact_id, assigned_to_id, created_at) VALUES
        (2, 6, NULL, NULL, 6, '2026-05-02T09:30:00Z'), (2, 7, NULL, 3, 6, '2026-05-02T09:30:00Z'),
        (2, 8, 2, NULL, 6, '2026-05-02T09:30:00Z');
      \(Self.changes[name] ?? "")
      """)
    let whole = try small.office.export(small.organisation)
    for user in try small.office.database.read({ try $0.users.all(of: small.organisation.id) }) {
      let part = try small.office.export(small.organisation, .user(user.id))
      #expect(
        try part.report.leftOut == counted(whole, part, of: user.id.description), "\(user.displayName)")
    }
  }

  @Test("README.txt and datapackage.json say the same numbers, and what it is for")
  func said() throws {
    let office = try ExportOffice()
    let organisation = try #require(try office.makeDemo(rows: 3_000).first)
    let archive = try office.export(organisation, .user(UserID(rawValue: 2)), for: "Mia leaves in May")
    let leftOut = try #require(archive.report.leftOut)
    let readMe = archive.text("README.txt")
    #expect(readMe.contains("\r\nWhat for: Mia leaves in May\r\n"))
    for line in leftOut.lines {
      #expect(readMe.contains("\(Wording.grouped(line.count))  \(line.label)\r\n"), "\(line.label)")
    }
    let package = try DataPackage(decoding: archive.files[DataPackage.file] ?? [])
    #expect(package.leftOut == leftOut && package.purpose == "Mia leaves in May")
    let whole = archive.text(DataPackage.file)
    #expect(whole.contains("\"deals_of_others\" : \(leftOut.deals)"))
  }

  @Test("ExportFormat.md has each count's member and words")
  func documented() throws {
    let text = try String(
      contentsOf: Repository.appending("Documentation/ExportFormat.md"), encoding: .utf8)
    for key in LeftOut.CodingKeys.allCases {
      #expect(text.contains("| `\(key.rawValue)` | \(key.meaning) |"), "\(key)")
    }
  }
}
