import Glibc

/// An empty file without a name, for what is needed for a while: it goes with this value, or with the process, however that
/// ends.
package final class UnnamedFile {
  private let file: FileDescriptor

  /// - Parameter folder: on whose disk it is.
  /// - Throws: where it can't be made.
  package init(in folder: String) throws(SystemError) {
    var descriptor = unsafe open(folder, Self.temporary | O_RDWR | O_CLOEXEC, 0o600)
    if descriptor < 0 {
      // Not every disk has files that never had a name.
      var path = Array((folder + "/handover-XXXXXX").utf8CString)
      descriptor = unsafe mkstemp(&path)
      guard descriptor >= 0 else { throw SystemError("make a file in", folder) }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      _ = unsafe unlink(path)
    }
    file = FileDescriptor(rawValue: descriptor)
  }

  deinit { close(file.rawValue) }

  /// Open for reading and writing, until this value ends.
  package var descriptor: Int32 { file.rawValue }

  /// Writes all bytes behind those already written.
  /// - Throws: where the disk is full or broken.
  package func write(_ bytes: Span<UInt8>) throws(SystemError) { try file.write(bytes) }

  /// `O_TMPFILE` (open(2)), which Swift does not see.
  private static let temporary = O_DIRECTORY | 0o20_000_000
}
