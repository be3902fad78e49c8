import Foundation
import TestSupport
import Testing

@testable import ZIP

/// What happens when something goes wrong while an archive is written.
@Suite struct WriterErrorTests {
  let compressors: Compressors
  let folder: TemporaryFolder

  init() throws {
    compressors = try Compressors(threads: 2)
    folder = try TemporaryFolder()
  }

  @Test("A full disk is thrown with its errno, from a later call and from all that follow")
  func fullDisk() throws {
    defer { compressors.stop() }
    let file = try OpenFile("/dev/full", O_RDWR)
    let writer = try writer(to: file)
    let full = ZIPError.Code.system(errno: ENOSPC)
    try writer.begin("a")
    #expect(
      ZIPError.code {
        // Eight chunks fit the ring; at least the tenth has to hear of it.
        for _ in 0..<10 { try writer.write(Content.noise(256 << 10).span) }
      } == full)
    #expect(ZIPError.code { try writer.endEntry() } == full)
    #expect(ZIPError.code { try writer.begin("b") } == full)
    #expect(ZIPError.code { _ = try writer.entries() } == full)
    #expect(ZIPError.code { _ = try writer.finish() } == full)
  }

  @Test("A full disk is found by finish() where the archive is smaller than the ring")
  func fullDiskAtTheEnd() throws {
    defer { compressors.stop() }
    let file = try OpenFile("/dev/full", O_RDWR)
    let writer = try writer(to: file)
    try writer.begin("a")
    try writer.endEntry()
    let error = #expect(throws: ZIPError.self) { _ = try writer.finish() }
    #expect(error?.code == .system(errno: ENOSPC))
    #expect(error?.message == "The archive could not be written: No space left on device")
  }

  @Test("A disk that is too full for the directory alone is found by finish()")
  func noRoomForDirectory() throws {
    defer { compressors.stop() }
    let file = try OpenFile("/dev/full", O_RDWR)
    let writer = try writer(to: file)
    #expect(ZIPError.code { _ = try writer.finish() } == .system(errno: ENOSPC))
    #expect(ZIPError.code { try writer.begin("a") } == .system(errno: ENOSPC))
  }

  @Test("A descriptor that cannot be written to is an error with its errno")
  func readOnly() throws {
    defer { compressors.stop() }
    _ = try OpenFile(folder.file("a"))
    let file = try OpenFile(folder.file("a"), O_RDONLY)
    let writer = try writer(to: file)
    try writer.begin("a")
    try writer.endEntry()
    #expect(ZIPError.code { _ = try writer.finish() } == .system(errno: EBADF))
    #expect(ZIPError.code { _ = try self.writer(descriptor: -1) } == .system(errno: EBADF))
  }

  @Test("A file that is not empty is refused")
  func notEmpty() throws {
    defer { compressors.stop() }
    let file = try opened([1], in: folder)
    #expect(ZIPError.code { _ = try writer(to: file) } == .misuse)
  }

  @Test("When abandon() returns no thread uses the file, and all calls throw", arguments: 0..<5)
  func abandon(round: Int) throws {
    defer { compressors.stop() }
    let file = try OpenFile(folder.file("a.zip"))
    let writer = try writer(to: file, level: 9)
    try writer.begin("a")
    for _ in 0..<6 { try writer.write(Content.text(256 << 10).span) }
    writer.abandon()
    #expect(compressors.queue.lock.withLock { !writer.ring.isInUse })
    #expect(ZIPError.code { try writer.endEntry() } == .abandoned)
    #expect(ZIPError.code { _ = try writer.finish() } == .abandoned)
    withExtendedLifetime(file) {}
  }

  @Test("A writer that is let go leaves its file and the compressors alone")
  func letGo() throws {
    defer { compressors.stop() }
    do {
      let file = try OpenFile(folder.file("a.zip"))
      let writer = try writer(to: file)
      try writer.begin("a")
      try writer.write(Content.text(1 << 20).span)
      _ = consume writer
      withExtendedLifetime(file) {}
    }
    let file = try OpenFile(folder.file("b.zip"))
    try write([("b", Content.text(1 << 20))], to: file, compressors: compressors)
    #expect(try content(of: "b", in: ArchiveReader(path: file.path)) == Content.text(1 << 20))
  }

  @Test("Nothing of an archive is left with the compressors when its writer is gone")
  func forgotten() throws {
    defer { compressors.stop() }
    let alone = try Compressors(threads: 0)
    let file = try OpenFile(folder.file("a.zip"))
    try write([("a", [1])], to: file, compressors: alone)
    #expect(alone.queue.rings.isEmpty)
  }

  @Test("Names that a reader refuses are not written", arguments: ["", "../a", "/a", "a\\b", "a/", "a\0"])
  func names(name: String) throws {
    defer { compressors.stop() }
    let writer = try writer(to: OpenFile(folder.file("a.zip")))
    #expect(ZIPError.code { try writer.begin(name) } == .name)
  }

  @Test("Calls in a wrong order are refused")
  func misuse() throws {
    defer { compressors.stop() }
    let file = try OpenFile(folder.file("a.zip"))
    let writer = try writer(to: file)
    #expect(ZIPError.code { try writer.write([1].span) } == .misuse)
    #expect(ZIPError.code { try writer.endEntry() } == .misuse)
    try writer.begin("a")
    #expect(ZIPError.code { try writer.begin("b") } == .misuse)
    #expect(ZIPError.code { _ = try writer.finish() } == .misuse)
    try writer.endEntry()
    #expect(ZIPError.code { try writer.begin("a") } == .duplicate)
    _ = try writer.finish()
    #expect(ZIPError.code { _ = try writer.finish() } == .misuse)
    #expect(ZIPError.code { _ = try self.writer(to: OpenFile(folder.file("b")), level: 0) } == .misuse)
  }

  private func writer(to file: OpenFile, level: Int = 4) throws -> ArchiveWriter {
    try writer(descriptor: file.descriptor, level: level)
  }

  private func writer(descriptor: Int32, level: Int = 4) throws -> ArchiveWriter {
    try ArchiveWriter(
      descriptor: descriptor, compressors: compressors, level: level, modified: modified)
  }
}
