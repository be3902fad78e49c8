import CFastCGI
import Glibc
import Synchronization
import System

/// A Unix socket that a web server connects to: one of our own, or one that we have inherited.
///
/// A stop refuses new connections at our own one, by shutting it down. An inherited one belongs to whoever started this
/// process: it would be dead for every later process too. It is left as it is, and who connects waits for the next one.
///
/// The socket file of a server that died is replaced; one that somebody answers on is not. Two servers that
/// start in the same instant must be kept apart by their caller (a lock file), since a check and a bind can't
/// be one step.
package final class Listener: Sendable {
  /// In bytes.
  package static let maximumPathLength = UnixAddress.longest

  let socket: Int32
  private let kind: Kind

  private enum Kind {
    /// The identity tells our socket file from one that a later server put in its place.
    case own(path: String, FileIdentity)
    case inherited(Stop)
  }

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
    let identity: FileIdentity
    do throws(FastCGIError) {
      // Between bind and listen nobody can connect, so permissions need no umask, which all threads share.
      try unsafe UnixAddress.with(path) { unsafe bind(socket, $0, $1) }.orThrow(
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
    kind = .own(path: path, identity)
  }

  /// Takes over a socket that others use after this process, and closes this process's copy of it at the end.
  ///
  /// - Parameter descriptor: one that `problem(with:)` found nothing wrong with.
  package init(inherited descriptor: Int32) throws(FastCGIError) {
    kind = .inherited(try Stop())
    socket = descriptor
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    // Several threads are woken by one connection, and one of them gets it.
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  /// Why an inherited descriptor is no socket that a web server can connect to; nil where it is one.
  package static func problem(with descriptor: Int32) -> String? {
    func option(_ name: Int32) -> Int32? {
      var value: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      return unsafe getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }
    if fcntl(descriptor, F_GETFD) < 0 { return "there is no descriptor \(descriptor)" }
    guard let domain = option(SO_DOMAIN) else { return "descriptor \(descriptor) is no socket" }
    if domain != AF_UNIX { return "descriptor \(descriptor) is no Unix socket" }
    if option(SO_TYPE) != Int32(SOCK_STREAM.rawValue) {
      return "descriptor \(descriptor) is no stream socket"
    }
    return option(SO_ACCEPTCONN) == 1 ? nil : "nobody listens on the socket of descriptor \(descriptor)"
  }

  deinit {
    if case .own(let path, let identity) = kind, let current = try? FileIdentity(of: path),
      current == identity
    {
      unsafe unlink(path)
    }
    close(socket)
  }

  /// Waits for a connection.
  ///
  /// - Returns: its descriptor, or -1 with the reason in `errno`. After `refuseNewConnections` our own socket still
  ///   gives the connections that wait already, and then fails; an inherited one gives none.
  func accept() -> Int32 {
    guard case .inherited(let stop) = kind else { return take() }
    while !stop.isAsked {
      let connection = take()
      if connection >= 0 || errno != EAGAIN { return connection }
      stop.wait(orFor: socket)
    }
    errno = ECANCELED
    return -1
  }

  private func take() -> Int32 { accept4(socket, nil, nil, Int32(SOCK_CLOEXEC.rawValue)) }

  func refuseNewConnections() {
    switch kind {
    case .own: shutdown(socket, Int32(SHUT_RDWR))
    case .inherited(let stop): stop.ask()
    }
  }

  /// Whether new connections are refused by the end of that time.
  func refuses(within limit: Duration?) -> Bool {
    let milliseconds = limit?.milliseconds ?? -1
    switch kind {
    case .own:
      // Without any event it is the end alone that is told.
      var listening = pollfd(fd: socket, events: 0, revents: 0)
      return unsafe poll(&listening, 1, milliseconds) != 0
    case .inherited(let stop): return stop.isAsked(within: milliseconds)
    }
  }
}

/// What wakes those that wait for a connection at a socket which is not ours to shut down: a pipe with a byte in it.
private final class Stop: Sendable {
  private let reading: Int32
  private let writing: Int32
  private let asked = Atomic(false)

  init() throws(FastCGIError) {
    var ends: [Int32] = [-1, -1]
    try unsafe pipe(&ends).orThrow("can't make a pipe")
    (reading, writing) = (ends[0], ends[1])
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }

  deinit {
    close(reading)
    close(writing)
  }

  var isAsked: Bool { asked.load(ordering: .sequentiallyConsistent) }

  func ask() {
    if asked.exchange(true, ordering: .sequentiallyConsistent) { return }
    _ = unsafe write(writing, [1], 1)
  }

  /// Returns once there is something at the socket, or the stop.
  func wait(orFor socket: Int32) {
    var either = [socket, reading].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    _ = unsafe poll(&either, nfds_t(either.count), -1)
  }

  func isAsked(within milliseconds: Int32) -> Bool {
    var pipe = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&pipe, 1, milliseconds) != 0
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
  let answer = unsafe UnixAddress.with(path) { unsafe connect(probe, $0, $1) }
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

extension Int32 {
  /// Takes the result of a system call.
  fileprivate func orThrow(_ what: String) throws(FastCGIError) {
    guard self == 0 else {
      throw FastCGIError(code: .system, message: "\(what): \(SystemError.reason(errno))")
    }
  }
}
