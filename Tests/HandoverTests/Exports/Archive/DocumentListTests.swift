import Foundation
import Testing
import ZIP

@testable import Handover

/// Documents.csv, and what an archive says of documents.
@Suite struct DocumentListTests {
  let small: SmallOffice

  init() throws {
    small = try SmallOffice()
  }

  /// F-1 to F-7 of the small office, in every state but 'syncing' and 'not linked'; and somebody else's.
  private func addDocuments() throws {
    try small.office.execute(
      """
      INSERT INTO document (organisation_id, id, deal_id, name, bytes, sha256, added_at, added_by, removed_at) VALUES
        (1, 1, 1, 'foreign.pdf', 1, zeroblob(32), 0, NULL, NULL),
        (2, 1, 1, 'Payslip, "May".pdf', 1000000, x'\(Self.digest)', 1777714200, 2, NULL),
        (2, 2, 1, '=cmd.pdf', 0, zeroblob(32), 1777714200, NULL, NULL),
        (2, 3, 2, 'a.pdf', 3, zeroblob(32), 1777714200, 1, NULL),
        (2, 4, 99, '👍.pdf', 4, zeroblob(32), 1777714200, 1, NULL),
        (2, 5, 1, 'removed.pdf', 5, zeroblob(32), 1777714200, 1, 1777714300),
        (2, 6, 1, 'never there.pdf', 6, zeroblob(32), 1777714200, 1, 1777714300),
        (2, 7, 12, 'off.pdf', 7, zeroblob(32), 1777714200, 1, NULL);
      INSERT INTO storage_link (id, organisation_id, provider, account_id, account, status, reason, all_deals,
        linked_at, unlinked_at) VALUES
        ('\(Self.id(1))', 1, 'dropbox', '1', 'foreign@example.com', 'linked', NULL, 1, 0, NULL),
        ('\(Self.id(2))', 2, 'dropbox', '2', 'former@example.com', 'unlinked', NULL, 1, 0, 1),
        ('\(Self.id(3))', 2, 'google', '3', 'files@harbour.example', 'linked', NULL, 0, 0, NULL);
      INSERT INTO sync (id, organisation_id, link_id, document_id, status, not_before, ended_at, reason, sha256, path,
        has_own_name, synced_at) VALUES
        ('\(Self.id(4))', 2, '\(Self.id(3))', 1, 'completed', 0, 1, NULL, x'\(Self.digest)', 'H/D-1/Payslip.pdf', 1,
          1777714201),
        ('\(Self.id(5))', 2, '\(Self.id(3))', 2, 'queued', 0, NULL, NULL, zeroblob(32), '=H/D-1/cmd.pdf', 1, 1777714202),
        ('\(Self.id(6))', 2, '\(Self.id(3))', 3, 'failed', 0, 1, 'full', NULL, NULL, NULL, NULL),
        ('\(Self.id(7))', 2, '\(Self.id(3))', 4, 'completed', 0, 1, NULL, zeroblob(32), 'H/D-99/_.pdf', 0, 1777714203),
        ('\(Self.id(8))', 2, '\(Self.id(3))', 5, 'completed', 0, 1, NULL, zeroblob(32), 'H/D-1/removed.pdf', 1, 1777714204),
        ('\(Self.id(9))', 2, '\(Self.id(2))', 7, 'completed', 0, 1, NULL, zeroblob(32), 'former', 1, 1777714205);
      """)
  }

  private static let digest = String(repeating: "0a", count: 32)
  private static let zeros = String(repeating: "00", count: 32)

  private static func id(_ number: Int) -> String { String(repeating: "\(number)", count: 32) }

  @Test("Documents.csv lists every document with its state, those of deals that are gone too")
  func list() throws {
    try addDocuments()
    let archive = try small.office.export(small.organisation)
    let zeros = Self.zeros
    #expect(
      archive.text("Documents.csv")
        == """
        \u{FEFF}document_id,deal_id,name,bytes,sha256,added_at,synced_at,provider,remote_path,state
        F-1,D-1,"Payslip, ""May"".pdf",1000000,\(Self.digest),2026-05-02T09:30:00Z,2026-05-02T09:30:01Z,google,H/D-1/Payslip.pdf,synced
        F-2,D-1,'=cmd.pdf,0,\(zeros),2026-05-02T09:30:00Z,2026-05-02T09:30:02Z,google,'=H/D-1/cmd.pdf,waiting
        F-3,D-2,a.pdf,3,\(zeros),2026-05-02T09:30:00Z,,google,,failed
        F-4,,👍.pdf,4,\(zeros),2026-05-02T09:30:00Z,2026-05-02T09:30:03Z,google,H/D-99/_.pdf,name changed
        F-5,D-1,removed.pdf,5,\(zeros),2026-05-02T09:30:00Z,2026-05-02T09:30:04Z,google,H/D-1/removed.pdf,removed
        F-7,D-12,off.pdf,7,\(zeros),2026-05-02T09:30:00Z,,,,switched off

        """.replacing("\n", with: "\r\n"))
    #expect(archive.names.prefix(7).elementsEqual(Table.Name.allCases.map(\.file)))
    #expect(archive.report.files.map(\.name) == Table.Name.allCases.map(\.file))
    #expect(archive.report.files.last?.rows == 6)
  }

  @Test("The page, the e-mail and README.txt say which are in the storage, in one sentence")
  func sentence() throws {
    try addDocuments()
    let archive = try small.office.export(small.organisation)
    let text = try #require(archive.report.documents?.text)
    #expect(
      text == """
        2 of 5 documents are in Google Drive (files@harbour.example), 1 under another name; 3 are not: 1 waits, \
        1 failed, 1 is of a deal that is switched off. 1 that was removed here is still there. Documents.csv lists \
        them; the documents themselves are not in the ZIP.
        """)
    #expect(archive.text("README.txt").contains(text))
    #expect(archive.text("README.txt").contains("Documents.csv: Every document of these deals"))
  }

  @Test(
    "The sentence fits what there is",
    arguments: [
      (
        ["synced": 312, "waiting": 2, "failed": 1],
        "312 of 315 documents are in X (a@b); 3 are not: 2 wait, 1 failed."
      ),
      (["synced": 2], "All 2 documents are in X (a@b)."),
      (["synced": 1], "The document is in X (a@b)."),
      (["name changed": 1_000], "All 1,000 documents are in X (a@b), 1,000 under another name."),
      (["waiting": 1], "0 of 1 document are in X (a@b); 1 is not: 1 waits."),
      (["synced": 1, "syncing": 2], "1 of 3 documents is in X (a@b); 2 are not: 2 are being copied."),
      (["synced": 1, "removed": 2], "The document is in X (a@b). 2 that were removed here are still there."),
      (["removed": 1], "1 that was removed here is still there."),
    ])
  func sentences(states: [String: Int], text: String) {
    let counts = DocumentCounts(states: states, provider: "X", account: "a@b")
    #expect(
      ArchivedDocuments(counts: counts).text == text
        + " Documents.csv lists them; the documents themselves are not in the ZIP.")
  }

  @Test("Without a storage, and where it has to be linked again, the sentence says so")
  func withoutStorage() {
    #expect(
      ArchivedDocuments(counts: DocumentCounts(states: ["not linked": 3])).text.hasPrefix(
        "3 documents: no storage is linked, so none is copied anywhere. "))
    let counts = DocumentCounts(
      states: ["synced": 1, "waiting": 1], provider: "dropbox", account: "a@b", isSignedOut: true)
    #expect(
      ArchivedDocuments(counts: counts).text.hasPrefix(
        "1 of 2 documents is in Dropbox (a@b); 1 is not: 1 waits. The storage has to be linked again. "))
  }

  @Test("Documents.csv has the words of the states, and no others")
  func words() throws {
    let formats = Table.documents.columns.map(\.format)
    #expect(formats.last == .oneOf(DocumentState.allCases.map(\.rawValue)))
    #expect(formats.contains(.oneOf(StorageProvider.allCases.map(\.rawValue))))
  }

  @Test(
    "A user's export has the documents of the user's deals, a contact's those of the deals it is on",
    arguments: [
      (Scope.user(UserID(rawValue: 2)), ["F-3"]), (.user(UserID(rawValue: 1)), ["F-1", "F-2", "F-5", "F-7"]),
      (.contact(ContactID(rawValue: 2)), ["F-1", "F-2", "F-5"]), (.contact(ContactID(rawValue: 6)), []),
    ])
  func scopes(scope: Scope, ids: [String]) throws {
    try addDocuments()
    let archive = try small.office.export(small.organisation, scope)
    #expect(try archive.column("document_id", of: .documents) == ids)
    #expect(archive.names.contains("Documents.csv") == !ids.isEmpty)
    #expect((archive.report.documents != nil) == !ids.isEmpty)
    #expect(try Verification(of: small.office.folder + "/export.zip").problems == [])
  }

  @Test("Where there is no document, the archive is as it was before there were any")
  func none() throws {
    let archive = try small.office.export(small.organisation)
    #expect(
      archive.names == Table.Name.ofAll.map(\.file) + [
        VerifyPage.file, "datapackage.json", "README.txt", Manifest.file,
      ])
    #expect(archive.report.documents == nil)
    #expect(archive.text("README.txt").contains("These deals have none in Handover."))
  }

  @Test("`verify` accepts it, and its description has the keys")
  func verified() throws {
    try addDocuments()
    let archive = try small.office.export(small.organisation)
    let verification = try Verification(of: small.office.folder + "/export.zip")
    #expect(verification.problems == [] && verification.files.count == 7)
    let package = try DataPackage(decoding: archive.files[DataPackage.file] ?? [])
    let schema = try #require(package.resources.last?.schema)
    #expect(schema.primaryKey == ["document_id"])
    #expect(schema.foreignKeys.map(\.reference.resource) == ["deals"])
    #expect(schema.fields[4].constraints?.pattern == "[0-9a-f]{64}")
  }
}
