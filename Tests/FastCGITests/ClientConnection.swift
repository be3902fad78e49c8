import Glibc

/// A blocking stream socket of a client.
final class ClientConnection: Sendable {
  let socket: Int32

  /// Nil when nobody listens.
  init?(path: String) {
    socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    guard connected(socket, to: &address) else { return nil }
  }

  init?(port: UInt16) {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopback(port)
    guard connected(socket, to: &address) else { return nil }
  }

  deinit { close(socket) }

  /// Sends all of it, or as much as the other side takes.
  func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        unsafe Glibc.send(
          socket, bytes.baseAddress.unsafelyUnwrapped + sent, bytes.count - sent, Int32(MSG_NOSIGNAL)
        )
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  /// No more will be sent.
  func endSending() {
    shutdown(socket, Int32(SHUT_WR))
  }

  /// Whether anything has come, or the other side has closed.
  func hasSomething(within milliseconds: Int32) -> Bool {
    var state = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&state, 1, milliseconds) > 0
  }

  /// All until the other side closes.
  func receive() -> [UInt8] {
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe recv(socket, &buffer, buffer.count, 0)
      guard count > 0 else { return received }
      received += buffer[..<count]
    }
  }
}

/// A port that nobody has, below those that the kernel gives to clients: it would give it to one before nginx
/// has started.
func freePort() -> UInt16 {
  while true {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    let port = UInt16.random(in: 15_000..<32_000)
    var address = loopback(port)
    let isFree = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    if isFree { return port }
  }
}

private func loopback(_ port: UInt16) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  address.sin_port = port.bigEndian
  return address
}

private func connected<Address>(_ socket: Int32, to address: inout Address) -> Bool {
  unsafe withUnsafeMutablePointer(to: &address) {
    unsafe connect(
      socket, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self),
      socklen_t(MemoryLayout<Address>.size)) == 0
  }
}
