import Foundation
import SQLite
import Testing

@testable import Handover

extension TestSite {
  /// - Parameter owner: whose deal it is.
  func addDeal(_ number: Int64, to organisation: OrganisationID, of owner: User? = nil) throws -> DealID {
    _ = try database.write {
      try $0.run(
        """
        INSERT INTO deal (edition_id, deal_id, deal_name, owner_id, created_at)
        VALUES ((SELECT edition_id FROM organisation WHERE id = ?), ?, ?, ?, '2026-05-02T09:30:00Z')
        """, organisation, number, "Deal \(number)", owner?.id)
    }
    return DealID(rawValue: number)
  }

  /// What an import does to a deal that is gone.
  func removeDeal(_ deal: DealID, of organisation: OrganisationID) throws {
    _ = try database.write {
      try $0.run(
        "DELETE FROM deal WHERE edition_id = (SELECT edition_id FROM organisation WHERE id = ?) AND deal_id = ?",
        organisation, deal)
    }
  }

  /// Files that came in.
  func upload(_ files: [(name: String, content: String)], to deal: DealID, by user: User) throws
    -> DocumentUpload
  {
    let outcome = try documents.receive(100, for: deal, by: user)
    guard case .done(let upload) = outcome else { throw Unexpected("\(outcome)") }
    for file in files {
      var rest = [Array(file.content.utf8)][...]
      #expect(try upload.take(file.name) { rest.popFirst() } == .done)
    }
    return upload
  }

  @discardableResult
  func addDocument(_ name: String, _ content: String, to deal: DealID, by user: User) throws -> DocumentID {
    let outcome = try documents.add(
      upload([(name, content)], to: deal, by: user), to: deal, by: user, from: "192.0.2.1")
    guard case .done(let added) = outcome else { throw Unexpected("\(outcome)") }
    return added[0].id
  }

  func document(_ id: DocumentID, of organisation: OrganisationID) throws -> Document {
    try #require(try database.read { try $0.documents.find(id, of: organisation) })
  }

  /// All files below the documents' folder, from it on.
  var documentFiles: [String] {
    let folder = documents.folder.path
    return ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []).filter {
      var isFolder: ObjCBool = false
      _ = unsafe FileManager.default.fileExists(atPath: "\(folder)/\($0)", isDirectory: &isFolder)
      return !isFolder.boolValue
    }.sorted()
  }

  /// A linked storage, without its secrets.
  @discardableResult
  func addLink(to organisation: OrganisationID, ofAllDeals: Bool = true, account: String = "files@x.example")
    throws -> StorageLinkID
  {
    let id = StorageLinkID(rawValue: hexadecimal(of: account))
    _ = try database.write {
      try $0.run(
        """
        INSERT INTO storage_link (id, organisation_id, provider, account_id, account, status, all_deals, linked_at)
        VALUES (?, ?, 'dropbox', ?3, ?3, 'linked', ?4, 0)
        """, id, organisation, account, ofAllDeals)
    }
    return id
  }

  private func hexadecimal(of text: String) -> String {
    String(String(text.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) }, radix: 16).reversed())
      .padding(toLength: 32, withPad: "0", startingAt: 0)
  }
}
