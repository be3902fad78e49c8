import Glibc

/// The number of an open file. It does not close the file; whoever opened it does.
package struct FileDescriptor: Sendable {
  package let rawValue: Int32

  package init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// The file's size in bytes.
  /// - Throws: what fstat(2) failed with.
  package func size() throws(SystemError) -> Int {
    var status = stat()
    guard unsafe fstat(rawValue, &status) == 0 else { throw SystemError("read the size of a file") }
    return Int(status.st_size)
  }

  /// Writes all bytes at the file's position, in as many calls as it takes.
  /// - Throws: what write(2) failed with; some of the bytes may be written then.
  package func write(_ bytes: Span<UInt8>) throws(SystemError) {
    try unsafe writeAll(bytes) { rest, _ in unsafe Glibc.write(rawValue, rest.baseAddress, rest.count) }
  }

  /// Writes all bytes at `offset`, in as many calls as it takes, and leaves the file's position alone.
  /// - Throws: what pwrite(2) failed with; some of the bytes may be written then.
  package func write(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
    try unsafe writeAll(bytes) { rest, done in
      unsafe pwrite(rawValue, rest.baseAddress, rest.count, off_t(offset + done))
    }
  }

  /// Cuts off what is behind `size` bytes.
  /// - Throws: what ftruncate(2) failed with.
  package func truncate(to size: Int) throws(SystemError) {
    guard ftruncate(rawValue, off_t(size)) == 0 else { throw SystemError("cut a file") }
  }

  /// Reads from `offset` until `buffer` is full or the file ends.
  /// - Returns: the number of bytes read.
  /// - Throws: what pread(2) failed with.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(SystemError) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = unsafe pread(rawValue, rest.baseAddress, rest.count, off_t(offset + done))
      if count < 0 {
        if errno == EINTR { continue }
        throw SystemError("read a file")
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Reads up to `count` bytes at `offset`; fewer only at the end of the file.
  /// - Throws: what pread(2) failed with.
  package func bytes(_ count: Int, at offset: Int) throws(SystemError) -> [UInt8] {
    // Not filled with zeros first: whole archives are read through here.
    try [UInt8](capacity: count) { output throws(SystemError) in
      try unsafe output.withUnsafeMutableBufferPointer { buffer, filled throws(SystemError) in
        filled = try unsafe read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      }
    }
  }

  /// Returns once all that was written is on the disk.
  /// - Throws: what fsync(2) failed with.
  package func sync() throws(SystemError) {
    guard fsync(rawValue) == 0 else { throw SystemError("put a file on the disk") }
  }

  /// Lets the system forget what it keeps of the file in memory, so that whoever reads it next reads the disk. What isn't
  /// on the disk yet stays (`sync`).
  package func forget() { _ = posix_fadvise(rawValue, 0, 0, POSIX_FADV_DONTNEED) }

  /// Waits for the advisory lock on the file (flock(2)), which ends with `unlock`, when the file is closed,
  /// or with the process.
  /// - Throws: what flock(2) failed with.
  package func lock() throws(SystemError) {
    while flock(rawValue, LOCK_EX) != 0 {
      if errno != EINTR { throw SystemError("lock a file") }
    }
  }

  /// Whether the path leads to this very file.
  package func isNamed(_ path: String) -> Bool {
    var (mine, named) = (stat(), stat())
    return unsafe fstat(rawValue, &mine) == 0 && lstat(path, &named) == 0 && mine.st_ino == named.st_ino
      && mine.st_dev == named.st_dev
  }

  /// Takes the lock if nobody holds it.
  /// - Returns: whether the lock was taken.
  package func tryLock() -> Bool { flock(rawValue, LOCK_EX | LOCK_NB) == 0 }

  package func unlock() { _ = flock(rawValue, LOCK_UN) }

  /// - Parameter call: writes what it is given and returns how much the system took, or -1.
  private func writeAll(
    _ bytes: Span<UInt8>, by call: (_ rest: UnsafeRawBufferPointer, _ done: Int) -> Int
  ) throws(SystemError) {
    try unsafe bytes.withUnsafeBytes { bytes throws(SystemError) in
      var done = 0
      while done < bytes.count {
        let count = unsafe call(UnsafeRawBufferPointer(rebasing: bytes[done...]), done)
        if count > 0 {
          done += count
        } else if count == 0 || errno != EINTR {
          throw SystemError("write a file", code: count == 0 ? EIO : errno)
        }
      }
    }
  }
}
