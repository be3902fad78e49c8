import Glibc
import System

/// The file that holds the key ring: mode 0600, made with a first key where there is none.
///
/// Any number of processes may read it and rotate it. It is never written in place: a new file is written
/// beside it and takes its name, so that a reader sees the old ring or the new one. A rotation holds a lock
/// on the file that it replaces, so that two at once both keep their key.
package final class KeyFile: Sendable {
  package let path: String
  private let randomness: Randomness
  private let loaded: Locked<Loaded?>

  /// Opens the file, or makes it.
  /// - Parameters:
  ///   - now: Unix seconds, for a first key.
  ///   - isNeeded: whether the file is made or refused here. Otherwise `current` says what is wrong with it.
  /// - Throws: `.keyFile` where it can't be read or made, holds no ring, or is open to other users.
  package init(path: String, now: Int64, randomness: Randomness, isNeeded: Bool = true) throws(SecretsError) {
    self.path = path
    self.randomness = randomness
    guard isNeeded else {
      loaded = Locked(nil)
      return
    }
    var status = stat()
    // Of a process that was killed; one that is at work keeps its file.
    try? DurableFile.removeLeftover(path + ".part")
    if unsafe lstat(path, &status) != 0 && errno == ENOENT {
      try create(path, KeyRing(first: SigningKey(created: now, randomness: randomness)))
    }
    loaded = Locked(try load(path))
  }

  /// The ring as it is in the file now. Costs one stat(2) unless the file changed; any thread may call it.
  /// - Throws: `.keyFile` where the file is gone, can't be read, holds no ring, or is open to other users.
  package func current() throws(SecretsError) -> KeyRing {
    let stamp = try Stamp(path)
    return try loaded.withLock { loaded throws(SecretsError) in
      if let loaded, loaded.stamp == stamp { return loaded.ring }
      let now = try load(path)
      loaded = now
      return now.ring
    }
  }

  /// Adds a key that signs from now on, in this process and in every other that reads the file.
  /// - Parameters:
  ///   - now: Unix seconds.
  ///   - lifetime: how long a signature is valid. A key that has signed nothing for longer is dropped; nil:
  ///     none is.
  /// - Throws: `.keyFile` where the file can't be read or replaced.
  @discardableResult
  package func rotate(now: Int64, forgettingAfter lifetime: Duration? = nil) throws(SecretsError)
    -> SigningKey
  {
    let key = SigningKey(created: now, randomness: randomness)
    try withLockedRing(path) { ring throws(SecretsError) in
      try replace(path, by: ring.rotated(to: key, forgettingAfter: lifetime))
    }
    return key
  }
}

/// A ring and the state of its file when it was read.
private struct Loaded {
  let ring: KeyRing
  let stamp: Stamp
}

/// What changes with a file: another file of that name, other contents, another mode.
private struct Stamp: Equatable {
  private let device: UInt
  private let file: UInt
  private let size: Int
  private let seconds: [Int]

  init(_ path: String) throws(SecretsError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw .system(path, "read") }
    self.init(status)
  }

  init(_ status: stat) {
    device = status.st_dev
    file = status.st_ino
    size = status.st_size
    seconds = [
      status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
    ]
  }
}

private func load(_ path: String) throws(SecretsError) -> Loaded {
  let file = try open(path)
  defer { close(file.rawValue) }
  return try load(path, from: file)
}

/// Reads the ring and hands it to the work under a lock on the file, so that nobody replaces it meanwhile.
private func withLockedRing(
  _ path: String, _ work: (KeyRing) throws(SecretsError) -> Void
) throws(SecretsError) {
  while true {
    let file = try open(path)
    // Closing releases the lock.
    defer { close(file.rawValue) }
    do { try file.lock() } catch { throw .system(path, "locked", error) }
    let loaded = try load(path, from: file)
    // While this thread waited for the lock another process may have put a new file in its place.
    if try Stamp(path) == loaded.stamp { return try work(loaded.ring) }
  }
}

private func open(_ path: String) throws(SecretsError) -> FileDescriptor {
  let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
  guard descriptor >= 0 else {
    if errno == ELOOP { throw .keyFile(path, "is a symbolic link; put the file itself in its place") }
    throw .keyFile(
      path,
      "can't be opened: \(SystemError.reason(errno)); give it back to the user who runs this program")
  }
  return FileDescriptor(rawValue: descriptor)
}

private func load(_ path: String, from file: FileDescriptor) throws(SecretsError) -> Loaded {
  var status = stat()
  guard unsafe fstat(file.rawValue, &status) == 0 else { throw .system(path, "read") }
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
  let bytes: [UInt8]
  do { bytes = try file.bytes(status.st_size, at: 0) } catch { throw .system(path, "read", error) }
  do {
    let ring = try KeyRing(text: String(decoding: bytes, as: UTF8.self))
    return Loaded(ring: ring, stamp: Stamp(status))
  } catch {
    throw .keyFile(path, "has no key in line \(error.number); restore it from a backup, or remove that line")
  }
}

/// Makes the file of a first ring, unless another process has made one meanwhile, which is then kept.
private func create(_ path: String, _ ring: KeyRing) throws(SecretsError) {
  do throws(SystemError) {
    try write(ring, beside: path).publishUnlessPresent(as: path)
  } catch {
    // Many that start at once on a slow disk: whoever was first has made it.
    if error.code == EBUSY, unsafe access(path, F_OK) == 0 { return }
    throw .system(path, "made", error)
  }
}

/// Replaces the ring that the file holds.
private func replace(_ path: String, by ring: KeyRing) throws(SecretsError) {
  do throws(SystemError) {
    var file = try write(ring, beside: path)
    try file.publish(as: path)
  } catch { throw .system(path, "replaced", error) }
}

/// One process at a time; the others wait for the moment that it takes.
private func write(_ ring: KeyRing, beside path: String) throws(SystemError) -> DurableFile {
  let deadline = ContinuousClock.now + .seconds(5)
  while true {
    do throws(SystemError) {
      let file = try DurableFile(at: path + ".part")
      try file.write(Array(ring.text.utf8))
      return file
    } catch {
      guard error.code == EBUSY, ContinuousClock.now < deadline else { throw error }
      usleep(1_000)
    }
  }
}

extension SecretsError {
  fileprivate static func keyFile(_ path: String, _ problem: String) -> SecretsError {
    SecretsError(code: .keyFile, message: "The key file \(path) \(problem).")
  }

  /// - Parameter done: what can't be done to the file: `read`.
  fileprivate static func system(
    _ path: String, _ done: String, _ error: SystemError = SystemError("use the key file")
  ) -> SecretsError {
    keyFile(path, "can't be \(done): \(error.reason)")
  }
}
