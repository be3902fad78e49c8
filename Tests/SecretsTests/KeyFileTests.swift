import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Secrets

@Suite("The key file")
final class KeyFileTests {
  private let temporary: TemporaryFolder
  var folder: String { temporary.path }
  var path: String { temporary.file("keys") }

  init() throws { temporary = try TemporaryFolder() }

  @Test("One that is not needed is neither made nor refused, and read once it is there")
  func notNeeded() throws {
    let file = try KeyFile(path: path, now: 5, randomness: .system, isNeeded: false)
    #expect(throws: SecretsError.self) { try file.current() }
    #expect(unsafe access(path, F_OK) != 0)
    let made = try KeyFile(path: path, now: 5, randomness: .system)
    #expect(try file.current() == made.current())
  }

  @Test("The first start makes a key in a file of mode 0600, the second one finds it")
  func first() throws {
    let file = try KeyFile(path: path, now: 100, randomness: .system)
    let ring = try file.current()
    #expect(ring.keys.count == 1)
    #expect(ring.newest.created == 100)
    #expect(try mode() == 0o600)
    #expect(try KeyFile(path: path, now: 200, randomness: .system).current() == ring)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["keys"])
  }

  @Test("A key that another process added signs from the next request on, and the older ones still verify")
  func rotation() throws {
    let server = try KeyFile(path: path, now: 100, randomness: .system)
    let before = try server.current()
    let command = try KeyFile(path: path, now: 150, randomness: .system)
    let key = try command.rotate(now: 200)
    let after = try server.current()
    #expect(after.newest == key)
    #expect(after.key(before.newest.id) == before.newest)
    #expect(try mode() == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["keys"])
  }

  @Test("A rotation drops the keys whose signatures have all run out")
  func forgetting() throws {
    let file = try KeyFile(path: path, now: 100, randomness: .system)
    try file.rotate(now: 200, forgettingAfter: .seconds(50))
    try file.rotate(now: 300, forgettingAfter: .seconds(50))
    #expect(try file.current().keys.map(\.created) == [200, 300])
  }

  @Test("Rotations at the same moment lose no key")
  func parallel() throws {
    let path = path
    let files = try (0..<4).map { _ in try KeyFile(path: path, now: 0, randomness: .system) }
    let number = Atomic(0)
    let failures = inParallel(16) {
      let mine = number.add(1, ordering: .relaxed).newValue
      do {
        try files[mine % 4].rotate(now: Int64(mine))
        _ = try files[(mine + 1) % 4].current()
        return 0
      } catch { return 1 }
    }
    #expect(failures.reduce(0, +) == 0)
    for file in files { #expect(try file.current().keys.count == 17) }
  }

  @Test("Starts at the same moment agree on one first key")
  func parallelStarts() throws {
    for round in 0..<40 {
      let path = "\(path)-\(round)"
      let ids = inParallel(8) { try? KeyFile(path: path, now: 0, randomness: .system).current().newest.id }
      #expect(Set(ids).count == 1)
      #expect(ids[0] != nil)
    }
  }

  @Test("A file that others may read is refused", arguments: [0o640, 0o604, 0o660, 0o620, 0o601])
  func openToOthers(mode: Int) throws {
    _ = try KeyFile(path: path, now: 100, randomness: .system)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    #expect(try problem().contains("chmod 600 \(path)"))
  }

  @Test("A running server sees that its file was opened to others")
  func openedLater() throws {
    let file = try KeyFile(path: path, now: 100, randomness: .system)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    #expect(throws: SecretsError.self) { try file.current() }
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    #expect(throws: Never.self) { try file.current() }
  }

  @Test("An empty file, a broken line, a folder and a symbolic link are refused, each with what to do")
  func broken() throws {
    try write("")
    #expect(try problem().contains("is empty; restore it"))
    let secret = Base64URL.encode(Array(repeating: 5, count: 32))
    try write("AAAA 100 \(secret)\nnonsense\n")
    #expect(try problem().contains("no key in line 2"))
    try write(String(repeating: "x", count: 2 << 20))
    #expect(try problem().contains("longer than any key ring"))
    try FileManager.default.moveItem(atPath: path, toPath: path + ".real")
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path + ".real")
    #expect(try problem().contains("is a symbolic link"))
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(try problem().contains("is no regular file"))
  }

  @Test("A file that is gone is an error for a running server, and is not made anew behind its back")
  func gone() throws {
    let file = try KeyFile(path: path, now: 100, randomness: .system)
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: SecretsError.self) { try file.current() }
    #expect(throws: SecretsError.self) { try file.rotate(now: 200) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("A folder that is not there is said so")
  func noFolder() throws {
    let error = #expect(throws: SecretsError.self) {
      try KeyFile(path: self.folder + "/missing/keys", now: 0, randomness: .system)
    }
    #expect(error?.message.contains("No such file or directory") == true)
  }

  /// The one-line message with which the file is refused.
  private func problem() throws -> String {
    let path = path
    let error = try #require(throws: SecretsError.self) {
      try KeyFile(path: path, now: 0, randomness: .system)
    }
    #expect(error.code == .keyFile)
    #expect(!error.message.contains("\n"))
    return error.message
  }

  private func write(_ text: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
  }

  private func mode() throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }
}
