import Glibc
import System

/// What the first bytes of a database's file say (https://sqlite.org/fileformat.html).
package struct DatabaseHeader: Sendable {
  /// Whether changes go through a log beside the file, `-wal`; else through a journal, `-journal`.
  package let isInWALMode: Bool

  /// Reads the file without opening it as a database, which would let SQLite apply what lies beside it.
  /// - Throws: `SystemError` where it can't be read.
  package init(of path: String) throws(SystemError) {
    let file = FileDescriptor(rawValue: unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
    guard file.rawValue >= 0 else { throw SystemError("open", path) }
    defer { close(file.rawValue) }
    isInWALMode = try file.bytes(1, at: 18).first == 2
  }

  /// Whether a file begins as all databases do.
  package static func begins(_ path: String) -> Bool {
    let file = FileDescriptor(rawValue: unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
    guard file.rawValue >= 0 else { return false }
    defer { close(file.rawValue) }
    return (try? file.bytes(16, at: 0)) == Array("SQLite format 3\0".utf8)
  }
}
