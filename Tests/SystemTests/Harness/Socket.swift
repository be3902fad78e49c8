import Foundation
import TestSupport

/// A TCP connection to 127.0.0.1, for clients that send exactly the bytes they want to.
struct Socket: ~Copyable {
  private let descriptor: Int32

  /// - Parameters:
  ///   - source: the last number of the client's own address, 127.0.0.n.
  ///   - timeout: seconds that one read or write may take.
  init(port: Int, from source: UInt8 = 1, timeout: Int = 60) throws {
    let descriptor = try Self.make()
    var time = timeval(tv_sec: timeout, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      unsafe setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    }
    guard unsafe Self.with(address(0, host: source), { unsafe bind(descriptor, $0, $1) }) == 0,
      unsafe Self.with(address(port), { unsafe connect(descriptor, $0, $1) }) == 0
    else {
      let error = Self.failure("connect to port \(port)")
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Sends all bytes. A server that answers and closes before it has read them is no error.
  func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EPIPE || errno == ECONNRESET { return }
      guard count > 0 else { throw Self.failure("send") }
      rest = rest.dropFirst(count)
    }
  }

  /// The next bytes, none at the end of the stream.
  func receive() throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
    if count < 0, errno == ECONNRESET { return [] }
    guard count >= 0 else { throw Self.failure("receive") }
    return Array(bytes.prefix(count))
  }

  private static func make() throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw failure("socket") }
    return descriptor
  }

  private static func with(
    _ address: sockaddr_in, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    unsafe withUnsafePointer(to: address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe call($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  private static func failure(_ what: String) -> HarnessError {
    HarnessError("\(what): \(unsafe String(cString: strerror(errno)))")
  }
}

private func address(_ port: Int, host: UInt8 = 1) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = UInt16(port).bigEndian
  address.sin_addr.s_addr = (0x7f00_0000 | UInt32(host)).bigEndian
  return address
}
