import Glibc

// How a file is published
//
// A power cut may come at any moment, and afterwards the file is either there as a whole or not there. So it
// is written under a temporary name in the folder of its target (a rename works within one disk only), put on
// the disk (fsync), given its name, which replaces an older file in one step, and then the folder is put on
// the disk as well, because a name is the folder's content and not the file's.
//
// Whoever writes the temporary file holds a lock on it (flock(2)), which ends with the process, however that
// ends. So a file that a kill left is known from one that is in use, and the next run under its name removes it.

/// A file that is written under a temporary name and takes its own name only when all of it is on the disk.
/// Unpublished, it is removed with this value.
package struct DurableFile: ~Copyable {
  private let file: FileDescriptor
  private let temporary: String
  private var isPublished = false

  /// Makes the file, in the place of one that a crash left under the same name.
  /// - Parameters:
  ///   - temporary: the path of the file until it is published, in the folder of its target.
  ///   - permissions: of the file, whatever the umask.
  /// - Throws: where the file can't be made; EBUSY while another run writes it.
  package init(at temporary: String, permissions: mode_t = 0o600) throws(SystemError) {
    var failure: SystemError?
    do throws(SystemError) { file = try Self.make(temporary) } catch {
      (file, failure) = (FileDescriptor(rawValue: -1), error)
    }
    self.temporary = temporary
    if let failure { throw failure }
    guard fchmod(descriptor, permissions) == 0 else { throw SystemError("set the mode of", temporary) }
  }

  private static func make(_ path: String) throws(SystemError) -> FileDescriptor {
    while true {
      try removeLeftover(path)
      let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
      let file = FileDescriptor(rawValue: unsafe open(path, flags, 0o600))
      if file.rawValue < 0, errno == EEXIST { continue }
      guard file.rawValue >= 0 else { throw SystemError("make", path) }
      // Before it was locked another run may have taken it for a leftover. (Where the disk has no locks, nobody
      // has.)
      if file.tryLock() || errno != EWOULDBLOCK, file.isNamed(path) { return file }
      close(file.rawValue)
    }
  }

  /// Removes what a killed run left under the name, if it did.
  /// - Throws: EBUSY while a run writes it; where it can't be removed, as a folder can't.
  package static func removeLeftover(_ path: String) throws(SystemError) {
    let file = FileDescriptor(rawValue: unsafe open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK))
    // What lies there in a moment is another run's.
    if file.rawValue < 0, errno == ENOENT { return }
    defer { if file.rawValue >= 0 { close(file.rawValue) } }
    if file.rawValue >= 0, !file.tryLock(), errno == EWOULDBLOCK {
      throw SystemError("use, while another run writes it,", path, code: EBUSY)
    }
    guard file.rawValue < 0 || file.isNamed(path) else { return }
    guard unsafe unlink(path) == 0 || errno == ENOENT else { throw SystemError("remove", path) }
  }

  deinit {
    if !isPublished, file.isNamed(temporary) { _ = unsafe unlink(temporary) }
    close(file.rawValue)
  }

  /// Open for reading and writing, until this value ends.
  package var descriptor: Int32 { file.rawValue }

  /// Writes all bytes behind those already written.
  /// - Throws: where the disk is full or broken.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    do { try file.write(bytes.span) } catch { throw SystemError("write", temporary, code: error.code) }
  }

  /// Lets a group have the file, which it has already from a folder that hands its group on; else only the superuser or a
  /// member may.
  /// - Throws: where the system refuses.
  package func setGroup(_ group: gid_t, permissions: mode_t) throws(SystemError) {
    var status = stat()
    let isGroup = unsafe fstat(descriptor, &status) == 0 && status.st_gid == group
    guard isGroup || fchown(descriptor, uid_t.max, group) == 0 else {
      throw SystemError("set the group of", temporary)
    }
    guard fchmod(descriptor, permissions) == 0 else { throw SystemError("set the mode of", temporary) }
  }

  /// Returns once all that was written is on the disk. `publish` does the same; a `sync` beforehand makes a
  /// `publish` under a lock quick.
  /// - Throws: where the disk is full or broken.
  package func sync() throws(SystemError) {
    guard fsync(descriptor) == 0 else { throw SystemError("put on the disk", temporary) }
  }

  /// Gives the file its name, in the place of an older file, and returns once both are on the disk.
  /// - Parameter target: a path on the same disk.
  /// - Throws: where a step fails. If only the last one did (the folder), the file has its name.
  package mutating func publish(as target: String) throws(SystemError) {
    try sync()
    guard unsafe rename(temporary, target) == 0 else { throw SystemError("rename", temporary) }
    isPublished = true
    try syncFolder(DurableFile.folder(of: target))
  }

  /// Gives the file its name unless a file of that name exists, which then stays as it is. Either is on the
  /// disk when this returns.
  /// - Parameter target: a path on the same disk.
  /// - Returns: whether the file has the name.
  /// - Throws: where a step fails.
  @discardableResult
  package func publishUnlessPresent(as target: String) throws(SystemError) -> Bool {
    try sync()
    // Unlike rename(2), link(2) never takes a name from another file. The temporary name goes with this
    // value.
    let isNamed = unsafe link(temporary, target) == 0
    guard isNamed || errno == EEXIST else { throw SystemError("make", target) }
    try syncFolder(DurableFile.folder(of: target))
    return isNamed
  }

  /// The folder that a path's last part lies in: `/a` of `/a/b`, `/` of `/a`, `.` of `a`.
  package static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

/// Returns once the names in a folder are on the disk: of files made, renamed or removed.
/// - Throws: where the folder can't be opened, or the disk is broken.
package func syncFolder(_ path: String) throws(SystemError) {
  let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw SystemError("open the folder", path) }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0 else { throw SystemError("put on the disk the folder", path) }
}
