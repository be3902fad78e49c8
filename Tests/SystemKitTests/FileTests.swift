import Foundation
import System
import TestSupport
import Testing

@Suite("Files") struct FileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.path + "/" + name }
  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }
  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }

  @Test("A file has its name only when it is published, and replaces an older one")
  func publish() throws {
    try "old".write(toFile: path("a"), atomically: false, encoding: .utf8)
    var file = try DurableFile(at: path("a.part"), permissions: 0o640)
    try file.write(Array("ne".utf8))
    try file.write(Array("w".utf8))
    #expect(try text("a") == "old" && names == ["a", "a.part"])
    try file.publish(as: path("a"))
    #expect(try text("a") == "new" && names == ["a"])
    let attributes = try FileManager.default.attributesOfItem(atPath: path("a"))
    #expect(attributes[.posixPermissions] as? Int == 0o640)
  }

  @Test("An unpublished file is removed, and one that a crash left is replaced")
  func unpublished() throws {
    try "left".write(toFile: path("a.part"), atomically: false, encoding: .utf8)
    do {
      let file = try DurableFile(at: path("a.part"))
      try file.write([1])
      #expect(try FileManager.default.attributesOfItem(atPath: path("a.part"))[.size] as? Int == 1)
    }
    #expect(try names == [])
  }

  @Test("A file that must not replace another one leaves that as it is")
  func unlessPresent() throws {
    for text in ["first", "second"] {
      let file = try DurableFile(at: path("temporary"))
      try file.write(Array(text.utf8))
      try file.publishUnlessPresent(as: path("a"))
    }
    #expect(try text("a") == "first" && names == ["a"])
  }

  @Test("A failure names the operation, the path and the system's reason")
  func failures() throws {
    let error = #expect(throws: SystemError.self) { _ = try DurableFile(at: "/nowhere/file") }
    #expect(error?.description == "can't make /nowhere/file: No such file or directory")
    #expect(error?.isOutOfSpace == false && error?.code == ENOENT)
    #expect(SystemError("write", "/a", code: ENOSPC).isOutOfSpace)
    #expect(SystemError("write", "/a", code: EDQUOT).isOutOfSpace)
    #expect(
      SystemError("start a thread", code: EAGAIN).description.hasPrefix("can't start a thread: Resource"))
    #expect(throws: SystemError.self) { try syncFolder(path("nothing")) }
    let full = FileDescriptor(rawValue: unsafe open("/dev/full", O_WRONLY))
    defer { close(full.rawValue) }
    let problem = #expect(throws: SystemError.self) { try full.write([1, 2, 3].span) }
    #expect(problem?.isOutOfSpace == true)
  }

  @Test("Bytes are written and read at positions, up to the file's end")
  func positions() throws {
    let file = FileDescriptor(rawValue: unsafe open(path("a"), O_RDWR | O_CREAT, 0o600))
    defer { close(file.rawValue) }
    try file.write(Array("world".utf8).span, at: 5)
    try file.write(Array("hello".utf8).span, at: 0)
    #expect(try file.size() == 10)
    #expect(try file.bytes(8, at: 4) == Array("oworld".utf8))
    #expect(try file.bytes(2, at: 0) == Array("he".utf8))
    #expect(try file.bytes(2, at: 10) == [])
  }

  @Test("One holder of a file's lock keeps the others out, until it ends")
  func lock() throws {
    let other = try FileLock(path: path("lock"))
    do {
      let lock = try FileLock(path: path("lock"))
      #expect(lock.tryLock() && !other.tryLock())
    }
    #expect(other.tryLock())
    #expect(try !FileLock(path: path("lock")).tryLock())
  }
}
