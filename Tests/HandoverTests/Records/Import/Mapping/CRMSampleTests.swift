import Foundation
import Testing

@testable import Handover

@Suite("Exports of other CRMs, the whole way") struct CRMSampleTests {
  let fixture: ImportFixture

  init() throws {
    fixture = try ImportFixture()
  }

  /// With UPDATE_DOCUMENTATION=1 the test writes what is expected: read it before it is committed.
  @Test(
    "A sample of each comes into the records, and out again cell by cell",
    arguments: ["hubspot", "pipedrive", "salesforce", "zoho"])
  func wholeWay(_ name: String) throws {
    try fixture.database.write { connection in
      for (name, email) in [("Maria Rossi", "maria@quokka.example"), ("Tom O'Hara", nil)] {
        _ = try connection.users.add(
          of: fixture.organisation, name: name, email: email, role: .user, isActive: email != nil,
          at: ImportFixture.now)
      }
    }
    let report = try importSample(name)
    let notes = report.notes.map(\.description).joined(separator: "\n") + "\n"
    try expect(Array(notes.utf8), in: "\(name)/notes.txt")
    for (file, bytes) in try fixture.tables(of: fixture.export()) { try expect(bytes, in: "\(name)/\(file)") }
    // The next night brings the same files.
    #expect(try importSample(name).changesNothing)
  }

  @Test("What a CRM's files name without having it is told, and the rest comes in")
  func looseEnds() throws {
    let files = try MappingFixture([
      "Opportunity.csv": "Id,Name,ContactId,AccountId\n006a,Loan,003x,001x\n",
      "Contact.csv": "Id,LastName\n003a,Ek\n",
      "OpportunityContactRole.csv":
        "OpportunityId,ContactId,Role,IsPrimary\n006a,003a,Payer,0\n006a,003a,Guarantor,0\n006a,003x,,0\n",
      "Task.csv": "Id,Subject,WhoId,WhatId\n00Ta,Call,003x,006a\n",
    ])
    let report = try importFiles(at: files.path, by: "salesforce")
    #expect(
      report.notes.map(\.description).filter { !$0.contains("left out") } == [
        "OpportunityContactRole.csv, line 3, column ContactId: 003a is on the deal 006a already",
        """
        OpportunityContactRole.csv, line 4, column ContactId: "003x" is not in Contacts.csv, so the link is not made
        """,
        "Task.csv, line 2, column WhoId: \"003x\" is not in Contacts.csv, so the link is not made",
      ])
    #expect(try fixture.rows("SELECT deal_id, contact_id, role FROM deal_contact") == ["1|1|other"])
    #expect(try fixture.rows("SELECT deal_id, contact_id FROM task") == ["1|"])
  }

  private func importSample(_ name: String) throws -> ImportReport {
    try importFiles(at: "\(MappingFixture.samples)/\(name)", by: name)
  }

  private func importFiles(at path: String, by name: String) throws -> ImportReport {
    let mapping = try ImportMapping.named(name, in: MappingFixture.templates)
    let sheets = try importSheets(at: path, as: mapping)
    let source = try MappedSource(sheets, by: mapping, zone: "Australia/Perth", zones: Zones())
    let importer = Importer(database: fixture.database, clock: ImportFixture.clock)
    let difference = fixture.path("difference.db")
    let report = try importer.compare(source, with: fixture.organisation, differenceAt: difference)
    try importer.apply(differenceAt: difference, to: fixture.organisation)
    return report
  }

  private func expect(_ bytes: [UInt8], in file: String) throws {
    let path = URL(fileURLWithPath: "\(MappingFixture.expected)/\(file)")
    if ProcessInfo.processInfo.environment["UPDATE_DOCUMENTATION"] == "1" {
      try FileManager.default.createDirectory(
        at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: path)
    } else {
      let expected = try String(decoding: Data(contentsOf: path), as: UTF8.self)
      #expect(String(decoding: bytes, as: UTF8.self) == expected, "\(file)")
    }
  }
}
