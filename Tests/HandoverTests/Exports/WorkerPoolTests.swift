import Foundation
import System
import TestSupport
import Testing
import ZIP

@testable import Handover

@Suite("Workers") struct WorkerPoolTests {
  let fixture: ExportFixture

  init() throws {
    fixture = try ExportFixture()
  }

  /// Runs that wait until they are let go or cancelled.
  final class Runs: Sendable {
    let started = Locked<[ExportID]>([])
    private let isOpen = Locked(false)

    func letGo() { isOpen.withLock { $0 = true } }

    func build(_ run: ExportRun, in fixture: ExportFixture) throws -> FinishedArchive {
      started.withLock { $0.append(run.job.export.id) }
      while !isOpen.withLock({ $0 }) {
        try run.cancellation.check()
        usleep(1_000)
      }
      return try fixture.make(run.job)
    }
  }

  func pool(_ runs: Runs, count: Int = 2) throws -> WorkerPool {
    WorkerPool(fixture.exports, count: count) { [fixture] run in try runs.build(run, in: fixture) }
  }

  @Test("While the keys are away no export begins; one that was running waits with all its tries")
  func keysAway() throws {
    let runs = Runs()
    let pool = try pool(runs, count: 1)
    try pool.start()
    defer { pool.stop() }
    let id = try fixture.request()
    try eventually("it runs") { try fixture.status(id) == .processing }
    let keys = fixture.keys.path
    unsafe rename(keys, keys + ".away")
    runs.letGo()
    try eventually("it waits") { try fixture.status(id) == .queued }
    fixture.exports.queued.raise()
    #expect(try fixture.exports.takeNext() == nil)
    #expect(try fixture.export(id).failures == 0)
    unsafe rename(keys + ".away", keys)
    try eventually("completed") { try fixture.status(id) == .completed }
    #expect(try fixture.export(id).failures == 0)
  }

  @Test("From the request to the download, with the real engine")
  func engine() throws {
    let compressors = try Compressors(threads: 2)
    defer { compressors.stop() }
    let builder = ArchiveBuilder(database: fixture.database, compressors: compressors, level: 4)
    let pool = WorkerPool(fixture.exports, count: 2) { [fixture] run in
      try builder.build(
        run.job.organisation, run.job.export.scope, as: run.job.export.id,
        at: fixture.exports.folder.temporary(run.job))
    }
    try pool.start()
    defer { pool.stop() }
    let id = try fixture.request()
    try eventually("completed") { try fixture.status(id) == .completed }
    let export = try fixture.export(id)
    let target = try #require(try fixture.exports.links().link(of: export)?.target)
    guard case .file(let file) = try fixture.exports.follow(target, to: id, by: fixture.office.owner) else {
      Issue.record("no file")
      return
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(fixture.exports.folder.path)/\(file.file)"))
    #expect(bytes.count == file.size && bytes.prefix(2) == Data("PK".utf8))
    #expect(
      try fixture.letters().map { $0.split(separator: " ")[0] } == ["export_completed"])
  }

  @Test("A request wakes a worker that waits; each organisation gets its own")
  func wake() throws {
    let runs = Runs()
    let pool = try pool(runs)
    try pool.start()
    let ids = [try fixture.request(), try fixture.request(by: fixture.other.owner)]
    _ = try fixture.request(.user(fixture.office.user.id))
    try eventually("both run") { runs.started.withLock { Set($0) } == Set(ids) }
    runs.letGo()
    try eventually("the third runs") { runs.started.withLock { $0.count } == 3 }
    pool.stop()
  }

  @Test("Cancelling a running export stops the run, and leaves no file")
  func cancel() throws {
    let runs = Runs()
    let pool = try pool(runs)
    try pool.start()
    defer { pool.stop() }
    let id = try fixture.request()
    try eventually("runs") { !fixture.exports.runs.all.isEmpty }
    #expect(try fixture.exports.cancel(id, by: fixture.office.owner, from: "") == .done)
    try eventually("stopped") { fixture.exports.runs.all.isEmpty }
    #expect(try fixture.status(id) == .cancelled && fixture.files.isEmpty)
  }

  @Test("A run whose row another process has cancelled is stopped by the watch")
  func cancelledElsewhere() throws {
    let runs = Runs()
    let pool = try pool(runs)
    try pool.start()
    defer { pool.stop() }
    let id = try fixture.request()
    try eventually("runs") { !fixture.exports.runs.all.isEmpty }
    try fixture.database.write { try $0.exports.cancel(try fixture.export(id), at: fixture.now) }
    try eventually("stopped") { fixture.exports.runs.all.isEmpty }
    #expect(try fixture.status(id) == .cancelled)
  }

  @Test("A stop hands back what runs, and the next start goes on")
  func stop() throws {
    let runs = Runs()
    let pool = try pool(runs)
    try pool.start()
    let id = try fixture.request()
    try eventually("runs") { !fixture.exports.runs.all.isEmpty && pool.isAlive }
    pool.stop()
    let export = try fixture.export(id)
    #expect(export.status == .queued && export.failures == 0 && export.reason == nil)
    #expect(try fixture.activity().last == "export.handed-back")

    let next = try ExportFixture(beside: fixture)
    runs.letGo()
    let nextPool = WorkerPool(next.exports, count: 1) { run in try runs.build(run, in: next) }
    try nextPool.start()
    try eventually("completed") { try next.status(id) == .completed }
    nextPool.stop()
  }

  @Test("A run without progress is given up, and another thread takes the next export")
  func stalled() throws {
    let isOpen = Locked(false)
    let ended = Locked(false)
    let pool = WorkerPool(fixture.exports, count: 1) { [fixture] run in
      guard run.job.attempt == 1 else { return try fixture.make(run.job) }
      // As a thread that the kernel keeps: it does not hear of the cancellation.
      while !isOpen.withLock({ $0 }) { usleep(1_000) }
      defer { ended.withLock { $0 = true } }
      return try fixture.make(run.job)
    }
    try pool.start()
    let id = try fixture.request()
    try eventually("runs") { !fixture.exports.runs.all.isEmpty }
    for _ in 0...WorkerPool.looksWithoutProgress { pool.look() }
    #expect(try fixture.export(id).reason == "The export made no progress for 10 minutes.")
    fixture.pass(.seconds(10))
    try eventually("completed by another thread") { try fixture.status(id) == .completed }
    let completed = try (fixture.export(id), fixture.activity())
    isOpen.withLock { $0 = true }
    try eventually("the stuck one came back") { ended.withLock { $0 } }
    pool.stop()
    try eventually("late") { fixture.log.all.contains { $0.contains("export.late") } }
    #expect(try (fixture.export(id), fixture.activity()) == completed)
    #expect(try fixture.files == ["\(id.rawValue).zip"])
  }

  @Test("Progress starts the ten minutes anew")
  func progress() throws {
    _ = try fixture.request()
    let run = ExportRun(try fixture.take())
    for rows in 1...3 {
      run.progress.update { $0.rows = rows }
      #expect(run.tick() == 0)
      #expect(run.tick() == 1)
      #expect(run.tick() == 2)
    }
  }

  @Test("An error of a run is told in the row, and the run tried again")
  func error() throws {
    let pool = WorkerPool(fixture.exports, count: 1) { [fixture] run in
      if run.job.attempt == 1 { throw SystemError("write", code: ENOSPC) }
      return try fixture.make(run.job)
    }
    try pool.start()
    defer { pool.stop() }
    let id = try fixture.request()
    try eventually("failed once") { try fixture.export(id).failures == 1 }
    #expect(try fixture.export(id).reason == "There is not enough space on the server.")
    fixture.pass(.seconds(1))
    try eventually("completed") { try fixture.status(id) == .completed }
  }

  @Test("A worker stays with a failed run until the database takes its end, and the reason is kept")
  func databaseRefuses() throws {
    try fixture.database.write {
      _ = try $0.run(
        """
        CREATE TRIGGER refusal BEFORE UPDATE ON export WHEN NEW.failures > OLD.failures
        BEGIN SELECT RAISE(ABORT, 'as full as a disk'); END
        """)
    }
    let pool = WorkerPool(fixture.exports, count: 1) { _ in throw SystemError("write", code: EIO) }
    try pool.start()
    defer { pool.stop() }
    let id = try fixture.request()
    try eventually("refused") { fixture.log.all.contains { $0.contains("event=export.end") } }
    #expect(try fixture.status(id) == .processing)
    try fixture.database.write { _ = try $0.run("DROP TRIGGER refusal") }
    try eventually("recorded") { try fixture.export(id).failures == 1 }
    #expect(try fixture.export(id).reason == "The file couldn’t be written on the server’s disk.")
  }

  @Test("Where the commit fails behind the file's new name, the file goes, and the export is tried again")
  func commitFails() throws {
    // A reference that is checked only at the commit, and leads nowhere.
    try fixture.database.write {
      _ = try $0.run("CREATE TABLE trap (id INTEGER REFERENCES organisation DEFERRABLE INITIALLY DEFERRED)")
      _ = try $0.run(
        """
        CREATE TRIGGER trapped AFTER UPDATE ON export WHEN NEW.status = 'completed'
        BEGIN INSERT INTO trap VALUES (-1); END
        """)
    }
    let pool = WorkerPool(fixture.exports, count: 1) { [fixture] run in try fixture.make(run.job) }
    try pool.start()
    defer { pool.stop() }
    let id = try fixture.request()
    try eventually("failed once") { try fixture.export(id).failures == 1 }
    #expect(try fixture.files.isEmpty && fixture.letters().count == 1)
    try fixture.database.write { _ = try $0.run("DROP TRIGGER trapped") }
    fixture.pass(.seconds(1))
    try eventually("completed") { try fixture.status(id) == .completed }
    #expect(fixture.exists(id))
  }

  @Test("A page sees how far a run is")
  func view() throws {
    _ = try fixture.completed()
    let id = try fixture.request()
    let run = ExportRun(try fixture.take())
    fixture.exports.runs.add(run)
    run.progress.update {
      $0.total = 21_000
      $0.rows = 10_500
      $0.file = "Notes.csv"
    }
    let export = try fixture.export(id)
    let view = try #require(try fixture.database.read { try fixture.exports.running(export, in: $0) })
    #expect(view.percent == 50 && view.rows == 10_500 && view.totalRows == 21_000 && view.file == "Notes.csv")
    #expect(
      view.remaining.map { Wording.duration($0) } == "1 second", "21,000 rows took 2 seconds the last time")
    fixture.exports.runs.remove(run)
    #expect(try fixture.database.read { try fixture.exports.running(export, in: $0) } == nil)
  }
}
