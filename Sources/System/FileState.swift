import CSystem
import Glibc

/// Which file or folder it is, whatever its name: a path may lead to another one tomorrow.
package struct FileIdentity: Hashable, Sendable {
  package let device: UInt64
  package let inode: UInt64
  /// When it was made: an inode's number is used again once its file is removed. 0 where that isn't known.
  private let born: Int64

  fileprivate init(_ status: stat, born: Int64) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    self.born = born
  }

  /// - Throws: where the path leads nowhere, or the disk can't say.
  package init(of path: String) throws(SystemError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw SystemError("find", path) }
    self.init(status, born: unsafe csystem_birth(AT_FDCWD, path, 0))
  }
}

/// A file as it is at one moment. While its state is the same nobody has written it: `changedAt` is set by the
/// kernel alone, so no program can hide a change.
package struct FileState: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  /// Whether it is a plain file, and no folder, pipe or link.
  package let isFile: Bool
  /// In bytes.
  package let size: Int
  /// In nanoseconds since 1970-01-01T00:00:00Z: the last change of its bytes, as programs may set it.
  package let modifiedAt: Int64
  /// In nanoseconds since 1970-01-01T00:00:00Z: the last change of its bytes, name, owner or mode.
  package let changedAt: Int64

  fileprivate init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    isFile = status.st_mode & S_IFMT == S_IFREG
    size = Int(status.st_size)
    modifiedAt = nanoseconds(status.st_mtim)
    changedAt = nanoseconds(status.st_ctim)
  }
}

extension FileState {
  /// Whether it is the file that a path leads to.
  func isNamed(_ identity: FileIdentity) -> Bool { device == identity.device && inode == identity.inode }
}

extension FileDescriptor {
  /// The state of the open file.
  /// - Throws: what fstat(2) failed with.
  package func state() throws(SystemError) -> FileState {
    var status = stat()
    guard unsafe fstat(rawValue, &status) == 0 else { throw SystemError("look at a file") }
    return FileState(status)
  }
}

/// A folder that is open. What is done through it is done in this folder, even if another one takes its path
/// meanwhile.
package struct OpenFolder: ~Copyable {
  private let descriptor: Int32
  private let path: String
  package let identity: FileIdentity

  /// - Throws: where no folder is there, or it can't be opened.
  package init(_ path: String) throws(SystemError) {
    let opened = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { throw SystemError("open the folder", path) }
    var status = stat()
    guard unsafe fstat(opened, &status) == 0 else {
      let error = SystemError("look at the folder", path)
      close(opened)
      throw error
    }
    descriptor = opened
    self.path = path
    identity = FileIdentity(status, born: unsafe csystem_birth(opened, "", CSYSTEM_AT_EMPTY_PATH))
  }

  deinit { close(descriptor) }

  /// The state of a file in it; nil where there is none of that name. A symbolic link is not followed.
  /// - Throws: where the disk can't say.
  package func state(of name: String) throws(SystemError) -> FileState? {
    var status = stat()
    if unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return FileState(status) }
    guard errno == ENOENT else { throw SystemError("look at", "\(path)/\(name)") }
    return nil
  }

  /// Removes the file, if it is there.
  package func remove(_ name: String) { _ = unsafe unlinkat(descriptor, name, 0) }

  /// Lends the file to the body, open for reading.
  /// - Throws: `SystemError` where it can't be opened; what the body throws.
  package func withFile<Result>(_ name: String, _ body: (FileDescriptor) throws -> Result) throws -> Result {
    // Without O_NONBLOCK a pipe of that name would hang.
    let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    let opened = unsafe openat(descriptor, name, flags)
    guard opened >= 0 else { throw SystemError("open", "\(path)/\(name)") }
    defer { close(opened) }
    return try body(FileDescriptor(rawValue: opened))
  }
}

private func nanoseconds(_ time: timespec) -> Int64 {
  Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000).partialValue
    .addingReportingOverflow(Int64(time.tv_nsec)).partialValue
}

/// The magic number of the file system that a file or folder lies on, as statfs(2) lists them; nil where it isn't there.
package func kindOfFileSystem(of path: String) -> UInt32? {
  var state = statfs()
  return unsafe statfs(path, &state) == 0 ? UInt32(truncatingIfNeeded: state.f_type) : nil
}
