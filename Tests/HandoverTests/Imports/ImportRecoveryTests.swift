import Foundation
import System
import TestSupport
import Testing

@testable import Handover

@Suite("Imports after a crash, and what is left over") struct ImportRecoveryTests {
  let fixture: ImportsFixture

  init() throws { fixture = try ImportsFixture() }

  private var owner: User { fixture.office.owner }

  @Test("What was processing is done again by the next server, and the records are as before or as after")
  func again() throws {
    let id = try fixture.ready()
    try fixture.confirm(id)
    // A server that dies holds no lock any more.
    do { _ = try #require(try fixture.imports.takeNext()) }
    let next = try ImportsFixture(beside: fixture)
    try next.imports.recover()
    let found = try next.find(id)
    #expect(found.status == .queued && found.step == .apply && found.failures == 1)
    #expect(found.reason == JobFailure.importInterrupted.reason)
    next.server.pass(.seconds(1))
    #expect(try next.work())
    #expect(try next.status(id) == .completed && next.changes() == (1, 0))
  }

  @Test(
    "An import that crashes the server three times has failed, and the owner is told; an undoing is given up")
  func thrice() throws {
    let id = try fixture.ready()
    try fixture.confirm(id)
    for _ in 0..<Import.retries.attempts {
      do { _ = try #require(try fixture.imports.takeNext()) }
      try fixture.imports.recover()
      fixture.server.pass(.seconds(10))
    }
    #expect(try fixture.status(id) == .failed && fixture.changes() == (0, 0))
    #expect(try fixture.server.letters().last == "import_failed owner@harbour.example")
    #expect(try fixture.imports.retry(id, by: owner, from: "") == .done)
    #expect(try fixture.work())
    #expect(try fixture.imports.undo(id, by: owner, from: "") == .done)
    for _ in 0..<Import.retries.attempts {
      do { _ = try #require(try fixture.imports.takeNext()) }
      try fixture.imports.recover()
      fixture.server.pass(.seconds(10))
    }
    #expect(try fixture.status(id) == .completed && fixture.find(id).canUndo)
  }

  @Test("One that another process works on is not interrupted")
  func elsewhere() throws {
    let id = try fixture.ready()
    try fixture.confirm(id)
    let job = try #require(try fixture.imports.takeNext())
    let other = try ImportsFixture(beside: fixture)
    try withExtendedLifetime(job) { try other.imports.recover() }
    #expect(try other.status(id) == .processing)
  }

  @Test("One whose lock an abandoned run still holds keeps nobody else's waiting")
  func abandoned() throws {
    let id = try fixture.add()
    #expect(try fixture.imports.compare(id, ImportChoice(), by: owner, from: "") == .done)
    let lock = try #require(try fixture.imports.folder.lock(id))
    let other = fixture.server.other.owner
    let foreign = try fixture.add(by: other)
    #expect(try fixture.imports.compare(foreign, ImportChoice(), by: other, from: "") == .done)
    _ = try fixture.work()
    #expect(try withExtendedLifetime(lock) { try fixture.work() })
    #expect(try fixture.status(foreign) == .ready && fixture.status(id) == .queued)
  }

  @Test("The operator's runs at once and to its end, with a row for everybody; a dry run leaves nothing")
  func command() throws {
    fixture.engine.database.withLock { $0 = fixture.database }
    let file = fixture.imports.folder.path + ".csv"
    func run(isDryRun: Bool) throws -> ImportReport {
      try fixture.imports.run("feed", into: owner.organisation, ImportChoice(), isDryRun: isDryRun) {
        try ExportFiles(at: folder(file))
      }
    }
    #expect(try run(isDryRun: true) == LetterTests.report)
    #expect(try fixture.changes() == (0, 0) && fixture.folders.isEmpty)
    #expect(try fixture.database.read { try $0.imports.count(of: owner.organisation) } == 0)
    #expect(try run(isDryRun: false) == LetterTests.report)
    let found = try #require(
      try fixture.database.read { try $0.imports.all(of: owner.organisation, limit: 9) }.first)
    #expect(found.status == .completed && found.requestedBy == nil && found.canUndo && found.before == nil)
    #expect(try fixture.changes() == (1, 0) && fixture.server.letters().isEmpty)
    #expect(fixture.files(of: found.id) == ["difference.db", "lock"])
    #expect(try fixture.imports.undo(found.id, by: owner, from: "") == .done)
    #expect(try fixture.work())
    #expect(try fixture.status(found.id) == .undone)
  }

  /// A folder with a file of deals.
  private func folder(_ path: String) throws -> String {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Data("deal_id,deal_name\r\nD-1,Loan\r\n".utf8).write(to: URL(filePath: path + "/Deals.csv"))
    return path
  }

  @Test("A command that was killed is in nobody's way: its row says so, and its folder goes")
  func killedCommand() throws {
    let id = ImportID(rawValue: String(repeating: "a", count: 32))
    do {
      _ = try fixture.imports.folder.make(id)
      try fixture.database.write {
        try $0.imports.add(
          id, of: owner.organisation, files: "feed", size: 0, by: nil, as: .processing, at: fixture.server.now
        )
      }
    }
    fixture.engine.database.withLock { $0 = fixture.database }
    let path = fixture.imports.folder.path + ".csv"
    _ = try fixture.imports.run("feed", into: owner.organisation, ImportChoice()) {
      try ExportFiles(at: folder(path))
    }
    let found = try fixture.find(id)
    #expect(found.status == .failed && found.reason == JobFailure.commandInterrupted.reason)
    fixture.imports.sweep()
    #expect(!fixture.folders.contains(id.rawValue) && fixture.folders.count == 1)
  }

  @Test("A command that fails, or is cancelled meanwhile, changes nothing and leaves nothing")
  func failedCommand() throws {
    let path = fixture.imports.folder.path + ".csv"
    func run() throws {
      _ = try fixture.imports.run("feed", into: owner.organisation, ImportChoice()) {
        try ExportFiles(at: folder(path))
      }
    }
    fixture.engine.database.withLock { $0 = fixture.database }
    fixture.engine.state.withLock { $0.errors = [SystemError("write", code: ENOSPC)] }
    #expect(throws: SystemError.self) { try run() }
    fixture.engine.state.withLock { state in
      state.meanwhile = { [fixture] _ in
        let organisation = fixture.office.organisation.id
        guard let id = try fixture.database.read({ try $0.imports.running(of: organisation) }) else { return }
        _ = try fixture.imports.cancel(id, by: fixture.office.owner, from: "")
      }
    }
    #expect(throws: HandoverError.self) { try run() }
    #expect(try fixture.changes() == (0, 0) && fixture.folders.isEmpty)
    let all = try fixture.database.read { try $0.imports.all(of: owner.organisation, limit: 9) }
    #expect(all.map(\.status) == [.cancelled, .failed])
    #expect(all[1].reason == "There is not enough space on the server.")
  }

  @Test(
    "An upload that breaks off leaves nothing; after a crash the sweeper removes it, and none that comes in")
  func uploads() throws {
    do { _ = try fixture.upload() }
    #expect(fixture.folders.isEmpty)
    let dead = ImportID(rawValue: String(repeating: "b", count: 32))
    do { _ = try fixture.imports.folder.make(dead) }
    let upload = try fixture.upload()
    fixture.imports.sweep()
    #expect(fixture.folders == [upload.id.rawValue])
  }

  @Test("Files that nobody confirms are kept for a day, also where the clock is set back")
  func lifetime() throws {
    let ids = [try fixture.add(), try fixture.ready()]
    fixture.server.pass(.hours(23))
    fixture.imports.sweep()
    #expect(try ids.map(fixture.status) == [.uploaded, .ready] && fixture.folders.count == 2)
    fixture.server.pass(.days(-400))
    fixture.imports.sweep()
    fixture.server.pass(Import.lifetime)
    fixture.imports.sweep()
    #expect(try ids.map(fixture.status) == [.cancelled, .cancelled] && fixture.folders.isEmpty)
    #expect(try fixture.find(ids[0]).reason == "Nobody confirmed it for 24 hours.")
  }

  @Test("One that failed stays failed; after a day its files are gone, and it can't be retried")
  func failed() throws {
    fixture.engine.state.withLock { $0.errors = [JobFailure("It broke.", isFinal: true)] }
    let id = try fixture.add()
    #expect(try fixture.imports.compare(id, ImportChoice(), by: owner, from: "") == .done)
    #expect(try fixture.work())
    fixture.imports.sweep()
    #expect(try fixture.status(id) == .failed && fixture.folders.count == 1)
    fixture.server.pass(Import.lifetime)
    fixture.imports.sweep()
    #expect(try fixture.status(id) == .failed && fixture.folders.isEmpty)
    #expect(try fixture.imports.retry(id, by: owner, from: "") == .filesGone)
  }

  @Test("Folders and files are their owner's alone")
  func modes() throws {
    let upload = try fixture.upload()
    func mode(_ path: String) throws -> Int? {
      (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }
    let folder = fixture.imports.folder.folder(of: upload.id)
    for path in [fixture.imports.folder.path, folder, folder + "/files"] { #expect(try mode(path) == 0o700) }
    #expect(try mode(folder + "/lock") == 0o600)
  }

  @Test(
    "What is asked every second or half minute is found in an index",
    arguments: [
      """
      SELECT organisation_id, min(number) FROM import
      WHERE status = 'queued' AND (not_before <= 1 OR not_before > 2)
        AND (step <> 'apply' OR before_export NOT IN (SELECT id FROM export WHERE ended_at IS NULL))
      GROUP BY organisation_id
      """,
      "SELECT id, attempt FROM import WHERE status = 'processing'",
      "SELECT id FROM import WHERE organisation_id = 1 AND status IN ('queued', 'processing')",
      "SELECT id FROM import WHERE status IN ('uploaded', 'ready') AND since <= 1 ORDER BY number",
      "UPDATE import SET since = 1 WHERE since > 1",
    ])
  func plans(_ sql: String) throws {
    let plan = try fixture.database.read {
      try $0.all("EXPLAIN QUERY PLAN " + sql) { try $0["detail"] as String }
    }
    let reads = plan.filter { $0.hasPrefix("SCAN") || $0.hasPrefix("SEARCH") }
    #expect(!reads.isEmpty && reads.allSatisfy { $0.contains("INDEX") }, "\(plan)")
  }
}
