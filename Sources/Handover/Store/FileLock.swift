import Foundation

/// An advisory lock on a file (flock(2)), which the kernel lets go when the process ends, however it ends.
package final class FileLock: Sendable {
  private let descriptor: Int32

  /// Opens (and makes) the file; does not lock it yet.
  package init(path: String) throws {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw HandoverError("can't open \(path): \(String(errno: errno))") }
  }

  deinit { close(descriptor) }

  /// Waits for the lock and holds it while the body runs. Within one process this excludes nobody who has the
  /// same `FileLock`.
  package func whileLocked<Result>(_ body: () throws -> Result) throws -> Result {
    while flock(descriptor, LOCK_EX) != 0 {
      if errno != EINTR { throw HandoverError("can't lock the data folder: \(String(errno: errno))") }
    }
    defer { _ = flock(descriptor, LOCK_UN) }
    return try body()
  }

  /// Takes the lock if nobody holds it.
  package func tryLock() -> Bool {
    flock(descriptor, LOCK_EX | LOCK_NB) == 0
  }
}

extension String {
  /// The system's text for an error number.
  init(errno code: Int32) {
    self = unsafe String(cString: strerror(code))
  }
}
