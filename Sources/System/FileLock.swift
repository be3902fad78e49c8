import Glibc

/// An advisory lock on a file of its own (flock(2)). The kernel releases it when the process ends, however it ends.
package final class FileLock: Sendable {
  private let file: FileDescriptor
  private let path: String

  /// Opens the file, or makes it; does not lock it yet.
  /// - Throws: where the file can't be opened.
  package init(path: String) throws(SystemError) {
    file = FileDescriptor(rawValue: unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600))
    self.path = path
    if file.rawValue < 0 { throw SystemError("open", path) }
  }

  deinit { close(file.rawValue) }

  /// Takes the lock if nobody holds it, until this value ends. A file that has lost its name meanwhile locks
  /// nothing.
  /// - Returns: whether the lock was taken.
  package func tryLock() -> Bool {
    guard file.tryLock() else { return false }
    guard let ours = try? file.state(), let named = try? FileIdentity(of: path), ours.isNamed(named) else {
      file.unlock()
      return false
    }
    return true
  }
}
