import Testing

@testable import Handover

@Suite("What files seem to be") struct ImportGuessTests {
  private func guess(_ files: [String: String]) throws -> ImportGuess {
    let fixture = try MappingFixture(files)
    return try ImportGuess(
      importSheets(at: fixture.path), among: ImportMapping.builtIn(in: MappingFixture.templates))
  }

  @Test("The sample of each CRM is taken for one", arguments: ["hubspot", "pipedrive", "salesforce", "zoho"])
  func samples(_ name: String) throws {
    let sheets = try importSheets(at: "\(MappingFixture.samples)/\(name)")
    let guess = try ImportGuess(sheets, among: ImportMapping.builtIn(in: MappingFixture.templates))
    #expect(guess.mapping.name == name && !guess.isExport)
    #expect(guess.files.allSatisfy { $0.table != nil })
    // Nobody changed anything: it is the same mapping, for these files.
    let corrected = try guess.corrected(guess.choices)
    #expect(corrected.files.map(\.table) == guess.files.map(\.table))
  }

  @Test("Files of an export are; a column more, and they need a mapping")
  func export() throws {
    let deals = Table.deals.columns.map(\.name).joined(separator: ",")
    #expect(try guess(["Deals.csv": deals + "\n"]).isExport)
    let guess = try guess(["Deals.csv": deals + ",team\n"])
    #expect(
      guess.mapping.name == "handover" && !guess.isExport && guess.unmapped.map(\.columns) == [["team"]])
  }

  @Test("Columns of anybody's CSV are known by what they are called")
  func anybodys() throws {
    let guess = try guess([
      "my people.csv": "Contact ID,First Name,LAST_NAME,E-mail,Shoe size\n1,Ann,Ek,a@x,39\n"
    ])
    #expect(guess.files.map(\.table) == [.contacts])
    #expect(
      guess.files[0].columns.map { $0.target?.text } == ["contact_id", "first_name", "last_name", nil, nil])
    #expect(guess.files[0].columns.map(\.samples) == [["1"], ["Ann"], ["Ek"], ["a@x"], ["39"]])
  }

  @Test("Dates are read by those that can be read in one way")
  func dates() throws {
    func dates(_ cells: String...) throws -> ImportGuess.Dates {
      try guess(["Deals.csv": "deal_id,settled_date\n" + cells.map { "D-1,\($0)\n" }.joined()]).dates
    }
    #expect(try dates("03/04/2026", "25/04/2026") == .dayFirst)
    #expect(try dates("3/4/2026", "4/25/2026") == .monthFirst)
    #expect(try dates("03/04/2026", "") == .unclear)
    #expect(try dates("2026-04-03") == .plain)
    #expect(try dates("13/04/2026", "04/13/2026") == .plain)
  }

  @Test("What somebody chooses otherwise is what is imported")
  func corrections() throws {
    let fixture = try MappingFixture(["stuff.csv": "No,Title,Worth,Day\n7,Loan,\"1,000\",3/4/2026\n"])
    let sheets = try importSheets(at: fixture.path)
    let guess = try ImportGuess(sheets, among: ImportMapping.builtIn(in: MappingFixture.templates))
    let targets = ["source_id", "deal_name", "deal_value", "settled_date"].map {
      MappingTarget($0, of: .deals)
    }
    let mapping = try guess.corrected([.init(table: .deals, targets: targets)], dates: .monthFirst)
    let source = try MappedSource(sheets, by: mapping, zone: "UTC", zones: Zones())
    #expect(try source.rows(.deals) == ["Loan|1000|2026-03-04|7"])
    #expect(source.notes == [])
  }

  @Test("Two columns in one, none in the id, a column of another table: each is one sentence")
  func faults() throws {
    let guess = try guess(["stuff.csv": "No,A,B\n7,x,y\n"])
    func refusal(_ table: Table.Name?, _ targets: String?...) -> [String] {
      let targets = targets.map { text in
        text.flatMap { text in Table.all.lazy.compactMap { MappingTarget(text, of: $0) }.first }
      }
      do {
        _ = try guess.corrected([.init(table: table, targets: targets)])
        return []
      } catch { return error.problems.map(\.description) }
    }
    #expect(
      refusal(.deals, "source_id", "deal_name", "deal_name") == [
        "stuff.csv, column B: A and B both come into deal_name; choose one of them"
      ])
    #expect(
      refusal(.deals, nil, "deal_name", nil) == [
        "stuff.csv: choose the column that its records are known by: it comes into deal_id or source_id"
      ])
    #expect(
      refusal(.deals, "source_id", "note_content", nil) == [
        "stuff.csv, column A: Deals has no column note_content; choose another"
      ])
    #expect(refusal(nil, nil, nil, nil) == ["no file is imported; choose what one of them is"])
    #expect(refusal(.deals, "source_id", nil, nil) == [])
  }
}

extension ImportGuess {
  /// What is chosen where nobody chooses otherwise.
  fileprivate var choices: [Choice] {
    files.map { Choice(table: $0.table, targets: $0.columns.map(\.target)) }
  }
}
