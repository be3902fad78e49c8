import Foundation
import SQLite
import TestSupport
import Testing

@testable import Handover

@Suite("Which documents are wanted in a linked storage")
struct SyncTableTests {
  let site: TestSite
  let owner: User
  let deal: DealID
  let other: DealID

  init() throws {
    site = try TestSite()
    owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    deal = try site.addDeal(1, to: owner.organisation)
    other = try site.addDeal(2, to: owner.organisation)
  }

  private var organisation: OrganisationID { owner.organisation }

  @Test("Without a link nothing is wanted; with one, what is added, replaced and put back")
  func verbs() throws {
    let before = try site.addDocument("a.pdf", "a", to: deal, by: owner)
    #expect(try syncs == [:] && site.document(before, of: organisation).state == .notLinked)
    try site.addLink(to: organisation)
    let id = try site.addDocument("b.pdf", "b", to: deal, by: owner)
    #expect(try syncs == [2: "queued"] && site.document(id, of: organisation).state == .waiting)
    try complete(id)
    #expect(try site.document(id, of: organisation).state == .synced)

    _ = try site.documents.replace(
      id, by: site.upload([("b.pdf", "c")], to: deal, by: owner), by: owner, from: "")
    #expect(try syncs == [2: "queued"])
    _ = try site.documents.restore(id, by: owner, from: "")
    // What is there is what it holds again; nobody has looked since.
    #expect(try syncs == [2: "queued"])
    try complete(id)
    _ = try site.documents.remove(id, by: owner, from: "")
    let removed = try site.document(id, of: organisation)
    #expect(try syncs == [2: "completed"] && removed.state == .removed)
    #expect(removed.syncedAt != nil && removed.remotePath == "x/2")
    _ = try site.documents.restore(id, by: owner, from: "")
    #expect(try syncs == [2: "completed"])
  }

  @Test("What is removed before it was copied is not copied, and is once it is put back")
  func removal() throws {
    try site.addLink(to: organisation)
    let id = try site.addDocument("a.pdf", "a", to: deal, by: owner)
    _ = try site.documents.remove(id, by: owner, from: "")
    #expect(try syncs == [1: "cancelled"])
    _ = try site.documents.restore(id, by: owner, from: "")
    #expect(try syncs == [1: "queued"])
    // One that runs is left: its row says what it has left there.
    try set("status = 'processing', started_at = 1")
    _ = try site.documents.remove(id, by: owner, from: "")
    _ = try site.documents.restore(id, by: owner, from: "")
    #expect(try syncs == [1: "processing"])
  }

  @Test("Deal by deal: what is switched on is wanted, and what is switched off no longer")
  func dealByDeal() throws {
    let link = try site.addLink(to: organisation, ofAllDeals: false)
    let id = try site.addDocument("a.pdf", "a", to: deal, by: owner)
    try site.addDocument("b.pdf", "b", to: other, by: owner)
    #expect(try syncs == [:] && site.document(id, of: organisation).state == .switchedOff)
    _ = try site.database.write {
      try $0.run("INSERT INTO storage_folder (link_id, deal_id, is_on) VALUES (?, 1, 1), (?1, 2, 0)", link)
    }
    try site.database.write { try $0.syncs.want(deal, of: organisation, at: site.clock.now) }
    #expect(try syncs == [1: "queued"])
    try site.database.write { try $0.syncs.cancel(deal, of: organisation, at: site.clock.now) }
    #expect(try syncs == [1: "cancelled"] && site.document(id, of: organisation).state == .switchedOff)
    try complete(id)
    try site.database.write { try $0.syncs.cancel(deal, of: organisation, at: site.clock.now) }
    #expect(try syncs == [1: "completed"])
    // What it holds by now is not what is there.
    _ = try site.database.write { try $0.run("UPDATE storage_folder SET is_on = 0") }
    _ = try site.documents.replace(
      id, by: site.upload([("a.pdf", "new")], to: deal, by: owner), by: owner, from: "")
    #expect(try syncs == [1: "completed"] && site.document(id, of: organisation).state == .switchedOff)
  }

  @Test("Wanting all queues what is not there, and leaves what is; Retry takes up what failed")
  func all() throws {
    let link = try site.addLink(to: organisation)
    for (number, content) in ["a", "b", "c", "d"].enumerated() {
      try site.addDocument("\(number).pdf", content, to: deal, by: owner)
    }
    try complete(DocumentID(rawValue: 1))
    try set("status = 'failed', ended_at = 1, reason = 'Full.', failures = 3", of: 2)
    try set("status = 'cancelled', ended_at = 1", of: 3)
    let failed = try site.document(DocumentID(rawValue: 2), of: organisation)
    #expect(failed.state == .failed && failed.reason == "Full." && failed.failures == 3)
    #expect(try site.documents.retry(DocumentID(rawValue: 2), by: owner) == .done)
    #expect(try site.documents.retry(DocumentID(rawValue: 2), by: owner) == .asBefore)
    try set("status = 'failed', ended_at = 1, reason = 'Full.'", of: 2)
    #expect(try site.database.write { try $0.syncs.retryAll(of: organisation, at: site.clock.now) } == 1)
    try site.database.write { try $0.syncs.wantAll(of: organisation, at: site.clock.now) }
    #expect(try syncs == [1: "completed", 2: "queued", 3: "queued", 4: "queued"])
    let states = try site.database.read { try $0.documents.states(of: organisation) }
    #expect(states == [.synced: 1, .waiting: 3])
    try site.database.write { try $0.syncs.cancelAll(of: link, at: site.clock.now) }
    #expect(try syncs == [1: "completed", 2: "cancelled", 3: "cancelled", 4: "cancelled"])
  }

  @Test("Another account is another row: what was copied to the former is not taken for copied")
  func accounts() throws {
    try site.addLink(to: organisation)
    let id = try site.addDocument("a.pdf", "a", to: deal, by: owner)
    try complete(id)
    _ = try site.database.write {
      try $0.run("UPDATE storage_link SET status = 'unlinked', unlinked_at = 1")
    }
    #expect(try site.document(id, of: organisation).state == .notLinked)
    try site.addLink(to: organisation, account: "other@x.example")
    #expect(try site.document(id, of: organisation).state == .switchedOff)
    try site.database.write { try $0.syncs.wantAll(of: organisation, at: site.clock.now) }
    #expect(try site.document(id, of: organisation).state == .waiting)
    #expect(try site.database.read { try $0.value("SELECT count(*) FROM sync") } == 2)
  }

  @Test(
    "What every verb asks is found by its key",
    arguments: [
      "SELECT * FROM document_with_sync WHERE organisation_id = 1 AND id = 2",
      "SELECT * FROM document_with_sync WHERE organisation_id = 1 AND deal_id = 2 AND removed_at IS NULL ORDER BY id",
      """
      SELECT link.id, document.id FROM storage_link AS link JOIN document ON document.organisation_id = 1
      WHERE link.organisation_id = 1 AND link.status <> 'unlinked' AND removed_at IS NULL
        AND document.id BETWEEN 2 AND 2 AND deal_id BETWEEN 0 AND 9007199254740991
        AND (all_deals OR deal_id IN (SELECT deal_id FROM storage_folder WHERE link_id = link.id AND is_on))
      """,
      """
      SELECT 1 FROM document WHERE removed_at > 1
      UNION ALL SELECT 1 FROM document WHERE former_sha256 IS NOT NULL AND replaced_at > 1
      """,
    ])
  func plans(_ sql: String) throws {
    let plan = try site.database.read {
      try $0.all("EXPLAIN QUERY PLAN " + sql) { try $0["detail"] as String }
    }
    let reads = plan.filter { $0.hasPrefix("SCAN") || $0.hasPrefix("SEARCH") }
    #expect(!reads.isEmpty && reads.allSatisfy { $0.hasPrefix("SEARCH") }, "\(plan)")
  }

  /// The status of each document's sync, by the document's number.
  private var syncs: [Int64: String] {
    get throws {
      let all = try site.database.read {
        try $0.all("SELECT document_id, status FROM sync") {
          (try $0["document_id"] as Int64, try $0["status"] as String)
        }
      }
      return Dictionary(uniqueKeysWithValues: all)
    }
  }

  private func complete(_ id: DocumentID) throws {
    try set(
      """
      status = 'completed', ended_at = 1, synced_at = 1, has_own_name = 1, path = 'x/' || document_id,
      sha256 = (SELECT sha256 FROM document WHERE document.id = document_id)
      """, of: id.rawValue)
  }

  private func set(_ columns: String, of document: Int64 = 1) throws {
    _ = try site.database.write {
      try $0.run("UPDATE sync SET \(columns) WHERE document_id = ?", document)
    }
  }
}
