import Foundation
import TestSupport
import Testing

@testable import System

@Suite("Which file it is") struct FileStateTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: folder.appending(name))
  }

  @Test("A name may lead to another file, and a file may have another name")
  func identity() throws {
    try write("a", to: "a")
    let before = try FileIdentity(of: folder.appending("a").path)
    try FileManager.default.moveItem(at: folder.appending("a"), to: folder.appending("b"))
    #expect(try FileIdentity(of: folder.appending("b").path) == before)
    #expect(throws: SystemError.self) { try FileIdentity(of: folder.appending("a").path) }
    try write("a", to: "a")
    #expect(try FileIdentity(of: folder.appending("a").path) != before)
  }

  @Test(
    "A folder that takes the place of one that was removed is another one, though its number is used again")
  func again() throws {
    let path = folder.appending("f").path
    var seen: Set<FileIdentity> = []
    for _ in 0..<5 {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      seen.insert(try FileIdentity(of: path))
      try FileManager.default.removeItem(atPath: path)
      usleep(10_000)
    }
    #expect(seen.count == 5)
  }

  @Test("Whatever writes a file changes its state, also where it puts the times back")
  func state() throws {
    try write("12345", to: "a")
    let opened = try OpenFolder(folder.path)
    let before = try opened.state(of: "a")
    #expect(try before?.size == 5 && before?.isFile == true && opened.state(of: "a") == before)
    usleep(10_000)
    let handle = try FileHandle(forWritingTo: folder.appending("a"))
    try handle.write(contentsOf: Data("x".utf8))
    try handle.close()
    let time = Date(timeIntervalSince1970: Double(before?.modifiedAt ?? 0) / 1e9)
    try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: folder.appending("a").path)
    #expect(try opened.state(of: "a") != before)
    #expect(try opened.state(of: "b") == nil)
  }

  @Test("An open folder is the one that it was, whatever takes its path")
  func open() throws {
    let path = folder.appending("f").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try write("old", to: "f/x")
    let opened = try OpenFolder(path)
    try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try write("new", to: "f/x")
    let bytes = try opened.withFile("x") { try $0.bytes(9, at: 0) }
    #expect(String(decoding: bytes, as: UTF8.self) == "old")
    opened.remove("x")
    #expect(FileManager.default.fileExists(atPath: path + "/x"))
    #expect(!FileManager.default.fileExists(atPath: path + ".old/x"))
    #expect(try OpenFolder(path).identity != opened.identity)
  }

  @Test("A lock on a file that has lost its name is none")
  func lock() throws {
    let path = folder.appending("lock").path
    let lock = try FileLock(path: path)
    try FileManager.default.removeItem(atPath: path)
    #expect(!lock.tryLock())
    #expect(try FileLock(path: path).tryLock())
  }
}
