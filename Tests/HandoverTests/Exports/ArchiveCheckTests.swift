import Foundation
import Secrets
import System
import TestSupport
import Testing

@testable import Handover

@Suite("What flows is what was hashed") struct ArchiveCheckTests {
  let fixture: ExportFixture
  let export: Export

  init() throws {
    fixture = try ExportFixture()
    export = try fixture.completed()
  }

  private var file: URL { URL(filePath: fixture.exports.folder.archive(export.id)) }

  private func follow(_ fixture: ExportFixture? = nil) throws -> DownloadOutcome {
    let fixture = fixture ?? self.fixture
    let target = try #require(try fixture.exports.links().link(of: export)?.target)
    return try fixture.exports.follow(target, to: export.id, by: fixture.office.owner)
  }

  private func isFile(_ outcome: DownloadOutcome) -> Bool {
    if case .file = outcome { true } else { false }
  }

  /// Writes other bytes into the same file, and puts its times back.
  private func overwrite(_ bytes: String) throws {
    let times = try FileManager.default.attributesOfItem(atPath: file.path)[.modificationDate]
    let handle = try FileHandle(forWritingTo: file)
    try handle.write(contentsOf: Data(bytes.utf8))
    try handle.close()
    try FileManager.default.setAttributes([.modificationDate: try #require(times)], ofItemAtPath: file.path)
  }

  private func checkEnded() throws {
    let after = try fixture.export(export.id)
    #expect(after.status == .expired && after.reason == ExportLoss.damaged.reason)
    #expect(try fixture.activity().last == "export.expired")
    #expect(try fixture.letters().last == "export_lost owner@harbour.example")
    guard case .gone = try follow() else { throw Unexpected("alive again") }
  }

  @Test(
    "A damaged file is never sent, whatever was done to it, and its export ends with the reason and a mail",
    arguments: [
      "cut", "longer", "zeroed", "times put back", "empty", "another file", "folder", "link", "pipe",
    ])
  func damaged(how: String) throws {
    #expect(isFile(try follow()))
    let files = FileManager.default
    switch how {
    case "cut": try Data("123".utf8).write(to: file)
    case "longer": try Data("123456".utf8).write(to: file)
    case "zeroed": try Data(count: 5).write(to: file)
    case "times put back": try overwrite("1234x")
    case "empty": try Data().write(to: file)
    default:
      try files.removeItem(at: file)
      switch how {
      case "another file": try Data("54321".utf8).write(to: file)
      case "folder": try files.createDirectory(at: file, withIntermediateDirectories: false)
      case "link": try files.createSymbolicLink(atPath: file.path, withDestinationPath: "/etc/passwd")
      default: _ = unsafe mkfifo(file.path, 0o600)
      }
    }
    #expect(try follow() == .damaged(export))
    try checkEnded()
  }

  @Test("A file that was put back from a backup is hashed, found right, and sent")
  func restored() throws {
    for _ in 0..<2 {
      try FileManager.default.removeItem(at: file)
      try Data("12345".utf8).write(to: file)
      #expect(isFile(try follow()))
    }
    #expect(try fixture.status(export.id) == .completed)
  }

  @Test("After a restart the file is hashed before its first byte flows")
  func restart() throws {
    let state = try fixture.exports.reachFolder().state(of: file.lastPathComponent)
    #expect(fixture.exports.checks.isSound(export.id, try #require(state)))
    let next = try ExportFixture(beside: fixture)
    #expect(!next.exports.checks.isSound(export.id, try #require(state)))
    #expect(isFile(try follow(next)))
    #expect(next.exports.checks.isSound(export.id, try #require(state)))
    try overwrite("12x45")
    let last = try ExportFixture(beside: fixture)
    #expect(try follow(last) == .damaged(export))
  }

  @Test("Bytes that change without a trace on the disk are found within the hour")
  func rot() throws {
    let start = ContinuousClock.now
    fixture.exports.checkWhatIsDue(at: start)
    try overwrite("x2345")
    // As if nothing had written it.
    let state = try #require(try fixture.exports.reachFolder().state(of: file.lastPathComponent))
    fixture.exports.checks.note(export.id, state, at: start)
    #expect(isFile(try follow()))
    fixture.exports.checkWhatIsDue(at: start + .minutes(59))
    #expect(try fixture.status(export.id) == .completed)
    fixture.exports.checkWhatIsDue(at: start + .minutes(60))
    try checkEnded()
  }

  @Test(
    "A large file is hashed by the thread for those who wait; without it the download is told to come back")
  func large() throws {
    let size = ArchiveChecks.small + 1
    let bytes = Data(count: size)
    try bytes.write(to: file)
    let hash = SHA256.hash([UInt8](bytes))
    try fixture.database.write {
      _ = try $0.run("UPDATE export SET size = ?, sha256 = ? WHERE id = ?", size, hash, export.id)
    }
    let checker = ArchiveChecker(fixture.exports)
    try checker.start()
    #expect(isFile(try follow()))
    checker.stop()
    let next = try ExportFixture(beside: fixture)
    let stopped = ArchiveChecker(next.exports)
    try stopped.start()
    stopped.stop()
    #expect(try follow(next) == .unchecked)
    #expect(try next.status(export.id) == .completed)
  }

  @Test("A file that can't be reached is away and not damaged")
  func away() throws {
    let (path, elsewhere) = (fixture.exports.folder.path, fixture.exports.folder.path + ".away")
    try FileManager.default.moveItem(atPath: path, toPath: elsewhere)
    #expect(try follow() == .away)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(try follow() == .away)
    fixture.exports.checkWhatIsDue(at: .now + .hours(2))
    #expect(try fixture.status(export.id) == .completed)
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: elsewhere, toPath: path)
    #expect(isFile(try follow()))
  }
}
