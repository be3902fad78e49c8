import Glibc

/// An answer as the records that end a request (FastCGI Specification 1.0, sections 3.3, 5.3 and 5.5): its head and its
/// body as FCGI_STDOUT, the end of that stream, FCGI_END_REQUEST.
///
/// All of them go to the system at once, and nothing is copied. libfcgi's own stream makes records of 8 KiB, each a call of
/// the system that wakes the web server.
struct AnswerRecords {
  private static let version: UInt8 = 1
  private static let endRequest: UInt8 = 3
  private static let standardOutput: UInt8 = 6
  /// The largest content of a record that needs no padding.
  private static let longest = 65_528
  private static let headerSize = 8

  private let answer: CGIAnswer
  /// What stands in front of each part, and at the end.
  private var headers: [UInt8] = []

  init(_ answer: CGIAnswer, requestID: Int32) {
    self.answer = answer
    let id = UInt16(truncatingIfNeeded: requestID)
    for part in Self.parts(of: answer.head) + Self.parts(of: answer.body) {
      appendHeader(Self.standardOutput, id, count: part.count)
    }
    appendHeader(Self.standardOutput, id, count: 0)
    appendHeader(Self.endRequest, id, count: 8)
    // appStatus 0, FCGI_REQUEST_COMPLETE, reserved.
    headers += [UInt8](repeating: 0, count: 8)
  }

  /// - Returns: false when the other side doesn't take all of it.
  func send(to socket: Int32) -> Bool {
    unsafe answer.head.withUnsafeBytes { head in
      unsafe answer.body.withUnsafeBytes { body in
        unsafe headers.withUnsafeBytes { headers in
          var pieces: [UnsafeRawBufferPointer] = unsafe []
          var written = 0
          for unsafe(bytes, parts) in unsafe [
            (head, Self.parts(of: answer.head)), (body, Self.parts(of: answer.body)),
          ] {
            for part in parts {
              unsafe pieces.append(
                UnsafeRawBufferPointer(rebasing: headers[written..<written + Self.headerSize]))
              unsafe pieces.append(UnsafeRawBufferPointer(rebasing: bytes[part]))
              written += Self.headerSize
            }
          }
          unsafe pieces.append(UnsafeRawBufferPointer(rebasing: headers[written...]))
          return unsafe Self.send(pieces, to: socket)
        }
      }
    }
  }

  private static func parts(of bytes: [UInt8]) -> [Range<Int>] {
    stride(from: 0, to: bytes.count, by: longest).map { $0..<min($0 + longest, bytes.count) }
  }

  private mutating func appendHeader(_ type: UInt8, _ id: UInt16, count: Int) {
    headers += [
      Self.version, type, UInt8(id >> 8), UInt8(id & 0xFF), UInt8(count >> 8), UInt8(count & 0xFF), 0, 0,
    ]
  }

  /// However often the system takes only some of it.
  private static func send(_ pieces: [UnsafeRawBufferPointer], to socket: Int32) -> Bool {
    var vectors = unsafe pieces.map {
      unsafe iovec(iov_base: .init(mutating: $0.baseAddress), iov_len: $0.count)
    }
    let count = unsafe vectors.count
    var first = 0
    while first < count {
      var sent = unsafe vectors[first...].withUnsafeMutableBufferPointer { rest in
        var message = unsafe msghdr()
        unsafe message.msg_iov = rest.baseAddress
        unsafe message.msg_iovlen = min(rest.count, 64)
        return unsafe sendmsg(socket, &message, Int32(MSG_NOSIGNAL))
      }
      if sent < 0, errno == EINTR { continue }
      guard sent > 0 else { return false }
      while sent > 0 {
        let taken = min(sent, unsafe vectors[first].iov_len)
        unsafe vectors[first].iov_base += taken
        unsafe vectors[first].iov_len -= taken
        sent -= taken
        if unsafe vectors[first].iov_len == 0 { first += 1 }
      }
    }
    return true
  }
}
