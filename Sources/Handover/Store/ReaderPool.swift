import Foundation
import SQLite
import System

/// Connections that can only read. One serves one body at a time; at most so many as bodies have run at once
/// are kept.
final class ReaderPool: @unchecked Sendable {
  private let path: String
  private let lock = Lock()
  private var idle: [Connection] = []
  private var isClosed = false

  init(path: String) {
    self.path = path
  }

  /// A connection that nobody else has until `putBack`.
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
