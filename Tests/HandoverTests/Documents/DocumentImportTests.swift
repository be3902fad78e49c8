import Foundation
import SQLite
import Secrets
import System
import TestSupport
import Testing

@testable import Handover

/// The whole way of `handover import`, with the importer of the records.
@Suite("Documents that are brought in")
struct DocumentImportTests {
  let site: TestSite
  let imports: Imports
  let owner: User
  let brought: TemporaryFolder

  init() throws {
    site = try TestSite()
    imports = Self.imports(of: site)
    owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    brought = try TemporaryFolder()
  }

  private var organisation: OrganisationID { owner.organisation }

  @Test(
    "Those that are listed and there are added, under their numbers, with their time; the same files change nothing"
  )
  func adds() throws {
    try write(
      [
        "F-7,D-1,Payslip.pdf,3,\(hash("pay")),2025-01-02T03:04:05Z,synced",
        "F-9,D-1,'=sum.csv,3,\(hash("sum")),,not linked",
      ], ["Documents/D-1 Home/Payslip.pdf": "pay", "Documents/D-1 Home/Deals.csv": "sum"])
    let report = try run()
    #expect(report.files.last == .init(table: .documents, rows: 2, added: 2))
    #expect(report.notes.isEmpty)
    let all = try documents
    #expect(all.map(\.id.description) == ["F-7", "F-9"] && all.map(\.name) == ["Payslip.pdf", "=sum.csv"])
    #expect(all[0].addedAt.iso8601 == "2025-01-02T03:04:05Z" && all[1].addedAt == site.clock.now)
    #expect(all.allSatisfy { $0.addedBy == nil && $0.bytes == 3 })
    #expect(try String(contentsOfFile: site.documents.path(of: all[0]), encoding: .utf8) == "pay")

    let again = try run()
    #expect(again.changesNothing && again.files.last?.unchanged == 2 && site.documentFiles.count == 2)
    #expect(try documents.count == 2)
    let next = try site.addDocument("new.pdf", "new", to: DealID(rawValue: 1), by: owner)
    #expect(next.description == "F-10")
  }

  @Test(
    "A number that is another document's is not taken, and one of the same name and content is left as it is")
  func numbers() throws {
    try write([], [:])
    try run()
    let deal = DealID(rawValue: 1)
    try site.addDocument("a.pdf", "a", to: deal, by: owner)
    try site.addDocument("b.pdf", "b", to: deal, by: owner)
    try write(
      [
        "F-1,D-1,b.pdf,1,\(hash("b")),,synced", "F-2,D-1,c.pdf,1,\(hash("c")),,synced",
        "F-3,D-1,c.pdf,1,\(hash("c")),,synced",
      ], ["Documents/b": "b", "Documents/c": "c"])
    let report = try run()
    #expect(report.files.last == .init(table: .documents, rows: 3, added: 1))
    #expect(try documents.map { "\($0.id) \($0.name)" } == ["F-1 a.pdf", "F-2 b.pdf", "F-3 c.pdf"])
  }

  @Test("What is removed, of a deal that is not there, or without its content is left out, and that is told")
  func leftOut() throws {
    try write(
      [
        "F-1,D-1,a.pdf,1,\(hash("a")),,removed", "F-2,D-2,b.pdf,1,\(hash("b")),,synced",
        "F-3,,c.pdf,1,\(hash("c")),,synced", "F-4,D-1,d.pdf,1,\(hash("d")),,failed",
      ], ["Documents/a": "a", "Documents/b": "b"])
    let report = try run()
    #expect(try documents.isEmpty)
    #expect(
      report.notes.map(\.description) == [
        "Documents.csv: 1 document is listed, and what they hold is not in the files: not brought in",
        "Documents.csv: 2 documents are of deals that are not there: not brought in",
      ])
  }

  @Test("One that the files don't have stays, and what was removed here stays removed")
  func onlyAdds() throws {
    try write(["F-1,D-1,a.pdf,1,\(hash("a")),,synced"], ["Documents/a": "a"])
    try run()
    let id = try site.addDocument("b.pdf", "b", to: DealID(rawValue: 1), by: owner)
    try run()
    #expect(try documents.map(\.id.rawValue) == [1, id.rawValue])
    let feed = "\(brought.path)/Documents.csv"
    try FileManager.default.removeItem(atPath: feed)
    #expect(try run().changesNothing && documents.count == 2)
    try write(["F-1,D-1,a.pdf,1,\(hash("a")),,synced"], ["Documents/a": "a"])
    _ = try site.documents.remove(DocumentID(rawValue: 1), by: owner, from: "")
    site.clock.move(by: Document.kept)
    let report = try run()
    #expect(try report.changesNothing && documents.map(\.id) == [id])
    #expect(report.notes.map(\.message) == ["1 document is removed here: not brought in"])
  }

  @Test(
    "A list that is not right is refused with file, line and column, and nothing is changed",
    arguments: [
      ("X-1,D-1,a.pdf,1,HASH,,synced", "line 2, column document_id: \"X-1\" is no id of a document"),
      ("F-1,12,a.pdf,1,HASH,,synced", "line 2, column deal_id: \"12\" is no id of a deal"),
      ("F-1,D-1,,1,HASH,,synced", "line 2, column name"),
      ("F-1,D-1,a.pdf,1,abc,,synced", "line 2, column sha256: \"abc\" is no SHA-256"),
      ("F-1,D-1,a.pdf,2,HASH,,synced", "line 2, column bytes: \"2\" is not what the file has: 1"),
      ("F-1,D-1,a.pdf,1,HASH,yesterday,synced", "line 2, column added_at: \"yesterday\" is no time"),
    ])
  func refuses(row: String, message: String) throws {
    try write([row.replacing("HASH", with: hash("a"))], ["Documents/a": "a"])
    let refusal = try #require(throws: ImportRefusal.self) { try run() }
    #expect(refusal.problems.contains { $0.description.contains(message) }, "\(refusal.problems)")
    #expect(try documents.isEmpty && site.documentFiles.isEmpty)
    #expect(try site.database.read { try $0.value("SELECT count(*) FROM deal") } == 0)
  }

  @Test("A file whose hash no row has was changed since, and refuses the import")
  func changed() throws {
    try write(
      ["F-1,D-1,a.pdf,1,\(hash("a")),,synced"], ["Documents/a": "a", "Documents/D-1 Home/b.pdf": "changed"])
    let refusal = try #require(throws: ImportRefusal.self) { try run() }
    #expect(
      refusal.problems.map(\.description) == [
        "Documents/D-1 Home/b.pdf: no row of Documents.csv has the SHA-256 of this file: it was changed, or is none of them"
      ])
    #expect(try documents.isEmpty)
  }

  @Test("A list without the columns that it needs names them")
  func columns() throws {
    try write([], [:])
    try Data("document_id,name\r\nF-1,a\r\n".utf8).write(to: URL(filePath: "\(brought.path)/Documents.csv"))
    let refusal = try #require(throws: ImportRefusal.self) { try run() }
    #expect(
      refusal.problems.map(\.message) == ["the column deal_id is missing", "the column sha256 is missing"])
  }

  @Test("What is copied to a linked storage is wanted there")
  func wanted() throws {
    try site.addLink(to: organisation)
    try write(["F-1,D-1,a.pdf,1,\(hash("a")),,synced"], ["Documents/a": "a"])
    try run()
    #expect(try documents.map(\.state) == [.waiting])
  }

  @Test("Undo removes what the import has added, and nothing else")
  func undo() throws {
    try write([], [:])
    try run()
    let own = try site.addDocument("own.pdf", "own", to: DealID(rawValue: 1), by: owner)
    try write(["F-1,D-1,a.pdf,1,\(hash("a")),,synced"], ["Documents/a": "a"])
    try run()
    #expect(try documents.count == 2)
    try undoLast()
    #expect(try documents.map(\.id) == [own])
    let undone = try site.document(DocumentID(rawValue: 2), of: organisation)
    #expect(undone.removedAt != nil)
    #expect(try site.documents.restore(undone.id, by: owner, from: "") == .done)
  }

  @Test("What Undo has removed, the same import puts back under its number, and Undo removes it again")
  func again() throws {
    try write(["F-1,D-1,a.pdf,1,\(hash("a")),,synced"], ["Documents/a": "a"])
    for _ in 0..<2 {
      #expect(try run().files.last?.added == 1)
      #expect(try documents.map(\.id.description) == ["F-1"])
      try undoLast()
      #expect(try documents.isEmpty)
    }
  }

  private func undoLast() throws {
    let found = try #require(
      try site.database.read { try $0.imports.all(of: organisation, offset: 0, limit: 1) }.first)
    try site.database.write { try $0.imports.queueUndo(found.id, at: site.clock.now) }
    let job = try #require(try imports.takeNext())
    #expect(try imports.make(JobRun(job)))
  }

  @Test("Beyond the quota nothing is imported")
  func quota() throws {
    let site = try TestSite(["HANDOVER_DOCUMENTS_GIB": "1"])
    let owner = try site.addUser("Maria Rossi", .owner, to: site.addOrganisation())
    let deal = try site.addDeal(1, to: owner.organisation)
    try site.addDocument("x.pdf", "x", to: deal, by: owner)
    _ = try site.database.write { try $0.run("UPDATE document_content SET bytes = ?", 1 << 30) }
    try write(["F-1,D-1,a.pdf,1,\(hash("a")),,synced"], ["Documents/a": "a"])
    let failure = try #require(throws: JobFailure.self) {
      try Self.run(brought.path, into: owner.organisation, Self.imports(of: site))
    }
    #expect(failure.reason.contains("would take more than"))
    #expect(try site.database.read { try $0.documents.count(of: owner.organisation) } == 1)
  }

  @Test("While the folder is away nothing is imported, and the next try does it")
  func away() throws {
    try write(["F-1,D-1,a.pdf,1,\(hash("a")),,synced"], ["Documents/a": "a"])
    try run()
    let folder = site.documents.folder.path
    try FileManager.default.moveItem(atPath: folder, toPath: folder + "-away")
    try write(["F-2,D-1,b.pdf,1,\(hash("b")),,synced"], ["Documents/b": "b"])
    #expect(throws: DocumentsAway.self) { try run() }
    try FileManager.default.moveItem(atPath: folder + "-away", toPath: folder)
    try run()
    #expect(try documents.map(\.name) == ["a.pdf", "b.pdf"])
  }

  private func hash(_ text: String) -> String { hex(SHA256.hash(Array(text.utf8))) }

  /// Writes what is brought: a deal, the list, and files.
  private func write(_ rows: [String], _ files: [String: String]) throws {
    try? FileManager.default.removeItem(atPath: brought.path + "/Documents")
    var all = files
    all["Deals.csv"] = "deal_id,deal_name\r\nD-1,Home\r\n"
    all["Documents.csv"] =
      (["document_id,deal_id,name,bytes,sha256,added_at,state"] + rows).joined(separator: "\r\n") + "\r\n"
    for (name, content) in all {
      let url = URL(filePath: "\(brought.path)/\(name)")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(content.utf8).write(to: url)
    }
  }

  @discardableResult
  private func run() throws -> ImportReport { try Self.run(brought.path, into: organisation, imports) }

  private static func run(_ path: String, into organisation: OrganisationID, _ imports: Imports) throws
    -> ImportReport
  {
    try imports.run("files", into: organisation, ImportChoice()) { try ExportFiles(at: path) }
  }

  private static func imports(of site: TestSite) -> Imports {
    let importer = Importer(database: site.database, clock: site.clock.clock)
    return Imports(
      exports: site.exports, documents: site.documents, folder: site.imports.folder,
      engine: ImportEngine(
        open: { path, _, _ in try ExportFiles(at: path) },
        compare: { source, organisation, choice, work in
          try importer.compare(source, with: organisation, differenceAt: work.difference)
        },
        documents: { try Difference.documents(at: $0.difference) },
        apply: { organisation, work, isBack, finishing in
          try importer.apply(
            differenceAt: work.difference, to: organisation, back: isBack, finishing: finishing)
          return true
        }))
  }

  private var documents: [Document] {
    get throws {
      try site.database.read { try $0.documents.all(of: DealID(rawValue: 1), of: organisation) }
    }
  }
}
