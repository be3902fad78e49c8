import SQLite
import Testing

@testable import Handover

/// What SQLite makes of the SELECTs of an export (sqlite.org/eqp.html).
@Suite struct SelectionPlanTests {
  @Test("The entire organisation is read by key, and nothing is sorted", arguments: Table.Name.allCases)
  func organisation(_ table: Table.Name) throws {
    let selection = Selection(table: .named(table), scope: .organisation)
    let plan = try plan(of: selection.rows) + (Selection.links(of: table, in: .organisation).map(plan) ?? [])
    // What is looked up beside: which organisation's the users are, whether a document's deal is there.
    let rows = plan.filter { !$0.contains("SCALAR SUBQUERY") }
    #expect(rows.allSatisfy { $0.hasPrefix("SEARCH") && !$0.contains("TEMP B-TREE") }, "\(plan)")
  }

  @Test(
    "The entire organisation is counted in a narrow index",
    arguments: [Table.Name.deals, .contacts, .notes, .tasks, .dealContacts])
  func count(_ table: Table.Name) throws {
    let plan = try plan(of: Selection(table: .named(table), scope: .organisation).count)
    #expect(plan.count == 1 && plan[0].contains("USING COVERING INDEX"), "\(plan)")
  }

  @Test(
    "Names are looked up in an index of names, and nothing is sorted",
    arguments: [Table.Name.deals, .contacts])
  func names(_ table: Table.Name) throws {
    let plan = try plan(of: Selection.names(of: table))
    #expect(
      plan.count == 1 && plan[0].contains("USING COVERING INDEX") && plan[0].contains("_named"), "\(plan)")
  }

  @Test("The scope of one user finds its rows by key, and sorts none of them", arguments: Table.Name.allCases)
  func user(_ table: Table.Name) throws {
    let scope = Scope.user(UserID(rawValue: 1))
    let selection = Selection(table: .named(table), scope: scope)
    let links = Selection.links(of: table, in: scope)
    for sql in [selection.rows, selection.count] + (links.map { [$0] } ?? []) {
      let plan = try plan(of: sql)
      #expect(!plan.contains { $0.contains("TEMP B-TREE FOR ORDER BY") }, "\(plan)")
      let scans = plan.filter { $0.hasPrefix("SCAN") }
      #expect(
        scans.allSatisfy { $0.contains("in_") || $0.contains("base_contact") || $0.contains("CONSTANT") },
        "\(scans)")
    }
  }

  @Test("What a user's export leaves behind is counted in narrow indexes, and no table is scanned")
  func leftOut() throws {
    let plan = try plan(of: LeftOut.sql)
    #expect(!plan.contains { $0.contains("FOR ORDER BY") || $0.contains("AUTOMATIC") }, "\(plan)")
    for table in ["deal", "contact", "note", "task", "link"] {
      let lines = plan.filter { $0.firstMatch(of: /^(?:SCAN|SEARCH) (\w+)/)?.1 == table[...] }
      #expect(!lines.isEmpty, "\(table)")
      #expect(
        lines.allSatisfy { $0.hasPrefix("SEARCH") && $0.contains(/COVERING INDEX|PRIMARY KEY/) }, "\(lines)")
    }
  }

  private func plan(of sql: String) throws -> [String] {
    let office = try ExportOffice()
    return try office.database.read { connection in
      var statement = try connection.prepare("EXPLAIN QUERY PLAN " + sql)
      var lines: [String] = []
      while try statement.step() {
        if case .text(let line) = statement.cell(at: 3) {
          lines.append(String(copying: line))
        }
      }
      return lines
    }
  }
}
