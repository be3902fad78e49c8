import Glibc

/// A file that is written beside its target and takes the target's place only when all of it is on the disk.
///
/// Until `publish` the file is called like the target with `.part` behind; one that a crash left behind is
/// known by that. Unpublished, it is removed when this is.
struct ArchiveFile: ~Copyable {
  let descriptor: Int32
  private let target: String
  private var isPublished = false

  static let suffix = ".part"

  /// - Parameter permissions: of the file, whatever the umask.
  init(for target: String, permissions: mode_t) throws(ArchiveError) {
    self.target = target
    let part = target + Self.suffix
    // What a crashed run left behind; there is one run of an export at a time.
    _ = unsafe unlink(part)
    descriptor = unsafe open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system("open", errno: errno) }
    guard fchmod(descriptor, permissions) == 0 else { throw .system("fchmod", errno: errno) }
  }

  deinit {
    if !isPublished { _ = unsafe unlink(target + Self.suffix) }
    close(descriptor)
  }

  /// Waits until the file is on the disk, gives it its name, and waits until that is on the disk as well.
  mutating func publish() throws(ArchiveError) {
    guard fsync(descriptor) == 0 else { throw .system("fsync", errno: errno) }
    guard unsafe rename(target + Self.suffix, target) == 0 else { throw .system("rename", errno: errno) }
    isPublished = true
    try syncFolder()
  }

  private func syncFolder() throws(ArchiveError) {
    let slash = target.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = slash.map { $0 == target.startIndex ? "/" : String(target[..<$0]) } ?? "."
    let number = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0 else { throw .system("open the folder", errno: errno) }
    defer { close(number) }
    guard fsync(number) == 0 else { throw .system("fsync of the folder", errno: errno) }
  }
}
