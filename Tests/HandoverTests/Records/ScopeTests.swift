import SQLite
import Testing

@testable import Handover

@Suite struct ScopeTests {
  @Test("Ann's scope: her deals and contacts, all that belongs to them, and the users named there")
  func severalRecords() throws {
    let small = try SmallOffice()
    let archive = try small.office.export(small.organisation, .user(UserID(rawValue: 1)))
    #expect(try archive.column("deal_id", of: .deals) == ["D-1", "D-12"])
    // 1 and 2 are on her deal, 4 is hers, a note on her deal names 5, a task on her deal names 6.
    #expect(try archive.column("contact_id", of: .contacts) == ["C-1", "C-2", "C-4", "C-5", "C-6"])
    // Not 2 and 8, which name Bob's deal, though one names her contact and the other is by her. Not 5, whose
    // contact is in only because another note names it.
    #expect(try archive.column("note_id", of: .notes) == ["N-1", "N-3", "N-4", "N-6"])
    #expect(try archive.column("task_id", of: .tasks) == ["T-1", "T-3", "T-4"])
    #expect(try archive.column("deal_ids", of: .contacts) == ["D-1", "D-1", "", "", ""])
    #expect(try archive.column("contact_id", of: .dealContacts) == ["C-2", "C-1"])
    #expect(try archive.column("user_id", of: .users) == ["U-1", "U-2", "U-5"])
  }

  @Test("Cid's scope, with one contact: that, its note, and its author")
  func oneContact() throws {
    let small = try SmallOffice()
    let archive = try small.office.export(small.organisation, .user(UserID(rawValue: 5)))
    #expect(try archive.column("deal_id", of: .deals) == [])
    #expect(try archive.column("contact_id", of: .contacts) == ["C-5"])
    #expect(try archive.column("note_id", of: .notes) == ["N-5"])
    #expect(try archive.column("task_id", of: .tasks) == [])
    #expect(try archive.column("user_id", of: .users) == ["U-1", "U-5"])
  }

  @Test("Every id of the demo leads to a row, in every scope")
  func noDanglingIDs() throws {
    let office = try ExportOffice()
    for organisation in try office.makeDemo(rows: 3_000) {
      let users = try office.database.read { try $0.users.all(of: organisation.id) }
      for scope in [.organisation] + users.map({ Scope.user($0.id) }) {
        #expect(try danglingIDs(in: office.export(organisation, scope)) == [])
      }
    }
  }

  @Test("The scopes of all the demo's users together hold every row")
  func union() throws {
    let office = try ExportOffice()
    let organisation = try #require(try office.makeDemo(rows: 3_000).first)
    var deals = Set<String>()
    let users = try office.database.read { try $0.users.all(of: organisation.id) }
    for user in users {
      deals.formUnion(try office.export(organisation, .user(user.id)).column("deal_id", of: .deals))
    }
    let all = try office.export(organisation).records(.deals)
    #expect(deals == Set(all.filter { $0["owner_id"] != "" }.compactMap { $0["deal_id"] }))
  }

  /// Ids in an archive that have no row in it.
  private func danglingIDs(in archive: Unpacked) throws -> [String] {
    var known = Set<String>()
    for table in Table.all where table.name != .dealContacts {
      known.formUnion(try archive.column(table.primaryKey[0], of: table.name))
    }
    var dangling: [String] = []
    for table in Table.all {
      let records = try archive.records(table.name)
      for column in table.columns {
        switch column.format {
        case .id, .ids:
          let ids = records.flatMap { ($0[column.name] ?? "").components(separatedBy: "; ") }
          dangling += ids.filter { $0 != "" && !known.contains($0) }
        default: break
        }
      }
    }
    return dangling
  }
}
