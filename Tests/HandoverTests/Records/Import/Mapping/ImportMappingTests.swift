import Foundation
import TestSupport
import Testing

@testable import Handover

@Suite("A mapping, as a file") struct ImportMappingTests {
  private static let deals = #"{"file": "deals*", "table": "Deals", "columns": {"source_id": "ID"}}"#

  @Test(
    "Those that come with Handover can be read, and are written as they are read", arguments: try builtIn())
  func builtIns(_ mapping: ImportMapping) throws {
    #expect(
      try ImportMapping(Array(mapping.json.utf8), name: mapping.name, file: "").files.map(\.columns.count)
        == mapping.files.map(\.columns.count))
    var again = try ImportMapping(Array(mapping.json.utf8), name: mapping.name, file: "")
    again.files = again.files.map(\.withoutLines)
    var first = mapping
    first.files = first.files.map(\.withoutLines)
    #expect(again == first)
  }

  private static func builtIn() throws -> [ImportMapping] {
    try ImportMapping.builtIn(in: MappingFixture.templates)
  }

  @Test("There is one for each CRM that is named, our own first")
  func names() throws {
    #expect(
      try ImportMapping.builtIn(in: MappingFixture.templates).map(\.name) == [
        "handover", "hubspot", "pipedrive", "salesforce", "zoho",
      ])
    #expect(try ImportMapping.named("zoho", in: MappingFixture.templates).title == "Zoho CRM")
    #expect(throws: HandoverError.self) { try ImportMapping.named("goldmine", in: MappingFixture.templates) }
  }

  /// With UPDATE_DOCUMENTATION=1 the test writes it instead.
  @Test("The one of our own has every column of an export")
  func own() throws {
    let files = Table.all.map { table in
      let columns = table.columns.compactMap { column in
        MappingTarget(column.name, of: table).map {
          ImportMapping.Column(target: $0, sources: [.init(origin: .column(column.name))])
        }
      }
      return ImportMapping.File(names: [table.name.rawValue], table: table.name, columns: columns)
    }
    var own = ImportMapping(name: ImportMapping.own, title: "Handover", files: files)
    own.isProtected = true
    own.isLoose = true
    let path = MappingFixture.templates + "/mappings/handover.json"
    if ProcessInfo.processInfo.environment["UPDATE_DOCUMENTATION"] == "1" {
      try own.json.write(toFile: path, atomically: true, encoding: .utf8)
    } else {
      #expect(try String(contentsOfFile: path, encoding: .utf8) == own.json)
    }
  }

  @Test(
    "What is wrong is said in one sentence, with its line",
    arguments: [
      ("[]", "m.json, line 1: a mapping is an object: {\"version\": 1, \"files\": […]}"),
      ("{\"files\": []}", "m.json, line 1: the version is missing; write \"version\": 1"),
      (
        "{\n\"version\": 2}",
        "m.json, line 2: this Handover reads version 1 of mappings only; write \"version\": 1, or install a newer Handover"
      ),
      ("{\"version\": 1}", "m.json, line 1: \"files\" is missing: which file is which table"),
      (
        "{\"version\": 1,\n\"files\": [\(deals)}",
        "m.json, line 2: a comma or a closing bracket is missing here"
      ),
      (
        "{\"version\": 1, \"files\": [\(deals)]}\n x",
        "m.json, line 2: something stands after the end of the JSON"
      ),
      (
        "{\"version\": 1, \"title\": \"\u{1}\"}",
        "m.json, line 1: the text that begins in line 1 has no closing quote"
      ),
      (
        "{\"version\": 1, \"title\": \"\\ud800\"}",
        "m.json, line 1: a backslash stands before something that it can't"
      ),
      (
        "{\"version\": 1, \"files\": [\(deals)], \"dates\": \"dd/mm\"}",
        "m.json, line 1: \"dd/mm\" is not how dates are written; write it as \"dd/mm/yyyy\" or \"m/d/yy\""
      ),
      (
        "{\"version\": 1, \"files\": [\(deals)], \"encoding\": \"latin\"}",
        "m.json, line 1: \"encoding\" is one of \"utf-8\", \"utf-16\", \"windows-1252\""
      ),
      (
        "{\"version\": 1, \"files\": [\(deals)], \"time_zone\": \"Moon/Sea\"}",
        "m.json, line 1: \"Moon/Sea\" is no time zone; write it as \"Australia/Sydney\" or \"UTC\""
      ),
      (
        "{\"version\": 1,\n\"title\": \"a\",\n\"title\": \"b\", \"files\": [\(deals)]}",
        "m.json, line 3: \"title\" stands in line 2 already; leave one of them"
      ),
      (
        "{\"version\": 1, \"files\": [{\"table\": \"Leads\", \"columns\": {}}]}",
        "m.json, line 1: there is no such table; write one of Deals, Contacts, Notes, Tasks, DealContacts, Users"
      ),
      (
        "{\"version\": 1, \"files\": [{\"table\": \"Users\", \"columns\": {\"name\": \"Name\"}}]}",
        "m.json, line 1: nothing is mapped onto user_id, so the records of Users have no id"
      ),
      (
        "{\"version\": 1, \"files\": [{\"table\": \"Deals\", \"columns\": {\"deal_name\": \"Name\"}}]}",
        "m.json, line 1: nothing is mapped onto deal_id or source_id, so the records of Deals have no id"
      ),
      (
        "{\"version\": 1, \"files\": [{\"table\": \"Users\", \"columns\": {\"user_id\": \"ID\", \"mail\": \"Mail\"}}]}",
        "m.json, line 1: Users has no column \"mail\"; its columns are user_id, name, email, role, active"
      ),
      (
        "{\"version\": 1, \"files\": [{\"table\": \"Users\", \"columns\": {\"user_id\": \"ID\",\n\"name\": \"A\",\n\"name\": \"B\"}}]}",
        "m.json, line 3: name is mapped in line 2 already; one column takes one value: join both, or choose one"
      ),
      (
        "{\"version\": 1, \"files\": [{\"table\": \"Tasks\", \"columns\": {\"source_id\": \"ID\", \"deal_id by name\": \"A\", \"deal_name\": \"B\"}}]}",
        "m.json, line 1: deal_id by name is mapped in line 1 already; one column takes one value: join both, or choose one"
      ),
      (
        "{\"version\": 1, \"files\": [{\"table\": \"Users\", \"columns\": {\"user_id\": {\"column\": \"A\", \"value\": \"B\"}}}]}",
        "m.json, line 1: a value comes from one of \"column\", \"join\" and \"value\""
      ),
      (
        "{\"version\": 1, \"files\": [{\"table\": \"Users\", \"columns\": {\"user_id\": {\"colum\": \"A\"}}}]}",
        "m.json, line 1: \"colum\" means nothing here; what may stand here: column, join, with, value, values, dates, prefix, starts, split, part, where"
      ),
      (
        String(repeating: "[", count: 100),
        "m.json, line 1: lists and objects stand too deep in each other"
      ),
    ])
  func faults(_ json: String, _ sentence: String) throws {
    do {
      _ = try ImportMapping(Array(json.utf8), name: "m", file: "m.json")
      Issue.record("the mapping was not refused")
    } catch {
      #expect(error.problems.first?.description == sentence)
    }
  }

  @Test("The documentation has an example that can be read, and all that a mapping may say")
  func documentation() throws {
    let text = try String(contentsOfFile: Repository.path + "/Documentation/Mappings.md", encoding: .utf8)
    let example = try #require(text.firstMatch(of: /```json\n([^`]*)```/)).1
    let mapping = try ImportMapping(Array(example.utf8), name: "loans", file: "Mappings.md")
    #expect(mapping.files.map(\.columns.count) == [6])
    do {
      _ = try ImportMapping(Array("{\"version\": 1, \"x\": 1}".utf8), name: "", file: "")
    } catch {
      let known = try #require(error.problems.first?.message.split(separator: ": ").last)
      #expect(known.split(separator: ", ").allSatisfy { text.contains("`\($0)`") })
    }
    for mapping in try Self.builtIn() { #expect(text.contains("| `\(mapping.name)` |")) }
  }

  @Test("A mapping without a fault is taken")
  func sound() throws {
    _ = try ImportMapping(
      Array("\u{FEFF}{\"version\": 1, \"files\": [\(Self.deals)]}".utf8), name: "m", file: "m.json")
  }

  @Test("A column of ids is named by id, name or address; those beside it are the same")
  func targets() {
    let notes = Table.named(.notes)
    #expect(MappingTarget("author_name", of: notes) == MappingTarget("author_id by name", of: notes))
    #expect(MappingTarget("author_email", of: notes)?.text == "author_id by email")
    #expect(MappingTarget("deal_name", of: notes)?.text == "deal_id by name")
    #expect(MappingTarget("deal_name", of: .deals)?.text == "deal_name")
    #expect(MappingTarget("primary_contact_name", of: .deals)?.text == "primary_contact_id by name")
    for wrong in [
      "deal_id by name", "deal_name by name", "owner_id by", "owner_id by post", "owner_id  by name", "",
    ] {
      #expect(MappingTarget(wrong, of: .deals) == nil, "\(wrong)")
    }
  }
}

extension ImportMapping.File {
  fileprivate var withoutLines: Self {
    var file = self
    file.line = 0
    file.columns = file.columns.map { .init(target: $0.target, sources: $0.sources) }
    return file
  }
}
