import Foundation
import System
import TestSupport
import Testing

@testable import Handover

@Suite("Whose folders these are") struct StorageTests {
  let fixture: ExportFixture
  private let data: DataFolder

  init() throws {
    fixture = try ExportFixture()
    data = DataFolder(path: URL(filePath: fixture.exports.folder.path).deletingLastPathComponent().path)
    _ = try data.claim()
  }

  /// The exports as the next server on the same folder has them.
  private func nextServer() throws -> Exports {
    var exports = try ExportFixture(beside: fixture).exports
    exports.guardian = try DataGuard(data, fixture.database, .system)
    try exports.claimFolder()
    return exports
  }

  private func move(_ from: String, _ to: String) throws {
    try FileManager.default.moveItem(atPath: from, toPath: to)
  }

  private func makeFolder() throws {
    try FileManager.default.createDirectory(atPath: data.exports, withIntermediateDirectories: false)
  }

  @Test(
    "Exports wait while their folder is away, and a run that was taken away from runs again without a failure"
  )
  func waits() throws {
    let exports = try nextServer()
    _ = try fixture.request()
    try move(data.exports, data.exports + ".away")
    exports.lookAtStorage()
    #expect(try exports.takeNext() == nil)
    #expect(exports.storage.away != nil && exports.storage.notice?.contains("can’t be reached") == true)
    try move(data.exports + ".away", data.exports)
    exports.lookAtStorage()
    #expect(exports.storage.away == nil && exports.storage.notice == nil)
    // The sweeper is woken, for the files of what was revoked meanwhile.
    let woken = ContinuousClock.now
    exports.ended.wait(atMost: .seconds(60))
    #expect(.now - woken < .seconds(50))
    let job = try #require(try exports.takeNext())
    #expect(throws: StorageAway.self) {
      let archive = try makeArchive(job, in: exports.folder, now: fixture.now, fixture.database)
      try move(data.exports, data.exports + ".away")
      _ = try exports.complete(job, archive, after: .seconds(1))
    }
    #expect(!exports.canReachFolder)
  }

  @Test(
    "A run whose folder is taken away goes back into the queue, without a failure, and is completed later")
  func run() throws {
    let exports = try nextServer()
    let id = try fixture.request()
    let (folder, now, path, database) = (exports.folder, fixture.now, data.exports, fixture.database)
    let isAway = Locked(false)
    let pool = WorkerPool(exports, count: 1) { run in
      let archive = try makeArchive(run.job, in: folder, now: now, database)
      if run.job.attempt == 1 {
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        isAway.withLock { $0 = true }
      }
      return archive
    }
    try pool.start()
    try eventually("it waits") { try isAway.withLock { $0 } && fixture.status(id) == .queued }
    try move(data.exports + ".away", data.exports)
    exports.queued.raise()
    try eventually("it is completed") { try fixture.status(id) == .completed }
    pool.stop()
    #expect(try fixture.export(id).failures == 0 && fixture.exists(id))
    exports.sweep()
    #expect(try fixture.files == ["\(id.rawValue).zip"])
  }

  @Test("A folder that is back before the run has ended is no failure either")
  func moment() throws {
    let exports = try nextServer()
    let id = try fixture.request()
    let (folder, now, database) = (exports.folder, fixture.now, fixture.database)
    let pool = WorkerPool(exports, count: 1) { run in
      if run.job.attempt == 1 { throw StorageAway(reason: "away for a moment") }
      return try makeArchive(run.job, in: folder, now: now, database)
    }
    try pool.start()
    try eventually("it is completed") { try fixture.status(id) == .completed }
    pool.stop()
    #expect(try fixture.export(id).failures == 0)
  }

  @Test("After a start with a file in the place of the folder it is waited for as well")
  func file() throws {
    _ = try nextServer()
    let export = try fixture.completed()
    try move(data.exports, data.exports + ".away")
    try Data().write(to: URL(filePath: data.exports))
    try data.prepare(group: nil)
    let exports = try nextServer()
    exports.lookAtStorage()
    exports.sweep()
    #expect(exports.storage.away != nil && !exports.canMakeArchives)
    try FileManager.default.removeItem(atPath: data.exports)
    try move(data.exports + ".away", data.exports)
    exports.lookAtStorage()
    #expect(exports.storage.away == nil && exports.canMakeArchives && fixture.exists(export.id))
  }

  @Test("After a start with the folder away it is waited for, and known again when it is back")
  func start() throws {
    _ = try nextServer()
    let export = try fixture.completed()
    try move(data.exports, data.exports + ".away")
    for isEmpty in [false, true] {
      if isEmpty { try makeFolder() }
      let exports = try nextServer()
      #expect(FileManager.default.fileExists(atPath: data.exports) == isEmpty)
      exports.lookAtStorage()
      #expect(!exports.canReachFolder && exports.storage.away != nil)
      for minute in 0..<9 { exports.sweep(at: .now + .minutes(minute)) }
      #expect(try fixture.status(export.id) == .completed)
      if isEmpty { try FileManager.default.removeItem(atPath: data.exports) }
      try move(data.exports + ".away", data.exports)
      exports.lookAtStorage()
      #expect(exports.canReachFolder)
      try move(data.exports, data.exports + ".away")
    }
  }

  @Test(
    "A folder of ours that was moved to another disk is known by its archives; an empty one once it is said to be"
  )
  func moved() throws {
    let exports = try nextServer()
    let export = try fixture.completed()
    try move(data.exports, data.exports + ".old")
    try FileManager.default.copyItem(atPath: data.exports + ".old", toPath: data.exports)
    exports.lookAtStorage()
    #expect(exports.canReachFolder && exports.storage.away == nil)
    try FileManager.default.removeItem(atPath: data.exports)
    try makeFolder()
    exports.lookAtStorage()
    #expect(!exports.canReachFolder)
    _ = FileManager.default.createFile(atPath: data.exports + "/" + DataFolder.newFolderMark, contents: nil)
    exports.lookAtStorage()
    #expect(exports.canReachFolder)
    #expect(try fixture.status(export.id) == .completed)
  }

  @Test("Where nothing is missed a new folder is taken at once, and made at the start")
  func nothingMissed() throws {
    let exports = try nextServer()
    try FileManager.default.removeItem(atPath: data.exports)
    try makeFolder()
    exports.lookAtStorage()
    #expect(exports.canReachFolder)
    try FileManager.default.removeItem(atPath: data.exports)
    #expect(try nextServer().canReachFolder)
  }

  @Test(
    "A folder with the archives of others is not touched, ends the server, and keeps the next from starting")
  func others() throws {
    let exports = try nextServer()
    _ = try fixture.completed()
    try move(data.exports, data.exports + ".old")
    try makeFolder()
    let name = String(repeating: "a", count: 32) + ".zip"
    fixture.leave(name)
    exports.sweep()
    exports.lookAtStorage()
    exports.sweep()
    #expect(exports.guardian?.verdict?.contains("another installation") == true)
    #expect(try fixture.files == [name])
    #expect(throws: HandoverError.self) { _ = try nextServer() }
  }

  @Test("A restored database takes the folder as it is")
  func restored() throws {
    _ = try nextServer()
    _ = try fixture.completed()
    try FileManager.default.removeItem(atPath: data.exports)
    try fixture.database.write {
      _ = try $0.run("UPDATE installation SET database_inode = database_inode + 1")
    }
    #expect(try nextServer().canReachFolder)
  }

  @Test("A full disk and one that takes nothing are told apart from other errors")
  func shortage() {
    #expect(Shortage(SystemError("write", code: ENOSPC)) == .full)
    #expect(Shortage(SystemError("write", code: EDQUOT)) == .full)
    #expect(Shortage(SystemError("write", code: EROFS)) == .unwritable)
    #expect(Shortage(SystemError("write", code: EACCES)) == nil)
    #expect(Shortage(at: "/proc/nothing/here") == nil)
  }
}
