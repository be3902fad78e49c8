import Foundation
import System

// The copy of the database elsewhere
//
// Where the operator has set HANDOVER_REPLICATION, Litestream (https://litestream.io, 0.5.17 or later) copies every
// transaction to a store elsewhere within a second. It is then the only program that checkpoints the database:
// SQLite up to 3.51.2 can corrupt one in which a second does (`Database`), and Litestream has a later SQLite inside.
//
// What people are told that it is done, and what would be missed most, waits until it has arrived there: a new owner,
// a password, a disabled user, an import, an e-mail. That takes some milliseconds. Where the store can't be reached,
// nobody is held up for longer than `patience`, and then nobody at all until it is back: the log, the metrics and
// `handover doctor` say so, and Litestream brings what is missing by itself.

/// Litestream, asked over its control socket.
final class Replica: Sendable {
  /// How long one waits for its transaction to arrive.
  static let patience = Duration.seconds(5)
  /// How often the thread of the server looks.
  static let interval = Duration.seconds(5)

  let socket: String
  private let database: String
  private let state = Locked(State())

  private struct State: Sendable {
    var arrived: ContinuousClock.Instant?
    var failure: String?
  }

  init(of database: String, socket: String) {
    (self.database, self.socket) = (database, socket)
  }

  convenience init(of folder: DataFolder) { self.init(of: folder.database, socket: folder.replicaSocket) }

  /// Waits until all that is committed has arrived; not at all where the last look found that it doesn't.
  ///
  /// - Returns: whether it has.
  @discardableResult
  func wait() -> Bool { state.withLock { $0.failure != nil } ? false : look() == nil }

  /// Asks, and notes the answer.
  ///
  /// - Returns: why not all has arrived within `patience`; nil where it has.
  @discardableResult
  func look() -> String? {
    let failure: String?
    do {
      try sync()
      failure = nil
    } catch { failure = "\(error)" }
    state.withLock { state in
      state.failure = failure
      if failure == nil { state.arrived = .now }
    }
    return failure
  }

  /// Whether somebody answers, or is about to.
  var isRunning: Bool {
    let question = Array("GET / HTTP/1.0\r\n\r\n".utf8)
    do throws(SystemError) { _ = try LocalSocket.ask(question, at: socket, within: .seconds(1)) } catch {
      return error.code == ETIMEDOUT
    }
    return true
  }

  /// Ends the program, which has nothing to copy any more.
  func end() {
    if let process = LocalSocket.listener(at: socket) { kill(process, SIGTERM) }
  }

  /// How long ago all had arrived; nil where it never has since the start.
  var lag: Duration? { state.withLock { state in state.arrived.map { .now - $0 } } }

  /// Why the last look found less than all there; nil where all was.
  var failure: String? { state.withLock { $0.failure } }

  /// `POST /sync` (litestream, internal/server): returns once the transactions are in the store.
  private func sync() throws {
    struct Question: Encodable {
      let path: String
      let wait = true
      let timeout: Int64
    }
    struct Answer: Decodable {
      let error: String?
      let local: UInt64?
      let there: UInt64?

      enum CodingKeys: String, CodingKey {
        case error
        case local = "txid"
        case there = "replicated_txid"
      }
    }
    let body = try JSONEncoder().encode(
      Question(path: database, timeout: Self.patience.components.seconds))
    let head =
      "POST /sync HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
    let answer = try LocalSocket.ask(
      Array(head.utf8) + body, at: socket, within: Self.patience + .milliseconds(500))
    let text = String(decoding: answer, as: UTF8.self)
    guard let end = text.firstRange(of: "\r\n\r\n"),
      let found = try? JSONDecoder().decode(Answer.self, from: Data(text[end.upperBound...].utf8))
    else { throw HandoverError("Litestream's answer can't be read: \(text.prefix(80))") }
    guard text.hasPrefix("HTTP/1.1 200"), let local = found.local, let there = found.there else {
      throw HandoverError("Litestream says: \(found.error ?? String(text.prefix(80)))")
    }
    guard there >= local else { throw HandoverError("transaction \(there) of \(local) has arrived") }
  }
}
