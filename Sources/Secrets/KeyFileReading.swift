import Glibc

/// A ring and what its file looked like when it was read.
struct Loaded: Sendable {
  let ring: KeyRing
  let stamp: Stamp
}

/// What changes with a file: another file of that name, other contents, another mode.
struct Stamp: Sendable, Equatable {
  private let device: UInt
  private let file: UInt
  private let size: Int
  private let seconds: [Int]

  init(_ status: stat) {
    device = status.st_dev
    file = status.st_ino
    size = status.st_size
    seconds = [
      status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
    ]
  }
}

func fileExists(_ path: String) -> Bool {
  var status = stat()
  return unsafe lstat(path, &status) == 0 || errno != ENOENT
}

func stamp(of path: String) throws(SecretsError) -> Stamp {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { throw .keyFile(path, "can't be read: \(reason(errno))") }
  return Stamp(status)
}

func load(_ path: String) throws(SecretsError) -> Loaded {
  let file = try openKeyFile(path)
  defer { close(file) }
  return try load(path, from: file)
}

/// Reads the ring under a lock on the file, which nobody else can replace meanwhile, and hands it to the work.
func withLockedKeyFile(
  _ path: String, _ work: (KeyRing) throws(SecretsError) -> Void
) throws(SecretsError) {
  while true {
    let file = try openKeyFile(path)
    // Closing lets go of the lock.
    defer { close(file) }
    while flock(file, LOCK_EX) != 0 {
      guard errno == EINTR else { throw .keyFile(path, "can't be locked: \(reason(errno))") }
    }
    let loaded = try load(path, from: file)
    // While this one waited for the lock another may have put a new file in its place.
    if try stamp(of: path) == loaded.stamp {
      return try work(loaded.ring)
    }
  }
}

private func openKeyFile(_ path: String) throws(SecretsError) -> CInt {
  let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
  guard file >= 0 else {
    if errno == ELOOP { throw .keyFile(path, "is a symbolic link; put the file itself in its place") }
    throw .keyFile(path, "can't be opened: \(reason(errno)); give it back to the user who runs this program")
  }
  return file
}

private func load(_ path: String, from file: CInt) throws(SecretsError) -> Loaded {
  var status = stat()
  guard unsafe fstat(file, &status) == 0 else { throw .keyFile(path, "can't be read: \(reason(errno))") }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw .keyFile(path, "is no regular file; move it away, a new one is made at the next start")
  }
  guard status.st_mode & 0o077 == 0 else {
    throw .keyFile(
      path, "is open to other users; run: chmod 600 \(path), and rotate the keys if one of them read it")
  }
  guard status.st_size > 0 else {
    throw .keyFile(
      path,
      "is empty; restore it from a backup, or remove it: a new key is made, and what the old ones signed ends"
    )
  }
  guard status.st_size <= 1 << 20 else {
    throw .keyFile(path, "is longer than any key ring; restore it from a backup")
  }
  var bytes = [UInt8](repeating: 0, count: status.st_size)
  let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(file, $0.baseAddress, $0.count, 0) }
  guard count >= 0 else { throw .keyFile(path, "can't be read: \(reason(errno))") }
  do {
    let ring = try KeyRing(text: String(decoding: bytes.prefix(count), as: UTF8.self))
    return Loaded(ring: ring, stamp: Stamp(status))
  } catch {
    throw .keyFile(path, "has no key in line \(error.number); restore it from a backup, or remove that line")
  }
}

func reason(_ code: CInt) -> String {
  unsafe String(cString: strerror(code))
}

extension SecretsError {
  static func keyFile(_ path: String, _ problem: String) -> SecretsError {
    SecretsError(code: .keyFile, message: "The key file \(path) \(problem).")
  }
}
