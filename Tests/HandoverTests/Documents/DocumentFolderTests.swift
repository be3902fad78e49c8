import Foundation
import SQLite
import Secrets
import System
import TestSupport
import Testing

@testable import Handover

@Suite("The folder of documents")
struct DocumentFolderTests {
  let site: TestSite
  let owner: User
  let deal: DealID

  init() throws {
    site = try TestSite()
    owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    deal = try site.addDeal(1, to: owner.organisation)
  }

  private var organisation: OrganisationID { owner.organisation }

  @Test(
    "An upload that breaks off leaves nothing; after a crash the sweeper removes it, and none that comes in")
  func uploads() throws {
    do { _ = try site.upload([("a.pdf", "a")], to: deal, by: owner) }
    #expect(site.documentFiles.isEmpty)
    let upload = try site.upload([("b.pdf", "b")], to: deal, by: owner)
    let crashed = site.documents.folder.folder(of: organisation) + "/0123.part"
    try Data("half".utf8).write(to: URL(filePath: crashed))
    #expect(site.documentFiles.count == 2)
    site.documents.sweep(isClockTrusted: false)
    #expect(site.documentFiles.count == 1 && !FileManager.default.fileExists(atPath: crashed))
    #expect(try site.documents.add(upload, to: deal, by: owner, from: "") != .empty)
    #expect(site.documentFiles.count == 1)
  }

  @Test("A commit that fails leaves no row, and a file that the next try takes over")
  func failedCommit() throws {
    _ = try site.database.write {
      try $0.execute(
        "CREATE TRIGGER full BEFORE INSERT ON activity BEGIN SELECT raise(ABORT, 'full'); END")
    }
    #expect(throws: SQLiteError.self) { try site.addDocument("a.pdf", "a", to: deal, by: owner) }
    #expect(site.documentFiles.count == 1)
    #expect(try site.database.read { try $0.documents.count(of: organisation) } == 0)
    _ = try site.database.write { try $0.execute("DROP TRIGGER full") }
    site.documents.sweep(isClockTrusted: true)
    #expect(site.documentFiles.count == 1)
    #expect(try site.addDocument("a.pdf", "a", to: deal, by: owner).rawValue == 1)
    #expect(site.documentFiles.count == 1)
  }

  @Test(
    "What was removed goes after 30 days, once no other document holds it, and only by a clock that is trusted"
  )
  func contents() throws {
    let first = try site.addDocument("a.pdf", "a", to: deal, by: owner)
    let twin = try site.addDocument("b.pdf", "a", to: deal, by: owner)
    _ = try site.documents.remove(first, by: owner, from: "")
    site.clock.move(by: Document.kept)
    site.documents.sweep(isClockTrusted: true)
    #expect(site.documentFiles.count == 1)
    _ = try site.documents.remove(twin, by: owner, from: "")
    site.clock.move(by: Document.kept - .seconds(1))
    site.documents.sweep(isClockTrusted: true)
    #expect(site.documentFiles.count == 1)
    site.clock.move(by: .seconds(1))
    site.documents.sweep(isClockTrusted: false)
    #expect(site.documentFiles.count == 1)
    site.documents.sweep(isClockTrusted: true)
    #expect(try site.documentFiles.isEmpty && stored == 0)
    #expect(try site.documents.restore(twin, by: owner, from: "") == .gone)
    #expect(try site.addDocument("c.pdf", "a", to: deal, by: owner).rawValue == 3)
  }

  @Test("What a document held before it was replaced goes after 30 days, and the document stays")
  func former() throws {
    let id = try site.addDocument("a.pdf", "old", to: deal, by: owner)
    _ = try site.documents.replace(
      id, by: site.upload([("a.pdf", "new")], to: deal, by: owner), by: owner, from: "")
    #expect(site.documentFiles.count == 2)
    site.clock.move(by: Document.kept - .seconds(1))
    site.documents.sweep(isClockTrusted: true)
    #expect(try site.documentFiles.count == 2 && site.document(id, of: organisation).former != nil)
    site.clock.move(by: .seconds(1))
    site.documents.sweep(isClockTrusted: true)
    let document = try site.document(id, of: organisation)
    #expect(site.documentFiles.count == 1 && document.former == nil && document.bytes == 3)
    #expect(try site.documents.restore(id, by: owner, from: "") == .asBefore)
  }

  @Test("A file that no row knows is kept as long as what was removed; what isn't a content is not touched")
  func leftovers() throws {
    try site.addDocument("a.pdf", "a", to: deal, by: owner)
    let left = site.documents.folder.content(SHA256.hash([1]), of: organisation)
    let others = [
      site.documents.folder.folder(of: organisation) + "/notes.txt", site.documents.folder.path + "/README",
    ]
    try FileManager.default.createDirectory(
      atPath: URL(filePath: left).deletingLastPathComponent().path, withIntermediateDirectories: true)
    for path in [left] + others { try Data([1]).write(to: URL(filePath: path)) }
    // The kernel's clock sets the time of a file, and the test's is far from it.
    site.clock.move(by: .seconds(Int64(time(nil)) - site.clock.now.rawValue))
    site.documents.sweep(isClockTrusted: true)
    #expect(site.documentFiles.count == 4)
    site.clock.move(by: Document.kept + .minutes(1))
    site.documents.sweep(isClockTrusted: false)
    #expect(site.documentFiles.count == 4)
    site.documents.sweep(isClockTrusted: true)
    #expect(site.documentFiles.count == 3 && !FileManager.default.fileExists(atPath: left))
  }

  @Test("A clock that was set back keeps nothing longer than 30 days from now")
  func setBack() throws {
    let id = try site.addDocument("a.pdf", "a", to: deal, by: owner)
    site.clock.move(by: .days(1_000))
    _ = try site.documents.remove(id, by: owner, from: "")
    site.clock.move(by: .days(-1_000))
    site.documents.sweep(isClockTrusted: true)
    #expect(try site.document(id, of: organisation).removedAt == site.clock.now)
  }

  @Test(
    "While the folder is away nothing comes in, nothing goes, and nothing is called missing; then all is as before"
  )
  func away() throws {
    let id = try site.addDocument("a.pdf", "a", to: deal, by: owner)
    let document = try site.document(id, of: organisation)
    let upload = try site.upload([("b.pdf", "b")], to: deal, by: owner)
    let folder = site.documents.folder.path
    try FileManager.default.moveItem(atPath: folder, toPath: folder + "-away")
    for isEmptyMountPoint in [false, true] {
      if isEmptyMountPoint {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      }
      guard case .away = try site.documents.receive(1, for: deal, by: owner) else {
        throw Unexpected("files are taken in")
      }
      #expect(try site.documents.look(at: document) == .away)
      #expect(throws: DocumentsAway.self) { try site.documents.add(upload, to: deal, by: owner, from: "") }
      site.documents.sweep(isClockTrusted: true)
    }
    #expect(try site.database.read { try $0.documents.count(of: organisation) } == 1)
    #expect(site.documentFiles.isEmpty && !site.log.has("documents.missing"))
    try FileManager.default.removeItem(atPath: folder)
    try FileManager.default.moveItem(atPath: folder + "-away", toPath: folder)
    #expect(try site.documents.look(at: document) != .away)
    #expect(try site.addDocument("c.pdf", "c", to: deal, by: owner).rawValue == 2)
  }

  @Test(
    "A folder of another disk is the documents' where it holds one of them, or where the operator says so")
  func moved() throws {
    let id = try site.addDocument("a.pdf", "a", to: deal, by: owner)
    let document = try site.document(id, of: organisation)
    let folder = site.documents.folder.path
    try FileManager.default.copyItem(atPath: folder, toPath: folder + "-copy")
    try FileManager.default.removeItem(atPath: folder)
    try FileManager.default.moveItem(atPath: folder + "-copy", toPath: folder)
    #expect(try site.documents.look(at: document) != .away)

    try FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    #expect(try site.documents.look(at: document) == .away)
    try Data().write(to: URL(filePath: folder + "/" + DataFolder.newFolderMark))
    #expect(try site.documents.look(at: document) == .missing)
    #expect(try site.addDocument("a.pdf", "a", to: deal, by: owner) == id)
    #expect(try site.documents.look(at: document) != .missing)
  }

  @Test("The log says what is missing, and what is shorter than it was")
  func missing() throws {
    let ids = try ["a", "bb", "cc"].map { try site.addDocument("\($0).pdf", $0, to: deal, by: owner) }
    let paths = try ids.map { site.documents.path(of: try site.document($0, of: organisation)) }
    site.documents.sweep(isClockTrusted: false)
    #expect(!site.log.has("documents.missing"))
    try FileManager.default.removeItem(atPath: paths[0])
    try Data("b".utf8).write(to: URL(filePath: paths[1]))
    site.documents.sweep(isClockTrusted: false)
    #expect(site.log.has(paths[0]) && site.log.has(paths[1]))
    #expect(!site.log.has(paths[2]))
  }

  private var stored: Int {
    get throws { try site.database.read { try $0.documents.storedBytes(of: organisation) } }
  }
}

extension LogLines {
  fileprivate func has(_ text: String) -> Bool { all.contains { $0.contains(text) } }
}
