import Foundation
import System
import TestSupport
import Testing

@testable import Handover

@Suite("What owners do with imports") struct ImportActionTests {
  let fixture: ImportsFixture

  init() throws { fixture = try ImportsFixture() }

  private var owner: User { fixture.office.owner }

  @Test("From the files to the report, and back: each step in the trail, the end in an e-mail")
  func wholeWay() throws {
    let id = try fixture.add()
    #expect(try fixture.status(id) == .uploaded && fixture.find(id).files == "Deals.csv")
    #expect(
      try fixture.imports.compare(id, ImportChoice(keepsMissing: true), by: owner, from: "") == .done)
    #expect(try fixture.work())
    let ready = try fixture.find(id)
    #expect(ready.status == .ready && ready.report == LetterTests.report && ready.choice.keepsMissing)
    #expect(try fixture.changes() == (0, 0))
    #expect(try fixture.imports.confirm(id, by: owner, from: "203.0.113.7") == .done)
    let before = try #require(try fixture.find(id).before)
    #expect(try fixture.server.export(before).purpose == "How it was before the import of Deals.csv")
    #expect(try !fixture.work(), "it waits for the export")
    try fixture.server.complete(try fixture.server.take())
    #expect(try fixture.work())
    let completed = try fixture.find(id)
    #expect(completed.status == .completed && completed.canUndo && completed.appliedAt == fixture.server.now)
    #expect(
      fixture.files(of: id) == ["difference.db", "lock"], "the files are gone, and what undoes it is not")
    #expect(try fixture.imports.undo(id, by: owner, from: "") == .done)
    #expect(try fixture.work())
    #expect(try fixture.status(id) == .undone && fixture.changes() == (1, 1) && fixture.folders.isEmpty)
    #expect(
      try fixture.server.activity().filter { $0.hasPrefix("import") } == [
        "import.added", "import.confirmed", "import.completed", "import.undo-requested", "import.undone",
      ])
    #expect(
      try fixture.server.letters().filter { $0.hasPrefix("import") } == [
        "import_completed owner@harbour.example", "import_undone owner@harbour.example",
      ])
  }

  @Test("What is wrong with a file names it as its owner does, and no folder of the server")
  func shown() throws {
    let id = try fixture.add()
    let folder = fixture.imports.folder
    let files = folder.folder(of: id) + "/files"
    func shown(_ file: String) -> String {
      folder.shown(FileProblem(file: file, line: 2, "is wrong"), of: id).description
    }
    #expect(shown(files + "/crm.zip") == "crm.zip, line 2: is wrong")
    #expect(shown(files) == "line 2: is wrong" && shown("Deals.csv") == "Deals.csv, line 2: is wrong")
  }

  @Test("The trail and the e-mail have the counts of all files")
  func counts() throws {
    let report = ImportReport(
      files: [
        .init(table: .deals, rows: 1_500, added: 1_200, changed: 3, gone: 1),
        .init(table: .notes, rows: 2, added: 1, changed: 0, gone: 4),
      ], linksFromLists: 0, usersMade: 0, usersMatched: 0)
    #expect(report.counts == "1,201 added, 3 changed, 5 removed, 298 unchanged")
  }

  @Test("Another user of the organisation, and another organisation's owner, can do nothing")
  func others() throws {
    let id = try fixture.ready()
    let foreign = fixture.server.other.owner
    let admin = fixture.office.admin
    for (user, expected) in [(admin, Imports.ChangeOutcome.notOwner), (foreign, .notFound)] {
      #expect(try fixture.imports.compare(id, ImportChoice(), by: user, from: "") == expected)
      #expect(try fixture.imports.confirm(id, by: user, from: "") == expected)
      #expect(try fixture.imports.retry(id, by: user, from: "") == expected)
      #expect(try fixture.imports.undo(id, by: user, from: "") == expected)
      #expect(try fixture.imports.cancel(id, by: user, from: "") == expected)
    }
    guard case .notOwner = try fixture.imports.upload(1, by: admin) else {
      Issue.record("an admin may bring files")
      return
    }
    #expect(try fixture.imports.add(fixture.upload(), by: admin, from: "") == .notOwner)
    #expect(try fixture.status(id) == .ready)
  }

  @Test("Of twenty tabs that confirm at once one runs, and there is one export of how it was before")
  func twenty() throws {
    let id = try fixture.ready()
    let outcomes = Locked<[Imports.ChangeOutcome]>([])
    DispatchQueue.concurrentPerform(iterations: 20) { _ in
      let outcome = try? fixture.imports.confirm(id, by: owner, from: "")
      outcomes.withLock { $0.append(outcome ?? .notFound) }
    }
    #expect(outcomes.withLock { $0.count { $0 == .done } } == 1)
    #expect(outcomes.withLock { $0.count { $0 == .refused(.queued) } } == 19)
    #expect(try fixture.database.read { try $0.exports.openCount(of: owner.organisation) } == 1)
  }

  @Test(
    "A second import of the organisation is refused while the first one waits or runs; another one's is not")
  func busy() throws {
    let (first, second) = (try fixture.ready(), try fixture.ready())
    let foreign = try fixture.add(by: fixture.server.other.owner)
    #expect(try fixture.imports.confirm(first, by: owner, from: "") == .done)
    #expect(try fixture.imports.confirm(second, by: owner, from: "") == .busy(first))
    #expect(try fixture.imports.compare(second, ImportChoice(), by: owner, from: "") == .busy(first))
    let other = fixture.server.other.owner
    #expect(try fixture.imports.compare(foreign, ImportChoice(), by: other, from: "") == .done)
    #expect(throws: HandoverError.self) {
      _ = try fixture.imports.run("x", into: owner.organisation, ImportChoice()) {
        throw Unexpected("opened")
      }
    }
  }

  @Test("The export that waits or runs anyway is the one of how it was before")
  func openExport() throws {
    let open = try fixture.server.request()
    let id = try fixture.ready()
    #expect(try fixture.imports.confirm(id, by: owner, from: "") == .done)
    #expect(try fixture.find(id).before == open)
  }

  @Test(
    "Where the export of how it was before comes to nothing, nothing is applied; a retry asks for another one"
  )
  func noExport() throws {
    let id = try fixture.ready()
    #expect(try fixture.imports.confirm(id, by: owner, from: "") == .done)
    let before = try #require(try fixture.find(id).before)
    #expect(try fixture.server.exports.cancel(before, by: owner, from: "") == .done)
    #expect(try fixture.work())
    #expect(try fixture.status(id) == .failed && fixture.changes() == (0, 0))
    #expect(try fixture.find(id).reason?.contains("how it was before") == true)
    #expect(try fixture.imports.retry(id, by: owner, from: "") == .done)
    #expect(try fixture.find(id).before != before)
    try fixture.server.complete(try fixture.server.take())
    #expect(try fixture.work())
    #expect(try fixture.status(id) == .completed)
  }

  @Test("The newest that was applied can be undone, no other one, and none twice")
  func newest() throws {
    let (first, second) = (try fixture.completed(), try fixture.completed())
    #expect(try fixture.imports.undo(first, by: owner, from: "") == .refused(.completed))
    fixture.imports.sweep()
    #expect(fixture.folders == [second.rawValue], "what can't be undone needs no folder")
    #expect(try fixture.imports.undo(second, by: owner, from: "") == .done)
    #expect(try fixture.work())
    #expect(try fixture.imports.undo(second, by: owner, from: "") == .refused(.undone))
    #expect(try fixture.imports.undo(first, by: owner, from: "") == .refused(.completed))
  }

  @Test("Files that are not right fail, with their problems; another mapping compares them again")
  func wrongFiles() throws {
    let problem = FileProblem(file: "Deals.csv", line: 2, column: "deal_id", "is no id")
    fixture.engine.state.withLock { $0.errors = [ImportRefusal(problems: [problem])] }
    let id = try fixture.add()
    #expect(try fixture.imports.compare(id, ImportChoice(), by: owner, from: "") == .done)
    #expect(try fixture.work())
    #expect(try fixture.status(id) == .failed && fixture.find(id).problems == [problem])
    #expect(try fixture.server.letters().isEmpty, "they are on the page")
    let other = ImportChoice(mapping: "pipedrive")
    #expect(try fixture.imports.compare(id, other, by: owner, from: "") == .done)
    #expect(try fixture.work())
    #expect(try fixture.status(id) == .ready && fixture.find(id).problems.isEmpty)
    #expect(try fixture.find(id).choice == other)
  }

  @Test("Where the records have changed since the comparison they are compared again, and confirmed again")
  func outdated() throws {
    fixture.engine.state.withLock { $0.outdated = 1 }
    let id = try fixture.ready()
    try fixture.confirm(id)
    #expect(try fixture.work())
    #expect(
      try fixture.status(id) == .queued && fixture.find(id).step == .compare && fixture.changes() == (0, 0))
    #expect(try fixture.work())
    let again = try fixture.find(id)
    #expect(again.status == .ready && again.before == nil && again.confirmedAt == nil)
    #expect(again.reason?.contains("have changed") == true)
    try fixture.confirm(id)
    #expect(try fixture.work())
    #expect(try fixture.status(id) == .completed && fixture.changes() == (1, 0))
  }

  @Test("What waits is cancelled with its files; a run that comes back changes nothing")
  func cancelled() throws {
    let waiting = try fixture.ready()
    #expect(try fixture.imports.cancel(waiting, by: owner, from: "") == .done)
    #expect(try fixture.status(waiting) == .cancelled && fixture.folders.isEmpty)
    let id = try fixture.ready()
    try fixture.confirm(id)
    fixture.engine.state.withLock { state in
      state.meanwhile = { [fixture] _ in
        _ = try fixture.imports.cancel(id, by: fixture.office.owner, from: "")
      }
    }
    #expect(try fixture.work())
    #expect(try fixture.status(id) == .cancelled && fixture.changes() == (0, 0))
    fixture.imports.sweep()
    #expect(fixture.folders.isEmpty)
    #expect(try fixture.imports.cancel(id, by: owner, from: "") == .refused(.cancelled))
  }

  @Test("An undoing that is cancelled, or fails, leaves the import completed, to be undone again")
  func undoing() throws {
    let id = try fixture.completed()
    #expect(try fixture.imports.undo(id, by: owner, from: "") == .done)
    #expect(try fixture.imports.cancel(id, by: owner, from: "") == .done)
    #expect(try fixture.status(id) == .completed && fixture.find(id).canUndo)
    fixture.engine.state.withLock { $0.outdated = 1 }
    #expect(try fixture.imports.undo(id, by: owner, from: "") == .done)
    #expect(try fixture.work())
    #expect(try fixture.status(id) == .completed && fixture.changes() == (1, 0))
    #expect(
      try fixture.find(id).reason == "The records have changed since the import, so it can’t be undone.")
    #expect(try fixture.server.letters().last == "import_failed owner@harbour.example")
    #expect(try fixture.imports.undo(id, by: owner, from: "") == .done)
    #expect(try fixture.work())
    #expect(try fixture.status(id) == .undone && fixture.changes() == (1, 1))
  }

  @Test("No more than five wait for Confirm; there is room again once one is cancelled")
  func tooMany() throws {
    let ids = try (0..<Imports.mostWaiting).map { _ in try fixture.add() }
    guard case .tooMany(Imports.mostWaiting) = try fixture.imports.upload(1, by: owner) else {
      Issue.record("one too many")
      return
    }
    #expect(try fixture.imports.cancel(ids[0], by: owner, from: "") == .done)
    _ = try fixture.add()
  }

  @Test("Another owner finds nothing of what the former one has begun")
  func newOwner() throws {
    let ids = [try fixture.add(), try fixture.ready()]
    try fixture.database.write {
      try fixture.imports.ownerChanged(of: owner.organisation, by: .operator, in: $0)
    }
    #expect(try ids.map(fixture.status) == [.cancelled, .cancelled])
    fixture.imports.sweep()
    #expect(fixture.folders.isEmpty)
  }

  @Test(
    "A file's name is the last part of what the browser calls it, of which nothing leads elsewhere",
    arguments: [
      ("../../keys", "keys"), ("C:\\Users\\maria\\Deals.csv", "Deals.csv"), ("..", "file"), ("", "file"),
      (".hidden", "hidden"), ("a\u{202E}vsc.exe", "avsc.exe"), ("Ställe.csv", "Ställe.csv"),
      ("a\nb.csv", "ab.csv"),
    ])
  func names(given: String, expected: String) { #expect(ImportUpload.safe(given) == expected) }

  @Test("Files of one name are all kept, and no name is longer than a file system takes")
  func sameNames() throws {
    let upload = try fixture.upload(["Deals.csv", "deals.csv", String(repeating: "ä", count: 300) + ".csv"])
    #expect(upload.count == 3 && upload.size == 3 * 29)
    #expect(upload.names.hasPrefix("Deals.csv, 2 deals.csv, ") && upload.names.hasSuffix("ä.csv"))
    #expect(try fixture.imports.add(upload, by: owner, from: "") == .done(upload.id))
    #expect(try fixture.imports.folder.source(of: upload.id).hasSuffix("/files"))
  }
}
