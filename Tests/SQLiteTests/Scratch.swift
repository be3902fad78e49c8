import Glibc
import System
import TestSupport

@testable import SQLite

/// A database file in a folder of its own, which goes with this value.
final class Scratch: Sendable {
  private let temporary: TemporaryFolder
  var folder: String { temporary.path }
  var path: String { temporary.file("test.db") }

  init() throws { temporary = try TemporaryFolder() }

  func writer(autocheckpoint: Int = 1_000, busyTimeout: Duration = .seconds(5)) throws -> Connection {
    try Connection(path: path, mode: .writer, busyTimeout: busyTimeout, autocheckpoint: autocheckpoint)
  }

  func reader() throws -> Connection { try Connection(path: path, mode: .reader) }

  /// In bytes; nil where there is no file.
  func size(of name: String) -> Int? {
    var status = stat()
    return unsafe stat(folder + "/" + name, &status) == 0 ? Int(status.st_size) : nil
  }
}

/// Runs `body` in `count` threads.
/// - Returns: the errors that they ended with.
func inThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws -> [any Error] {
  let threads = try (0..<count).map { index in try Background { try body(index) } }
  return threads.compactMap { $0.join() }
}

/// A thread whose error is kept.
struct Background {
  private let thread: Thread
  private let error: Locked<(any Error)?>

  init(_ body: @escaping @Sendable () throws -> Void) throws {
    let error = Locked<(any Error)?>(nil)
    self.error = error
    thread = try Thread(name: "background") {
      do { try body() } catch let thrown { error.withLock { $0 = thrown } }
    }
  }

  /// - Returns: what `body` threw.
  func join() -> (any Error)? {
    thread.join()
    return error.withLock { $0 }
  }
}
