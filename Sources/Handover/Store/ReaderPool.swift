import Foundation
import SQLite
import System

/// Read-only connections. Each serves one body at a time, and then waits for the next one; of those that a flood
/// of requests took, each with a page cache of its own, only some stay.
final class ReaderPool: @unchecked Sendable {
  /// The most that wait.
  static let mostIdle = 16

  private let path: String
  private let lock = Lock()
  private var idle: [Connection] = []
  private var isClosed = false

  init(path: String) {
    self.path = path
  }

  /// A connection that nobody else uses until `putBack`.
  func take() throws -> Connection {
    if let connection = lock.withLock({ idle.popLast() }) { return connection }
    return try Connection(path: path, mode: .reader)
  }

  func putBack(_ connection: Connection) {
    lock.withLock {
      if !isClosed, idle.count < Self.mostIdle { idle.append(connection) }
    }
  }

  func close() {
    lock.withLock {
      isClosed = true
      idle = []
    }
  }
}
