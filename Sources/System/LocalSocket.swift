import Glibc

/// A program on this machine that listens at a path (unix(7)) or a port, asked one question.
package enum LocalSocket {
  /// Connects, sends the bytes, and reads until the other side has no more to say.
  ///
  /// - Parameter limit: how long all of it may take.
  /// - Returns: what came back, at most 64 KiB of it.
  /// - Throws: what connect(2), send(2) or recv(2) failed with; `ETIMEDOUT` where it took longer, `ENAMETOOLONG` for a
  ///   path that is longer than those of sockets.
  package static func ask(_ question: [UInt8], at path: String, within limit: Duration) throws(SystemError)
    -> [UInt8]
  {
    guard path.utf8.count <= UnixAddress.longest else {
      throw SystemError("connect to", path, code: ENAMETOOLONG)
    }
    let socket = try make(AF_UNIX)
    defer { close(socket) }
    // A Unix socket connects at once or not at all: where too many wait, with EAGAIN.
    guard unsafe UnixAddress.with(path, { unsafe connect(socket, $0, $1) }) == 0 else {
      throw SystemError("connect to", path)
    }
    return try exchange(question, socket, path, until: .now + limit)
  }

  /// The process that listens at a path (SO_PEERCRED, unix(7)); nil where none does.
  package static func listener(at path: String) -> pid_t? {
    guard path.utf8.count <= UnixAddress.longest, let socket = try? make(AF_UNIX) else { return nil }
    defer { close(socket) }
    guard unsafe UnixAddress.with(path, { unsafe connect(socket, $0, $1) }) == 0 else { return nil }
    // The process, its user and its group.
    var credentials: [Int32] = [0, 0, 0]
    var size = socklen_t(12)
    guard unsafe getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else { return nil }
    return credentials[0] > 0 ? credentials[0] : nil
  }

  /// The same of a port of 127.0.0.1.
  package static func ask(_ question: [UInt8], port: UInt16, within limit: Duration) throws(SystemError)
    -> [UInt8]
  {
    let (socket, place) = (try make(AF_INET), "port \(port)")
    defer { close(socket) }
    let deadline = ContinuousClock.now + limit
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    let isConnected = unsafe withUnsafeBytes(of: &address) { bytes in
      unsafe connect(
        socket, bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: sockaddr.self),
        socklen_t(bytes.count)) == 0
    }
    if !isConnected {
      guard errno == EINPROGRESS else { throw SystemError("connect to", place) }
      try wait(for: POLLOUT, of: socket, place, until: deadline)
      var (failure, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
      unsafe getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &size)
      if failure != 0 { throw SystemError("connect to", place, code: failure) }
    }
    return try exchange(question, socket, place, until: deadline)
  }

  private static func make(_ family: Int32) throws(SystemError) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let socket = Glibc.socket(family, type, 0)
    guard socket >= 0 else { throw SystemError("make a socket") }
    return socket
  }

  private static func exchange(
    _ question: [UInt8], _ socket: Int32, _ path: String, until deadline: ContinuousClock.Instant
  ) throws(SystemError) -> [UInt8] {
    var sent = 0
    while sent < question.count {
      try wait(for: POLLOUT, of: socket, path, until: deadline)
      let count = unsafe question.withUnsafeBytes {
        unsafe send(socket, $0.baseAddress?.advanced(by: sent), question.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        sent += count
      } else if errno != EAGAIN, errno != EINTR {
        throw SystemError("write to", path)
      }
    }
    var answer: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 4096)
    while answer.count < 1 << 16 {
      try wait(for: POLLIN, of: socket, path, until: deadline)
      let count = unsafe recv(socket, &block, block.count, 0)
      if count == 0 { break }
      if count > 0 {
        answer += block[..<count]
      } else if errno != EAGAIN, errno != EINTR {
        throw SystemError("read from", path)
      }
    }
    return answer
  }

  private static func wait(
    for events: Int32, of socket: Int32, _ path: String, until deadline: ContinuousClock.Instant
  ) throws(SystemError) {
    while true {
      let rest = deadline - .now
      guard rest > .zero else { throw SystemError("get an answer from", path, code: ETIMEDOUT) }
      var poll = pollfd(fd: socket, events: Int16(events), revents: 0)
      let count = unsafe Glibc.poll(&poll, 1, max(1, rest.milliseconds))
      if count > 0 { return }
      if count < 0, errno != EINTR { throw SystemError("wait for", path) }
    }
  }
}
