import Foundation
import SQLite
import System

/// Read-only connections. Each serves one body at a time, and then waits for the next one.
final class ReaderPool: @unchecked Sendable {
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
      if !isClosed { idle.append(connection) }
    }
  }

  func close() {
    lock.withLock {
      isClosed = true
      idle = []
    }
  }
}
