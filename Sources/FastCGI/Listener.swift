import Glibc
import System

/// A Unix socket that a web server connects to.
///
/// The socket file of a server that died is replaced; one that somebody answers on is not. Two servers that
/// start in the same instant must be kept apart by their caller (a lock file), since a check and a bind can't
/// be one step.
package final class Listener: Sendable {
  /// In bytes: what `sockaddr_un` holds beside the closing NUL.
  package static let maximumPathLength = 107

  let socket: Int32
  private let path: String
  /// Tells our socket file from one that a later server put in its place.
  private let identity: FileIdentity

  /// - Parameters:
  ///   - backlog: how many connections may wait; the system's own limit is `net.core.somaxconn`. Beyond it
  ///     the web server answers 502 at once.
  ///   - mode: of the socket file; whoever may read and write it may connect.
  ///   - group: of the socket file; nil: that of the process.
  /// - Throws: where the path can't be used, or another server answers on it.
  package init(path: String, backlog: Int32 = 1024, mode: mode_t = 0o600, group: gid_t? = nil)
    throws(FastCGIError)
  {
    guard path.utf8.count <= Listener.maximumPathLength else {
      throw FastCGIError(
        code: .pathTooLong,
        message:
          "the socket path \(path) has \(path.utf8.count) bytes, of \(Listener.maximumPathLength) possible"
      )
    }
    try removeStaleSocket(at: path)
    let socket = try makeSocket()
    do throws(FastCGIError) {
      // Between bind and listen nobody can connect, so permissions need no umask, which all threads share.
      try unsafe withAddress(of: path) { unsafe bind(socket, $0, $1) }.orThrow(
        "can't make the socket \(path)")
      identity = try FileIdentity(of: path)
      if let group {
        try unsafe chown(path, uid_t.max, group).orThrow("can't give \(path) to the group \(group)")
      }
      try unsafe chmod(path, mode).orThrow("can't set the mode of \(path)")
      try listen(socket, backlog).orThrow("can't listen on \(path)")
    } catch {
      close(socket)
      throw error
    }
    self.socket = socket
    self.path = path
  }

  deinit {
    if let current = try? FileIdentity(of: path), current == identity { unsafe unlink(path) }
    close(socket)
  }

  /// Refuses new connections from now on. `accept` still gives those that wait already, and then fails.
  func refuseNewConnections() {
    shutdown(socket, Int32(SHUT_RDWR))
  }
}

/// A file's device and inode.
private struct FileIdentity: Equatable {
  private let device: dev_t
  private let inode: ino_t

  init(of path: String) throws(FastCGIError) {
    var status = stat()
    try unsafe lstat(path, &status).orThrow("can't look at \(path)")
    (device, inode) = (status.st_dev, status.st_ino)
  }
}

private func removeStaleSocket(at path: String) throws(FastCGIError) {
  var status = stat()
  guard unsafe lstat(path, &status) == 0 else {
    guard errno != ENOENT else { return }
    throw FastCGIError(code: .system, message: "can't look at \(path): \(SystemError.reason(errno))")
  }
  guard status.st_mode & S_IFMT == S_IFSOCK else {
    throw FastCGIError(code: .notASocket, message: "\(path) is in the way of the socket; remove it")
  }
  let probe = try makeSocket(Int32(SOCK_NONBLOCK.rawValue))
  defer { close(probe) }
  let answer = unsafe withAddress(of: path) { unsafe connect(probe, $0, $1) }
  guard answer != 0, errno == ECONNREFUSED else {
    throw FastCGIError(code: .inUse, message: "another server answers on \(path); stop it first")
  }
  try unsafe unlink(path).orThrow("can't remove the old socket \(path)")
}

private func makeSocket(_ flags: Int32 = 0) throws(FastCGIError) -> Int32 {
  let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | flags
  let socket = Glibc.socket(AF_UNIX, type, 0)
  try min(socket, 0).orThrow("can't make a socket")
  return socket
}

/// - Parameter path: at most 107 bytes.
private func withAddress(of path: String, _ use: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
  return unsafe withUnsafeBytes(of: &address) { bytes in
    unsafe use(
      bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
  }
}

extension Int32 {
  /// Takes the result of a system call.
  fileprivate func orThrow(_ what: String) throws(FastCGIError) {
    guard self == 0 else {
      throw FastCGIError(code: .system, message: "\(what): \(SystemError.reason(errno))")
    }
  }
}
