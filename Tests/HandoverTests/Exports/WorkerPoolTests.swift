import Foundation
import System
import TestSupport
import Testing
import ZIP

@testable import Handover

@Suite("Workers") struct WorkerPoolTests {
  let world: ExportFixture

  init() throws {
    world = try ExportFixture()
  }

  /// Runs that wait until they are let go or cancelled.
  final class Runs: Sendable {
    let started = Locked<[ExportID]>([])
    private let isOpen = Locked(false)

    func letGo() { isOpen.withLock { $0 = true } }

    func build(_ run: ExportRun, in world: ExportFixture) throws -> FinishedArchive {
      started.withLock { $0.append(run.job.export.id) }
      while !isOpen.withLock({ $0 }) {
        try run.cancellation.check()
        usleep(1_000)
      }
      return try world.make(run.job)
    }
  }

  func pool(_ runs: Runs, count: Int = 2) throws -> WorkerPool {
    WorkerPool(world.exports, count: count) { [world] run in try runs.build(run, in: world) }
  }

  @Test("From the request to the download, with the real engine")
  func engine() throws {
    let compressors = try Compressors(threads: 2)
    defer { compressors.stop() }
    let builder = ArchiveBuilder(database: world.database, compressors: compressors, level: 4)
    let pool = WorkerPool(world.exports, count: 2) { [world] run in
      try builder.build(
        run.job.organisation, run.job.export.scope, at: world.exports.folder.temporary(run.job))
    }
    try pool.start()
    defer { pool.stop() }
    let id = try world.request()
    try eventually("completed") { try world.status(id) == .completed }
    let export = try world.export(id)
    let target = try #require(try world.exports.links().link(of: export)?.target)
    guard case .file(let file) = try world.exports.follow(target, to: id, by: world.office.owner) else {
      Issue.record("no file")
      return
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(world.exports.folder.path)/\(file.file)"))
    #expect(bytes.count == file.size && bytes.prefix(2) == Data("PK".utf8))
    #expect(
      try world.letters().map { $0.split(separator: " ")[0] } == ["export_requested", "export_completed"])
  }

  @Test("A request wakes a worker that waits; each organisation gets its own")
  func wake() throws {
    let runs = Runs()
    let pool = try pool(runs)
    try pool.start()
    let ids = [try world.request(), try world.request(by: world.other.owner)]
    _ = try world.request(.user(world.office.user.id))
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
    let id = try world.request()
    try eventually("runs") { !world.exports.runs.all.isEmpty }
    #expect(try world.exports.cancel(id, by: world.office.owner, from: "") == .done)
    try eventually("stopped") { world.exports.runs.all.isEmpty }
    #expect(try world.status(id) == .cancelled && world.files.isEmpty)
  }

  @Test("A run whose row another process has cancelled is stopped by the watch")
  func cancelledElsewhere() throws {
    let runs = Runs()
    let pool = try pool(runs)
    try pool.start()
    defer { pool.stop() }
    let id = try world.request()
    try eventually("runs") { !world.exports.runs.all.isEmpty }
    try world.database.write { try $0.exports.cancel(try world.export(id), at: world.now) }
    try eventually("stopped") { world.exports.runs.all.isEmpty }
    #expect(try world.status(id) == .cancelled)
  }

  @Test("A stop hands back what runs, and the next start goes on")
  func stop() throws {
    let runs = Runs()
    let pool = try pool(runs)
    try pool.start()
    let id = try world.request()
    try eventually("runs") { !world.exports.runs.all.isEmpty && pool.isAlive }
    pool.stop()
    let export = try world.export(id)
    #expect(export.status == .queued && export.failures == 0 && export.reason == nil)
    #expect(try world.activity().last == "export.handed-back")

    let next = try ExportFixture(beside: world)
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
    let pool = WorkerPool(world.exports, count: 1) { [world] run in
      guard run.job.attempt == 1 else { return try world.make(run.job) }
      // As a thread that the kernel keeps: it does not hear of the cancellation.
      while !isOpen.withLock({ $0 }) { usleep(1_000) }
      defer { ended.withLock { $0 = true } }
      return try world.make(run.job)
    }
    try pool.start()
    let id = try world.request()
    try eventually("runs") { !world.exports.runs.all.isEmpty }
    for _ in 0...WorkerPool.looksWithoutProgress { pool.look() }
    #expect(try world.export(id).reason == "The export made no progress for 10 minutes.")
    world.pass(.seconds(10))
    try eventually("completed by another thread") { try world.status(id) == .completed }
    let completed = try (world.export(id), world.activity())
    isOpen.withLock { $0 = true }
    try eventually("the stuck one came back") { ended.withLock { $0 } }
    pool.stop()
    try eventually("late") { world.log.all.contains { $0.contains("export.late") } }
    #expect(try (world.export(id), world.activity()) == completed)
    #expect(try world.files == ["\(id.rawValue).zip"])
  }

  @Test("Progress starts the ten minutes anew")
  func progress() throws {
    _ = try world.request()
    let run = ExportRun(try world.take())
    for rows in 1...3 {
      run.progress.update { $0.rows = rows }
      #expect(run.tick() == 0)
      #expect(run.tick() == 1)
      #expect(run.tick() == 2)
    }
  }

  @Test("An error of a run is told in the row, and the run tried again")
  func error() throws {
    let pool = WorkerPool(world.exports, count: 1) { [world] run in
      if run.job.attempt == 1 { throw SystemError("write", code: ENOSPC) }
      return try world.make(run.job)
    }
    try pool.start()
    defer { pool.stop() }
    let id = try world.request()
    try eventually("failed once") { try world.export(id).failures == 1 }
    #expect(try world.export(id).reason == "There is not enough space on the server.")
    world.pass(.seconds(1))
    try eventually("completed") { try world.status(id) == .completed }
  }

  @Test("A worker stays with a failed run until the database takes its end, and the reason is kept")
  func databaseRefuses() throws {
    try world.database.write {
      _ = try $0.run(
        """
        CREATE TRIGGER refusal BEFORE UPDATE ON export WHEN NEW.failures > OLD.failures
        BEGIN SELECT RAISE(ABORT, 'as full as a disk'); END
        """)
    }
    let pool = WorkerPool(world.exports, count: 1) { _ in throw SystemError("write", code: EIO) }
    try pool.start()
    defer { pool.stop() }
    let id = try world.request()
    try eventually("refused") { world.log.all.contains { $0.contains("event=export.end") } }
    #expect(try world.status(id) == .processing)
    try world.database.write { _ = try $0.run("DROP TRIGGER refusal") }
    try eventually("recorded") { try world.export(id).failures == 1 }
    #expect(try world.export(id).reason == "The file could not be written on the server's disk.")
  }

  @Test("Where the commit fails behind the file's new name, the file goes, and the export is tried again")
  func commitFails() throws {
    // A reference that is checked only at the commit, and leads nowhere.
    try world.database.write {
      _ = try $0.run("CREATE TABLE trap (id INTEGER REFERENCES organisation DEFERRABLE INITIALLY DEFERRED)")
      _ = try $0.run(
        """
        CREATE TRIGGER trapped AFTER UPDATE ON export WHEN NEW.status = 'completed'
        BEGIN INSERT INTO trap VALUES (-1); END
        """)
    }
    let pool = WorkerPool(world.exports, count: 1) { [world] run in try world.make(run.job) }
    try pool.start()
    defer { pool.stop() }
    let id = try world.request()
    try eventually("failed once") { try world.export(id).failures == 1 }
    #expect(try world.files.isEmpty && world.letters().count == 1)
    try world.database.write { _ = try $0.run("DROP TRIGGER trapped") }
    world.pass(.seconds(1))
    try eventually("completed") { try world.status(id) == .completed }
    #expect(world.exists(id))
  }

  @Test("A page sees how far a run is")
  func view() throws {
    _ = try world.completed()
    let id = try world.request()
    let run = ExportRun(try world.take())
    world.exports.runs.add(run)
    run.progress.update {
      $0.total = 21_000
      $0.rows = 10_500
      $0.file = "Notes.csv"
    }
    let export = try world.export(id)
    let view = try #require(try world.database.read { try world.exports.running(export, in: $0) })
    #expect(view.percent == 50 && view.rows == 10_500 && view.totalRows == 21_000 && view.file == "Notes.csv")
    #expect(
      view.remaining.map { Wording.duration($0) } == "1 second", "21,000 rows took 2 seconds the last time")
    world.exports.runs.remove(run)
    #expect(try world.database.read { try world.exports.running(export, in: $0) } == nil)
  }
}
