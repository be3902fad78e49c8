import Foundation
import SQLite
import Secrets
import System
import TestSupport
import Testing

@testable import Handover

/// With the real rclone, and a folder as the store.
@Suite("Documents in the store that all hosts reach") struct DocumentsElsewhereTests {
  let site: TestSite
  let owner: User
  let deal: DealID
  let folder: TemporaryFolder

  init() throws {
    site = try TestSite()
    owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    deal = try site.addDeal(1, to: owner.organisation)
    folder = try TemporaryFolder(inMemory: true)
  }

  private func store(at root: String? = nil) -> CellStore {
    CellStore(
      CellStore.Place(root: root ?? folder.path, configuration: "/dev/null"), of: "a", from: "h",
      ProcessInfo.processInfo.environment)
  }

  /// The site's, with a store.
  private func documents(_ store: CellStore) -> Documents {
    var documents = site.documents
    documents.elsewhere = store
    return documents
  }

  private func name(_ content: String) -> String {
    site.documents.folder.name(of: SHA256.hash(Array(content.utf8)), of: owner.organisation)
  }

  private func path(_ content: String) -> String { folder.file("cells/a/documents/\(name(content))") }

  private func names() throws -> Set<String> { try Set(store().documents().keys) }

  private func add(_ content: String, to documents: Documents) throws -> Documents.AddOutcome {
    try documents.add(
      site.upload([("\(content).pdf", content)], to: deal, by: owner), to: deal, by: owner, from: "")
  }

  private func rows() throws -> Int {
    try site.database.read { try $0.documents.count(of: owner.organisation) }
  }

  @Test("A document is there, by its content, before its row is committed; what is refused never is")
  func before() throws {
    let documents = documents(store())
    guard case .done(let added) = try add("pay", to: documents) else { throw Unexpected("refused") }
    #expect(try names() == [name("pay")] && String(contentsOfFile: path("pay"), encoding: .utf8) == "pay")
    let other = try site.upload([("new.pdf", "new")], to: deal, by: owner)
    #expect(try documents.replace(added[0].id, by: other, by: owner, from: "") != .notFound)
    #expect(try names() == [name("pay"), name("new")])

    let stranger = try site.addUser("Ben Cole", .user, to: site.addOrganisation("Other"))
    let foreign = try site.upload([("no.pdf", "no")], to: deal, by: owner)
    #expect(try documents.add(foreign, to: deal, by: stranger, from: "") == .notFound)
    #expect(try documents.replace(added[0].id, by: foreign, by: stranger, from: "") == .notFound)
    #expect(try names().count == 2)

    try site.database.write {
      try $0.execute(
        "CREATE TRIGGER full BEFORE INSERT ON activity BEGIN SELECT raise(ABORT, 'full'); END")
    }
    #expect(throws: SQLiteError.self) { try add("late", to: documents) }
    #expect(try names().contains(name("late")) && rows() == 1)
  }

  @Test("While it is away nothing is added or replaced, and nothing is left; when it is back the same works")
  func away() throws {
    guard case .done(let added) = try add("old", to: documents(store())) else { throw Unexpected("refused") }
    let away = documents(store(at: "nowhere:"))
    #expect(throws: StoreAway.self) { try add("pay", to: away) }
    #expect(throws: StoreAway.self) {
      let upload = try site.upload([("pay.pdf", "pay")], to: deal, by: owner)
      _ = try away.replace(added[0].id, by: upload, by: owner, from: "")
    }
    #expect(try rows() == 1 && site.documentFiles == [name("old")])
    #expect(throws: StoreAway.self) { try away.settleElsewhere(isClockTrusted: true) }
    #expect(away.elsewhereFound.withLock { $0?.isThere } == false)
    _ = try add("pay", to: documents(store()))
    #expect(try rows() == 2 && names() == [name("old"), name("pay")])
  }

  @Test("What was there before the store is brought, and what was broken off is made whole")
  func brings() throws {
    for content in ["one", "two", "three"] { _ = try add(content, to: site.documents) }
    let documents = documents(store())
    #expect(throws: Never.self) { try documents.settleElsewhere(isClockTrusted: false) }
    #expect(try names() == [name("one"), name("two"), name("three")])
    #expect(documents.elsewhereFound.withLock { $0?.missing } == 0)
    try Data("t".utf8).write(to: URL(filePath: path("two")))
    try FileManager.default.removeItem(atPath: path("one"))
    try FileManager.default.removeItem(atPath: site.documents.folder.path + "/" + name("one"))
    try documents.settleElsewhere(isClockTrusted: false)
    #expect(try String(contentsOfFile: path("two"), encoding: .utf8) == "two")
    #expect(documents.elsewhereFound.withLock { $0?.missing } == 1, "it is nowhere")
  }

  @Test(
    "What nobody needs goes after 30 days, by a clock that is trusted; a removal that failed is made again")
  func removes() throws {
    let documents = documents(store())
    guard case .done(let added) = try add("gone", to: documents) else { throw Unexpected("refused") }
    _ = try add("kept", to: documents)
    // Of an upload that was killed before its commit, and of one that has just begun.
    for content in ["lost", "young"] {
      try store().put(
        folder.program("file", content), bytes: 1, as: name(content))
    }
    for content in ["gone", "kept", "lost"] {
      let began = Date(timeIntervalSince1970: Double(site.clock.now.rawValue))
      try FileManager.default.setAttributes([.modificationDate: began], ofItemAtPath: path(content))
    }
    #expect(try documents.remove(added[0].id, by: owner, from: "") == .done)
    try documents.settleElsewhere(isClockTrusted: true)
    #expect(try names().count == 4)
    site.clock.move(by: Document.kept + .hours(1))
    let young = Date(timeIntervalSince1970: Double(site.clock.now.rawValue))
    try FileManager.default.setAttributes([.modificationDate: young], ofItemAtPath: path("young"))
    documents.sweep(isClockTrusted: true)
    try documents.settleElsewhere(isClockTrusted: false)
    #expect(try names().count == 4)
    #expect(throws: StoreAway.self) {
      try self.documents(store(at: "nowhere:")).settleElsewhere(isClockTrusted: true)
    }
    try documents.settleElsewhere(isClockTrusted: true)
    #expect(try names() == [name("kept"), name("young")])
  }

  @Test("What the folder lacks is brought when somebody asks for it, and all of it by and by")
  func bringsBack() throws {
    let documents = documents(store())
    for content in ["one", "two", "three"] { _ = try add(content, to: documents) }
    let all = try site.database.read { try $0.documents.all(of: deal, of: owner.organisation) }
    for content in ["one", "two"] {
      try FileManager.default.removeItem(atPath: site.documents.folder.path + "/" + name(content))
    }
    #expect(try site.documents.look(at: all[0]) == .missing)
    #expect(try self.documents(store(at: "nowhere:")).look(at: all[0]) == .away)
    guard case .there = try documents.look(at: all[0]) else { throw Unexpected("it is not there") }
    #expect(site.documentFiles.count == 2)
    try documents.settleElsewhere(isClockTrusted: false)
    #expect(site.documentFiles.count == 3)
    try FileManager.default.removeItem(atPath: path("two"))
    try FileManager.default.removeItem(atPath: site.documents.folder.path + "/" + name("two"))
    #expect(try documents.look(at: all[1]) == .missing, "it is in neither")
  }

  @Test("What is missing is brought back, compared with its hash; what is not what it should be is not")
  func fetches() throws {
    for content in ["one", "two", "three"] { _ = try add(content, to: documents(store())) }
    try FileManager.default.removeItem(atPath: path("two"))
    try Data("THREE".utf8).write(to: URL(filePath: path("three")))
    let contents = try site.database.read { try $0.documents.contents() }
    let other = DocumentFolder(path: folder.file("other"), group: nil)
    let missing = try other.fetch(contents, from: store())
    #expect(Set(missing.map(other.name)) == [name("two"), name("three")])
    #expect(try String(contentsOfFile: other.path + "/" + name("one"), encoding: .utf8) == "one")
    let left = try FileManager.default.subpathsOfDirectory(atPath: other.path)
    #expect(left.filter { $0.hasSuffix(DocumentFolder.unfinished) } == [])
    #expect(throws: StoreAway.self) { try other.fetch(missing, from: store(at: "nowhere:")) }
  }
}
