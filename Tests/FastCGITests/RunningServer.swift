import Foundation
import HTTP
import System
import TestSupport

@testable import FastCGI

/// A folder of its own with a socket, removed at the end.
final class TestSocket: Sendable {
  private let temporary: TemporaryFolder
  var folder: String { temporary.path }
  var path: String { temporary.file("socket") }

  init() throws { temporary = try TemporaryFolder() }
}

/// A running server, stopped at the end.
final class Running: Sendable {
  let testSocket: TestSocket
  let server: Server
  private let listener: Listener
  private let seen = Locked<[ServerEvent]>([])

  init(
    threads: Int = 4, timeout: Duration = .seconds(5), atOnce: Int? = nil, uploads: Server.Uploads? = nil,
    _ handler: @escaping Server.Handler
  ) throws {
    testSocket = try TestSocket()
    listener = try Listener(path: testSocket.path)
    server = Server(
      listener: listener, uploads: uploads, timeout: timeout, atOnce: atOnce,
      report: { [seen] event in seen.withLock { $0.append(event) } }, handler: handler)
    try server.start(threads: threads)
  }

  deinit { server.stop() }

  var events: [ServerEvent] { seen.withLock { $0 } }

  /// Returns once a stop has begun. (To ask by connecting would fill the backlog, and then wait for ever.)
  func waitForStop() {
    while !listener.refuses(within: nil) {}
  }

  func ask(_ records: [UInt8]) -> Records.Answer? {
    guard let connection = ClientConnection(path: testSocket.path) else { return nil }
    connection.send(records)
    return Records.Answer(connection.receive())
  }
}

/// What the test asked for, and nothing else, so that each thing can be seen.
func echo(_ request: Request) -> Response {
  let headers = request.headers.fields.map { "\($0.name.text)=\($0.value)" }.sorted().joined(separator: " ")
  let body = request.isBodyTooLarge ? "too large" : "\(request.body.count)"
  return .text("\(request.method.name) \(request.target) \(request.remoteAddress) \(body) [\(headers)]")
}

/// Runs it on so many threads at once and waits for all.
func together(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws {
  let threads = try (0..<count).map { number in try System.Thread(name: "client") { body(number) } }
  for thread in threads { thread.join() }
}
