import Foundation
import SQLite
import Secrets
import System
import TestSupport
import Testing

@testable import Handover

/// Documents on their way, without a storage: what is chosen, taken, and noted.
@Suite("Syncs")
struct SyncTests {
  let site: TestSite
  let owner: User
  let deal: DealID
  let kind: SyncKind

  init() throws {
    site = try TestSite()
    owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    deal = try site.addDeal(12, to: owner.organisation)
    kind = SyncKind(storage: site.storage, rclone: Rclone([:]))
  }

  private var organisation: OrganisationID { owner.organisation }

  private func take() throws -> SyncJob { try #require(try kind.takeNext()) }

  private func copy(_ job: SyncJob) -> SyncTable.Copy {
    SyncTable.Copy(
      sha256: job.document.sha256, path: "Handover - X/D-12/\(job.sync.name ?? "")", hasOwnName: true,
      fileID: nil)
  }

  private func state(_ id: DocumentID) throws -> DocumentState {
    try site.document(id, of: organisation).state
  }

  private func link() throws -> StorageLink {
    try #require(try site.database.read { try $0.storageLinks.current(of: organisation) })
  }

  @Test("Names are safe, and unlike each other without case, before anything is copied")
  func names() throws {
    try site.addLink(to: organisation)
    for (name, content) in [
      ("Payslip.pdf", "1"), ("payslip.PDF", "2"), ("a:b.pdf", "3"), ("a_b.pdf", "4"), ("Straße.pdf", "5"),
      ("STRASSE.pdf", "6"), ("🏠.pdf", "7"), ("Payslip (F-2).PDF", "8"),
    ] { try site.addDocument(name, content, to: deal, by: owner) }
    var names: [String] = []
    for _ in 0..<8 {
      let job = try take()
      names.append(try #require(job.sync.name))
      #expect(try site.storage.complete(job, with: copy(job)))
    }
    #expect(
      names == [
        "Payslip.pdf", "payslip (F-2).PDF", "a_b.pdf", "a_b (F-4).pdf", "Straße.pdf", "STRASSE (F-6).pdf",
        "_.pdf", "Payslip (F-2) (F-8).PDF",
      ])
    #expect(try kind.takeNext() == nil)
  }

  @Test("A document that is replaced keeps its file's name, but for another ending")
  func replaced() throws {
    try site.addLink(to: organisation)
    let id = try site.addDocument("a.pdf", "1", to: deal, by: owner)
    let first = try take()
    _ = try site.storage.complete(first, with: copy(first))
    _ = try site.documents.replace(
      id, by: site.upload([("b.pdf", "2")], to: deal, by: owner), by: owner, from: "")
    let second = try take()
    #expect(second.sync.name == "a.pdf" && second.sync.sha256 == first.document.sha256)
    _ = try site.storage.complete(second, with: copy(second))
    _ = try site.documents.replace(
      id, by: site.upload([("b.docx", "3")], to: deal, by: owner), by: owner, from: "")
    #expect(try take().sync.name == "a.docx")
  }

  @Test("What was replaced while it was copied is copied again, and what was removed is marked")
  func meanwhile() throws {
    try site.addLink(to: organisation)
    let id = try site.addDocument("a.pdf", "1", to: deal, by: owner)
    let job = try take()
    _ = try site.documents.replace(
      id, by: site.upload([("a.pdf", "2")], to: deal, by: owner), by: owner, from: "")
    #expect(try site.storage.complete(job, with: copy(job)))
    #expect(try state(id) == .waiting)
    let again = try take()
    _ = try site.documents.remove(id, by: owner, from: "")
    #expect(try site.storage.complete(again, with: copy(again)))
    let removed = try site.document(id, of: organisation)
    #expect(
      removed.state == .removed && removed.remotePath != nil && removed.syncedSHA256 == again.document.sha256)
    #expect(try kind.takeNext() == nil)
    #expect(try !site.storage.complete(again, with: copy(again)), "a late run changes nothing")
  }

  @Test("A run that fails is tried again after growing pauses for a day, then failed; Retry begins anew")
  func failing() throws {
    try site.addLink(to: organisation)
    let id = try site.addDocument("a.pdf", "1", to: deal, by: owner)
    var waited = Duration.zero
    for pause in Sync.retries.pauses {
      #expect(try kind.fail(take(), JobFailure("Dropbox couldn’t be reached.")))
      #expect(try state(id) == .waiting && site.document(id, of: organisation).reason != nil)
      #expect(try kind.takeNext() == nil)
      site.clock.move(by: pause)
      waited += pause
    }
    #expect(waited < .hours(24) && waited > .hours(20))
    #expect(try kind.fail(take(), JobFailure("Dropbox couldn’t be reached.")))
    #expect(try state(id) == .failed && kind.takeNext() == nil)
    #expect(try site.documents.retry(id, by: owner) == .done)
    #expect(try take().sync.failures == 0)
  }

  @Test("A link that has had too many requests rests as a whole; one that is signed out waits")
  func waiting() throws {
    try site.addLink(to: organisation)
    try site.addDocument("a.pdf", "1", to: deal, by: owner)
    try site.addDocument("b.pdf", "2", to: deal, by: owner)
    let job = try take()
    let error = try site.storage.failure(StorageProblem(.tooOften(.seconds(90)), "x"), of: job)
    #expect(kind.isAway(error))
    try kind.requeue(job)
    #expect(try kind.takeNext() == nil, "neither it nor the other")
    site.clock.move(by: .seconds(90))
    #expect(try take().sync.failures == 0)
    #expect(try take().sync.failures == 0)
    #expect(try kind.takeNext() == nil)
  }

  @Test("Two documents of an organisation are copied side by side; other organisations have their turn")
  func fair() throws {
    try site.addLink(to: organisation)
    for number in 0..<5 { try site.addDocument("\(number).pdf", "\(number)", to: deal, by: owner) }
    let other = try site.addUser("Ada Ek", .owner, to: site.addOrganisation())
    try site.addLink(to: other.organisation, account: "other@x.example")
    try site.addDocument("o.pdf", "o", to: site.addDeal(1, to: other.organisation), by: other)
    let taken = try [take(), take(), take()].map(\.document.organisation)
    #expect(taken.count { $0 == organisation } == 2 && taken.contains(other.organisation))
    #expect(try kind.takeNext() == nil)
  }

  @Test("What a crash has interrupted has failed once, and goes on after a pause")
  func recovery() throws {
    try site.addLink(to: organisation)
    let id = try site.addDocument("a.pdf", "1", to: deal, by: owner)
    let name = try take().sync.name
    try kind.recover()
    #expect(try state(id) == .waiting && kind.takeNext() == nil)
    site.clock.move(by: Sync.retries.pauses[0])
    let again = try take()
    #expect(again.sync.failures == 1 && again.sync.name == name && again.attempt == 2)
  }

  @Test("A folder that is lost takes its documents with it: they are copied anew")
  func lost() throws {
    try site.addLink(to: organisation)
    let id = try site.addDocument("a.pdf", "1", to: deal, by: owner)
    let gone = try site.addDocument("b.pdf", "2", to: deal, by: owner)
    for _ in 0..<2 {
      let job = try take()
      _ = try site.storage.complete(job, with: copy(job))
    }
    _ = try site.documents.remove(gone, by: owner, from: "")
    let elsewhere = try site.addDocument("c.pdf", "3", to: site.addDeal(13, to: organisation), by: owner)
    let job = try take()
    _ = try site.storage.complete(job, with: copy(job))
    try site.database.write { try $0.syncs.lose(deal, of: link(), at: site.clock.now) }
    #expect(try state(id) == .waiting && state(elsewhere) == .synced)
    #expect(try site.document(gone, of: organisation).remotePath == nil)
    let again = try take()
    #expect(again.document.id == id && !again.sync.isWritten && again.sync.sha256 == nil)
    #expect(try kind.takeNext() == nil)
  }

  @Test("What is missing or damaged on the server's disk goes nowhere, and says so at once")
  func damaged() throws {
    try site.addLink(to: organisation)
    let id = try site.addDocument("a.pdf", "content", to: deal, by: owner)
    let run = JobRun(try take())
    let path = site.documents.path(of: run.job.document)
    try Data("CONTENT".utf8).write(to: URL(filePath: path))
    #expect(throws: JobFailure.documentDamaged) { try kind.make(run) }
    #expect(try kind.fail(run.job, .documentDamaged) && state(id) == .failed)
    _ = try site.documents.retry(id, by: owner)
    try FileManager.default.removeItem(atPath: path)
    let other = JobRun(try take())
    #expect(throws: JobFailure.documentMissing) { try kind.make(other) }
  }
}

extension SyncTests {
  private func letters() throws -> [String] {
    try site.database.read {
      try $0.all("SELECT kind FROM letter WHERE kind LIKE 'syncs%' ORDER BY id") { try $0["kind"] as String }
    }
  }

  @Test("The owner is told once that all is there, and once a day at most of what has failed")
  func letter() throws {
    try site.addLink(to: organisation)
    try site.addDocument("a.pdf", "1", to: deal, by: owner)
    site.storage.tellOfSyncs()
    #expect(try letters() == [])
    let job = try take()
    _ = try site.storage.complete(job, with: copy(job))
    site.storage.tellOfSyncs()
    site.storage.tellOfSyncs()
    #expect(try letters() == ["syncs_complete"])
    site.clock.move(by: .seconds(1))
    for number in 0..<3 { try site.addDocument("\(number).pdf", "x\(number)", to: deal, by: owner) }
    for _ in 0..<3 { _ = try kind.fail(take(), JobFailure("Dropbox is full.", isFinal: true)) }
    site.storage.tellOfSyncs()
    site.clock.move(by: LinkedStorage.tellingWait)
    site.storage.tellOfSyncs()
    #expect(try letters() == ["syncs_complete"], "a day after the last one")
    site.clock.move(by: LinkedStorage.tellingPause)
    site.storage.tellOfSyncs()
    site.storage.tellOfSyncs()
    #expect(try letters() == ["syncs_complete", "syncs_failed"])
    site.clock.move(by: LinkedStorage.tellingPause)
    site.storage.tellOfSyncs()
    #expect(try letters().count == 2, "nothing new has failed")
  }
}
