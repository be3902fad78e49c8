import Foundation
import TestSupport
import Testing

@testable import Handover

@Suite("The sweeper") struct SweepTests {
  let fixture: ExportFixture

  init() throws {
    fixture = try ExportFixture()
  }

  @Test(
    "At its expiry an export is expired, and its file goes",
    arguments: [(86_399, false), (86_400, true), (86_401, true)])
  func expiry(seconds: Int, isExpired: Bool) throws {
    let export = try fixture.completed()
    fixture.pass(.seconds(seconds))
    fixture.exports.sweep()
    #expect(try fixture.status(export.id) == (isExpired ? .expired : .completed))
    #expect(fixture.exists(export.id) == !isExpired)
  }

  @Test("Expired stays expired, where the clock goes ten years on and back")
  func clock() throws {
    let export = try fixture.completed()
    fixture.pass(.days(3650))
    fixture.exports.sweep()
    fixture.pass(.days(-3650))
    fixture.exports.sweep()
    #expect(try fixture.status(export.id) == .expired)
    let target = try #require(try fixture.exports.links().link(of: try fixture.export(export.id))?.target)
    guard case .gone = try fixture.exports.follow(target, to: export.id, by: fixture.office.owner) else {
      throw Unexpected("alive again")
    }
  }

  @Test("Four hours before the expiry the owner is warned once, if nobody has downloaded it")
  func warning() throws {
    _ = try fixture.completed()
    func warnings() throws -> Int { try fixture.letters().filter { $0.hasPrefix("export_expiring") }.count }
    fixture.pass(.hours(20) - .seconds(1))
    fixture.exports.sweep()
    #expect(try warnings() == 0)
    fixture.pass(.seconds(1))
    for _ in 0..<3 { fixture.exports.sweep() }
    #expect(try warnings() == 1)
    let subject: String? = try fixture.database.read {
      try $0.value("SELECT subject FROM letter ORDER BY id DESC LIMIT 1")
    }
    #expect(subject == "Not downloaded yet: your export will be deleted in 4 hours")
  }

  @Test("Nobody is warned of an export that was downloaded, or is over already")
  func noWarning() throws {
    let export = try fixture.completed()
    try fixture.exports.recordDownload(
      of: export, by: try fixture.session("s", of: fixture.office.owner), from: "", .whole)
    fixture.pass(.hours(21))
    fixture.exports.sweep()
    _ = try fixture.completed()
    fixture.pass(.days(1))
    fixture.exports.sweep()
    #expect(try fixture.letters().filter { $0.hasPrefix("export_expiring") }.isEmpty)
  }

  @Test("Files that no export needs go; those of runs, of exports and of others stay")
  func leftovers() throws {
    let completed = try fixture.completed()
    let cancelled = try fixture.request()
    _ = try fixture.exports.cancel(cancelled, by: fixture.office.owner, from: "")
    _ = try fixture.request()
    let job = try fixture.take()
    let running = job.export.id.rawValue
    let kept = ["\(completed.id.rawValue).zip", "\(running)-1.zip.part", "notes.txt"]
    let unknown = String(repeating: "a", count: 32)
    let leftOver = [
      "\(cancelled.rawValue).zip", "\(cancelled.rawValue)-1.zip.part", "\(running)-0.zip.part",
      "\(running)-0.zip",
      "\(running)-1.zip", "\(running).zip",
      "\(unknown).zip", "\(unknown)-3.zip", "\(unknown)-3.zip.part",
    ]
    for name in kept + leftOver { fixture.leave(name) }
    fixture.exports.sweep()
    #expect(try fixture.files == kept.sorted())
  }

  @Test("A completed export whose file stays missing for some minutes ends, with the reason and a mail")
  func missing() throws {
    let (export, other) = (try fixture.completed(), try fixture.completed())
    fixture.exports.folder.remove(export.id)
    let start = ContinuousClock.now
    for minute in 0..<3 {
      fixture.exports.sweep(at: start + .minutes(minute))
      #expect(try fixture.status(export.id) == .completed)
    }
    fixture.exports.sweep(at: start + .minutes(3))
    let after = try fixture.export(export.id)
    #expect(
      after.status == .expired && after.reason == "The file is gone from the server."
        && after.endedAt == fixture.now)
    #expect(try fixture.activity().last == "export.expired")
    #expect(try fixture.letters().last == "export_lost owner@harbour.example")
    #expect(try fixture.status(other.id) == .completed)
  }

  @Test("A file that is back in time has lost nothing, and many looks within a moment are not enough")
  func back() throws {
    let export = try fixture.completed()
    let path = fixture.exports.folder.archive(export.id)
    let start = ContinuousClock.now
    try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
    for second in 0..<60 { fixture.exports.sweep(at: start + .seconds(second)) }
    try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
    fixture.exports.sweep(at: start + .minutes(2))
    try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
    for minute in 3..<6 { fixture.exports.sweep(at: start + .minutes(minute)) }
    #expect(try fixture.status(export.id) == .completed)
  }

  @Test("While the folder is away nothing ends but by the clock, and its files are there when it is back")
  func away() throws {
    let export = try fixture.completed()
    let (path, elsewhere) = (fixture.exports.folder.path, fixture.exports.folder.path + ".away")
    let start = ContinuousClock.now
    try FileManager.default.moveItem(atPath: path, toPath: elsewhere)
    for minute in 0..<9 { fixture.exports.sweep(at: start + .minutes(minute)) }
    // An empty mount point is not the folder.
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    for minute in 9..<20 { fixture.exports.sweep(at: start + .minutes(minute)) }
    #expect(try fixture.status(export.id) == .completed)
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: elsewhere, toPath: path)
    fixture.exports.sweep(at: start + .minutes(20))
    #expect(try fixture.status(export.id) == .completed && fixture.exists(export.id))
    try FileManager.default.moveItem(atPath: path, toPath: elsewhere)
    fixture.pass(.days(1))
    fixture.exports.sweep(at: start + .minutes(21))
    #expect(try fixture.status(export.id) == .expired)
    #expect(try fixture.letters().filter { $0.hasPrefix("export_lost") }.isEmpty)
    try FileManager.default.moveItem(atPath: elsewhere, toPath: path)
    fixture.exports.sweep(at: start + .minutes(22))
    #expect(!fixture.exists(export.id))
  }

  @Test("The file of an expired export goes even where its row can't say so yet, as on a full disk")
  func unwritten() throws {
    let export = try fixture.completed()
    fixture.pass(.days(1))
    try fixture.database.write {
      try $0.execute(
        "CREATE TRIGGER full BEFORE UPDATE ON export BEGIN SELECT RAISE(ABORT, 'full'); END")
    }
    fixture.exports.sweep()
    #expect(try fixture.status(export.id) == .completed && !fixture.exists(export.id))
  }

  @Test("One step that can't be done does not keep the others from it")
  func steps() throws {
    let export = try fixture.completed()
    fixture.pass(.days(1))
    try fixture.database.write { try $0.execute("DROP TABLE export_file; ALTER TABLE letter RENAME TO away") }
    fixture.exports.sweep()
    #expect(try fixture.status(export.id) == .expired && !fixture.exists(export.id))
  }

  @Test("The thread sweeps at its start and when it is woken, and stops")
  func thread() throws {
    let first = try fixture.completed()
    fixture.pass(.days(1))
    let sweeper = Sweeper(fixture.exports)
    try sweeper.start()
    try eventually("at the start") { try fixture.status(first.id) == .expired }
    let second = try fixture.completed()
    fixture.pass(.days(1))
    fixture.exports.ended.raise()
    try eventually("woken") { try fixture.status(second.id) == .expired }
    sweeper.stop()
  }

  @Test("File names: an export's, or nobody's")
  func names() {
    let id = ExportID(rawValue: String(repeating: "0f", count: 16))
    for name in ["\(id).zip", "\(id)-12.zip.part", "\(id)-12.zip"] {
      #expect(ExportFolder.isOfExport(name), "\(name)")
    }
    for name in ["\(id).zip.part", "\(id)", "\(id)-.zip", "\(id)-1-2.zip", "x.zip", "\(id).zip~", "..", ""] {
      #expect(!ExportFolder.isOfExport(name), "\(name)")
    }
  }
}
