import Foundation
import SQLite
import System

/// The database: one connection that writes, and read-only ones.
///
/// SQLite up to 3.51.2 can corrupt a WAL database when two connections write or checkpoint at the same moment
/// (https://sqlite.org/wal.html#walresetbug). So this process has one writer behind a mutex, and every write
/// transaction and checkpoint, in any process, holds the lock on one file of the data folder.
///
/// `write` runs one transaction of the writer, and `read` one of a reader, which sees the database as of one
/// moment. The connection must not leave the body.
final class Database: @unchecked Sendable {
  private let writeLock: FileLock?
  private let writing = Lock()
  /// Nil where this process only reads.
  private let writer: Connection?
  private let readers: ReaderPool

  /// In pages of 16 KiB. A commit that leaves this many in the log copies them into the database, under the
  /// lock.
  private static let checkpointAfter = 256
  /// "Hand" in ASCII: marks the file as ours.
  static let applicationID: Int32 = 0x4861_6E64

  /// Opens the database, as `DatabaseFile` says.
  ///
  /// - Throws: `HandoverError` or `SQLiteError`, also for a database newer than this program.
  init(_ folder: DataFolder, for use: DatabaseUse = .changing) throws {
    let file = DatabaseFile(folder: folder)
    guard use == .changing else {
      try file.requireReadable(for: use)
      (writeLock, writer) = (nil, nil)
      readers = ReaderPool(path: folder.database)
      return
    }
    let lock = try FileLock(path: folder.writeLock)
    writer = try lock.whileLocked {
      try file.prepareToChange()
      return try Connection(path: folder.database, mode: .writer, autocheckpoint: Self.checkpointAfter)
    }
    writeLock = lock
    readers = ReaderPool(path: folder.database)
  }

  /// Runs the body in one read transaction.
  func read<Result>(_ body: (Connection) throws -> Result) throws -> Result {
    let connection = try readers.take()
    defer { readers.putBack(connection) }
    return try connection.transaction(.deferred) { try body(connection) }
  }

  /// Runs the body in one write transaction; an error rolls all of it back.
  func write<Result>(_ body: (Connection) throws -> Result) throws -> Result {
    try alone { writer in try writer.transaction(.immediate) { try body(writer) } }
  }

  /// Copies the write-ahead log into the database and empties it, as far as readers let it. A process that only
  /// reads leaves that to those that write.
  func checkpoint() throws {
    if writer == nil { return }
    try alone { _ = try $0.checkpoint() }
  }

  /// Copies the database as of one moment, while it is in use, into a new file.
  ///
  /// - Parameter progress: pages copied, and pages in all.
  func backup(to path: String, progress: (Int, Int) -> Void) throws {
    let connection = try readers.take()
    defer { readers.putBack(connection) }
    try connection.backup(to: path, progress: progress)
  }

  /// Closes the readers that nobody uses; the writer closes with the last reference.
  func close() {
    readers.close()
  }

  private func alone<Result>(_ body: (Connection) throws -> Result) throws -> Result {
    guard let writer, let writeLock else { throw HandoverError("this command only reads the database") }
    writing.lock()
    defer { writing.unlock() }
    return try writeLock.whileLocked { try body(writer) }
  }
}
