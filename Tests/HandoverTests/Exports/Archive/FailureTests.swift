import Foundation
import System
import TestSupport
import Testing

@testable import Handover

/// What an export leaves behind that doesn't come to its end: nothing.
@Suite struct FailureTests {
  @Test("A cancelled export stops in the middle")
  func cancelled() throws {
    let office = try ExportOffice()
    let organisation = try #require(try office.makeDemo(rows: 2_000).first)
    let cancellation = Cancellation()
    // The builder looks at the clock as it begins the snapshot.
    let clock = Clock {
      cancellation.cancel()
      return ExportOffice.now
    }
    let error = #expect(throws: JobFailure.self) {
      try office.builder(clock: clock).build(
        organisation, .organisation, publishedAs: office.folder + "/a.zip", cancellation: cancellation)
    }
    #expect(error == .cancelled)
    #expect(!office.has("a.zip") && !office.has("a.zip.part"))
  }

  @Test("An export that is cancelled while rows are written stops there")
  func cancelledWhileWriting() throws {
    let office = try ExportOffice()
    let organisation = try #require(try office.makeDemo(rows: 20_000).first)
    let cancellation = Cancellation()
    let progress = ExportProgress()
    let isOver = Locked(false)
    let canceller = Thread {
      while progress.state.rows == 0, !isOver.withLock({ $0 }) { sched_yield() }
      cancellation.cancel()
    }
    canceller.start()
    defer { isOver.withLock { $0 = true } }
    let error = #expect(throws: JobFailure.self) {
      try office.builder().build(
        organisation, .organisation, publishedAs: office.folder + "/a.zip", progress: progress,
        cancellation: cancellation)
    }
    #expect(error == .cancelled)
    #expect(!office.has("a.zip") && !office.has("a.zip.part"))
  }

  @Test("A failed export leaves the earlier file as it was")
  func formerFile() throws {
    let small = try SmallOffice()
    let path = small.office.folder + "/a.zip"
    try Data("former".utf8).write(to: URL(fileURLWithPath: path))
    let cancellation = Cancellation()
    cancellation.cancel()
    #expect(throws: JobFailure.cancelled) {
      try small.office.builder().build(
        small.organisation, .organisation, publishedAs: path, cancellation: cancellation)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("former".utf8))
  }

  @Test("The files of a crashed run are no obstacle")
  func leftovers() throws {
    let small = try SmallOffice()
    let path = small.office.folder + "/a.zip"
    try Data("half a file".utf8).write(to: URL(fileURLWithPath: path + ".part"))
    _ = try small.office.builder().build(small.organisation, .organisation, publishedAs: path)
    #expect(!small.office.has("a.zip.part"))
    #expect(try mode(of: path) == 0o600)
  }

  @Test func `With a group, the group may read the file and nobody else`() throws {
    let small = try SmallOffice()
    let path = small.office.folder + "/a.zip"
    var archive = try small.office.builder().build(
      small.organisation, .organisation, at: path + ".part", group: getgid())
    #expect(!small.office.has("a.zip"))
    try archive.publish(as: path)
    #expect(try mode(of: path) == 0o640)
  }

  private func mode(of path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test("A missing folder is reported in the system's words")
  func missingFolder() throws {
    let small = try SmallOffice()
    let error = #expect(throws: JobFailure.self) {
      try small.office.builder().build(
        small.organisation, .organisation, publishedAs: small.office.folder + "/no/a.zip")
    }
    #expect(error?.reason == "The file couldn’t be written on the server’s disk.")
    #expect(error?.detail.contains("No such file or directory") == true)
  }

  @Test("A user of no organisation can't be a scope")
  func unknownUser() throws {
    let small = try SmallOffice()
    let error = #expect(throws: JobFailure.self) {
      try small.office.builder().build(
        small.organisation, .user(UserID(rawValue: 9)), publishedAs: small.office.folder + "/a.zip")
    }
    #expect(error?.reason == "The organisation has no user U-9.")
  }

  @Test(
    "A full disk is reported, and nothing stays on it",
    .enabled("mounting a small disk needs root", { SmallDisk.isPossible }))
  func fullDisk() throws {
    let office = try ExportOffice()
    let organisation = try #require(try office.makeDemo(rows: 20_000).first)
    let disk = try SmallDisk(in: office.folder, kilobytes: 512)
    let error = #expect(throws: JobFailure.self) {
      try office.builder().build(organisation, .organisation, publishedAs: disk.path + "/a.zip")
    }
    #expect(error?.reason == "There is not enough space on the server.")
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == [])
  }
}

/// A tmpfs of so many kilobytes, unmounted with this value.
private final class SmallDisk {
  let path: String

  init(in folder: String, kilobytes: Int) throws {
    path = folder + "/disk"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    guard Self.run("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", path) else {
      throw HandoverError("mount failed")
    }
  }

  deinit { _ = Self.run("umount", path) }

  /// Root in a container may lack the right to mount.
  static var isPossible: Bool {
    guard geteuid() == 0 else { return false }
    return run("unshare", "-m", "true")
  }

  private static func run(_ program: String, _ arguments: String...) -> Bool {
    (try? Tool.run(program, arguments).succeeded) == true
  }
}
