import Glibc

/// How much room the disks have, and what of it is nobody's.
enum DiskSpace {
  /// Bytes kept free for the database and for whatever else the server writes meanwhile.
  static let reserve = 4_000_000

  /// Bytes that can still be written to the disk of a file or folder; nil where that isn't there, or the system doesn't
  /// say.
  static func free(at path: String) -> Int? {
    var state = statvfs()
    guard unsafe statvfs(path, &state) == 0 else { return nil }
    return Int(
      clamping: UInt64(state.f_bavail).multipliedReportingOverflow(by: UInt64(state.f_frsize)).partialValue)
  }

  /// What so many bytes need on the disk of a file or folder, with what is nobody's, and how much is free, where that is
  /// less; nil where they fit, or where it can't be said.
  static func shortage(of size: Int, at path: String) -> (needed: Int, free: Int)? {
    let needed = size.adding(saturating: reserve)
    guard let free = free(at: path), free < needed else { return nil }
    return (needed, free)
  }

  /// Files that can still be made on the disk of a file or folder; nil where that isn't there, or the disk has no limit.
  static func freeFiles(at path: String) -> Int? {
    var state = statvfs()
    guard unsafe statvfs(path, &state) == 0, state.f_files > 0 else { return nil }
    return Int(clamping: UInt64(state.f_favail))
  }

  /// The size of a file in bytes; nil where it isn't there.
  static func size(of path: String) -> Int? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? Int(status.st_size) : nil
  }
}
