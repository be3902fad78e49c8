import Foundation
import Testing

@testable import FastCGI

@Suite("A listener")
struct ListenerTests {
  let testSocket: TestSocket

  init() throws { testSocket = try TestSocket() }

  @Test("makes a socket with the mode and the group that it was told", arguments: [0o600, 0o660] as [mode_t])
  func setsMode(mode: mode_t) throws {
    let listener = try Listener(path: testSocket.path, mode: mode, group: getgid())
    let attributes = try FileManager.default.attributesOfItem(atPath: testSocket.path)
    #expect(attributes[.posixPermissions] as? Int == Int(mode))
    #expect(attributes[.groupOwnerAccountID] as? Int == Int(getgid()))
    #expect(attributes[.type] as? FileAttributeType == .typeSocket)
    #expect(ClientConnection(path: testSocket.path) != nil)
    withExtendedLifetime(listener) {}
  }

  @Test("removes its socket at the end")
  func removesSocket() throws {
    var listener: Listener? = try Listener(path: testSocket.path)
    withExtendedLifetime(listener) {}
    listener = nil
    #expect(!FileManager.default.fileExists(atPath: testSocket.path))
  }

  @Test("replaces the socket of a server that died")
  func replacesStale() throws {
    let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: testSocket.path.utf8) }
    let bound = unsafe withUnsafePointer(to: &address) {
      unsafe bind(
        dead, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self),
        socklen_t(MemoryLayout<sockaddr_un>.size))
    }
    #expect(bound == 0)
    close(dead)
    #expect(ClientConnection(path: testSocket.path) == nil)
    let listener = try Listener(path: testSocket.path)
    #expect(ClientConnection(path: testSocket.path) != nil)
    withExtendedLifetime(listener) {}
  }

  @Test("leaves a living server alone")
  func refusesLiving() throws {
    let first = try Listener(path: testSocket.path)
    let error = #expect(throws: FastCGIError.self) { try Listener(path: testSocket.path) }
    #expect(error?.code == .inUse)
    #expect(ClientConnection(path: testSocket.path) != nil)
    withExtendedLifetime(first) {}
  }

  @Test("leaves a living server alone whose backlog is full")
  func refusesBusy() throws {
    let first = try Listener(path: testSocket.path, backlog: 0)
    let waiting = try #require(ClientConnection(path: testSocket.path))
    let error = #expect(throws: FastCGIError.self) { try Listener(path: testSocket.path) }
    #expect(error?.code == .inUse)
    withExtendedLifetime((first, waiting)) {}
  }

  @Test("leaves the socket of a later server")
  func leavesLater() throws {
    var first: Listener? = try Listener(path: testSocket.path)
    try FileManager.default.moveItem(atPath: testSocket.path, toPath: testSocket.path + ".old")
    let second = try Listener(path: testSocket.path)
    withExtendedLifetime(first) {}
    first = nil
    #expect(ClientConnection(path: testSocket.path) != nil)
    withExtendedLifetime(second) {}
  }

  @Test("leaves a file alone that is no socket")
  func refusesFile() throws {
    try Data("mine".utf8).write(to: URL(filePath: testSocket.path))
    let error = #expect(throws: FastCGIError.self) { try Listener(path: testSocket.path) }
    #expect(error?.code == .notASocket)
    #expect(try String(contentsOfFile: testSocket.path, encoding: .utf8) == "mine")
  }

  @Test("has a path of at most 107 bytes")
  func limitsPath() throws {
    let longest =
      testSocket.folder + "/" + String(repeating: "s", count: 107 - testSocket.folder.utf8.count - 1)
    let listener = try Listener(path: longest)
    #expect(ClientConnection(path: longest) != nil)
    let error = #expect(throws: FastCGIError.self) { try Listener(path: longest + "s") }
    #expect(error?.code == .pathTooLong)
    #expect(error?.message.contains("108 bytes, of 107") == true)
    withExtendedLifetime(listener) {}
  }

  @Test("says why the system refuses a path")
  func saysWhy() {
    let error = #expect(throws: FastCGIError.self) { try Listener(path: "/nowhere/at/all") }
    #expect(error?.code == .system)
    #expect(error?.message == "can't make the socket /nowhere/at/all: No such file or directory")
  }
}
