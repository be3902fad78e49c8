import Dispatch
import Glibc
import System
import TestSupport
import Testing

@testable import FastCGI

@Suite("An inherited socket")
struct InheritedTests {
  @Test("serves one process after the other, and keeps those who ask between two of them", arguments: 1...10)
  func outlives(round: Int) throws {
    let socket = try Inherited()
    for number in 0..<3 {
      let waiting = try #require(ClientConnection(path: socket.path))
      waiting.send(Records.request("GET", "/early"))
      let server = try socket.server { .text("\(number)\($0.target)") }
      #expect(Records.Answer(waiting.receive()).text.hasSuffix("\(number)/early"))
      let later = try #require(ClientConnection(path: socket.path))
      later.send(Records.request("GET", "/later"))
      #expect(Records.Answer(later.receive()).text.hasSuffix("\(number)/later"))
      server.stop()
      server.stop()
    }
  }

  @Test("A stop answers what is in work, takes nothing more, and leaves it to the next")
  func leaves() throws {
    let socket = try Inherited()
    let arrived = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)
    let first = try socket.server { request in
      arrived.signal()
      gate.wait()
      return .text("first")
    }
    let working = try #require(ClientConnection(path: socket.path))
    working.send(Records.request())
    arrived.wait()
    let stopping = try System.Thread(name: "stop") { first.stop() }
    while !socket.isRefusing { usleep(1_000) }
    let left = try #require(ClientConnection(path: socket.path))
    left.send(Records.request())
    for _ in 0..<10 { gate.signal() }
    #expect(Records.Answer(working.receive()).text.hasSuffix("first"))
    stopping.join()
    #expect(!left.hasSomething(within: 50))
    let second = try socket.server { _ in .text("second") }
    #expect(Records.Answer(left.receive()).text.hasSuffix("second"))
    second.stop()
  }

  @Test("must be one that a web server can connect to")
  func problems() throws {
    let socket = try Inherited()
    #expect(Listener.problem(with: socket.descriptor) == nil)
    #expect(Listener.problem(with: 9_999)?.contains("no descriptor 9999") == true)
    let file = unsafe open("/dev/null", O_RDONLY)
    defer { close(file) }
    #expect(Listener.problem(with: file)?.contains("is no socket") == true)
    let kinds: [(Int32, __socket_type, String)] = [
      (AF_INET, SOCK_STREAM, "no Unix socket"), (AF_UNIX, SOCK_DGRAM, "no stream socket"),
      (AF_UNIX, SOCK_STREAM, "nobody listens"),
    ]
    for (domain, type, problem) in kinds {
      let other = Glibc.socket(domain, Int32(type.rawValue), 0)
      defer { close(other) }
      #expect(Listener.problem(with: other)?.contains(problem) == true)
    }
  }
}

/// A socket that somebody else listens on, as systemd does.
private final class Inherited {
  private let folder: TestSocket
  let descriptor: Int32
  private var listener: Listener?
  var path: String { folder.path }

  init() throws {
    folder = try TestSocket()
    descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let socket = descriptor
    let bound = unsafe UnixAddress.with(folder.path) { unsafe bind(socket, $0, $1) }
    try #require(bound == 0 && listen(socket, 100) == 0)
  }

  deinit { close(descriptor) }

  /// A server with a copy of the descriptor, as a process has it.
  func server(_ handler: @escaping Server.Handler) throws -> Server {
    let listener = try Listener(inherited: dup(descriptor))
    self.listener = listener
    let server = Server(listener: listener, handler: handler)
    try server.start(threads: 4)
    return server
  }

  var isRefusing: Bool { listener?.refuses(within: .zero) ?? false }
}
