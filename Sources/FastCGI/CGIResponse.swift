import Glibc
import HTTP

/// A response as CGI has it (RFC 3875, section 6). The body may be long, so it is not copied behind the head.
struct CGIResponse {
  /// Status, fields, an empty line.
  let head: [UInt8]
  let body: [UInt8]
  /// Writes the body where it is a long one.
  let writeBody: Response.BodyWriter?

  /// The one place that knows Content-Length and HEAD: HEAD gets the length that GET would have, and no body.
  /// Where the web server sends a file (X-Accel-Redirect), that server sets the length.
  init(_ response: Response, to method: Method) {
    let hasBody = response.status.code >= 200 && response.status.code != 204 && response.status.code != 304
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    append("Status: \(response.status.code) \(response.status.reason)", to: &bytes)
    for field in response.headers.fields {
      bytes += field.name.text.utf8
      bytes += ": ".utf8
      append(field.value, to: &bytes)
    }
    if hasBody, response.writeBody == nil, response.headers["Content-Length"] == nil,
      response.headers["X-Accel-Redirect"] == nil
    {
      append("Content-Length: \(response.body.count)", to: &bytes)
    }
    append("", to: &bytes)
    head = bytes
    body = hasBody && method != .head ? response.body : []
    writeBody = hasBody && method != .head ? response.writeBody : nil
  }

  /// Sends the response and the end of its request.
  /// - Throws: `ResponseLost` where the other side does not take all of it, and what writing the body throws: the
  ///   other side knows then that the response isn't whole.
  func send(to socket: Int32, requestID: Int32) throws {
    let id = UInt16(truncatingIfNeeded: requestID)
    func send(_ head: [UInt8], _ body: [UInt8], isLast: Bool) throws {
      let records = ResponseRecords(head, body, isLast: isLast, requestID: id)
      guard records.send(to: socket) else { throw ResponseLost() }
    }
    guard let writeBody else { return try send(head, body, isLast: true) }
    try send(head, [], isLast: false)
    do {
      try writeBody { try send([], $0, isLast: false) }
    } catch {
      ResponseRecords.breakOff(socket)
      throw error
    }
    try send([], [], isLast: true)
  }
}

/// The web server has closed the connection, or takes nothing any more.
struct ResponseLost: Error {}

private func append(_ line: String, to bytes: inout [UInt8]) {
  bytes += line.utf8
  bytes += "\r\n".utf8
}

/// A response as the records that end a request (FastCGI Specification 1.0, sections 3.3, 5.3 and 5.5): its
/// head and its body as FCGI_STDOUT, the end of that stream, FCGI_END_REQUEST. Or a part of one, without the end.
///
/// libfcgi could write them too, and that would save these 90 lines. But its stream copies the body into
/// records of 8 KiB and writes each by a system call, which wakes the web server each time. Here the whole
/// response is one sendmsg(2) of pieces that lie where they are: the headers of the records, and between them
/// slices of head and body.
private struct ResponseRecords {
  private static let version: UInt8 = 1
  private static let endRequest: UInt8 = 3
  private static let standardOutput: UInt8 = 6
  /// The largest content of a record that needs no padding.
  private static let longest = 65_528
  private static let headerSize = 8

  private let head: [UInt8]
  private let body: [UInt8]
  /// The header of each piece in turn, then the records at the end.
  private var headers: [UInt8] = []

  init(_ head: [UInt8], _ body: [UInt8], isLast: Bool, requestID id: UInt16) {
    self.head = head
    self.body = body
    for part in Self.parts(of: head) + Self.parts(of: body) {
      appendHeader(Self.standardOutput, id, count: part.count)
    }
    guard isLast else { return }
    appendHeader(Self.standardOutput, id, count: 0)
    appendHeader(Self.endRequest, id, count: 8)
    // appStatus 0, FCGI_REQUEST_COMPLETE, reserved.
    headers += [UInt8](repeating: 0, count: 8)
  }

  /// Sends a record of no known version. nginx takes the end of a connection for the end of the body, but this
  /// for an error, and breaks its own response off.
  static func breakOff(_ socket: Int32) {
    let record = [UInt8](repeating: 0, count: headerSize)
    _ = unsafe record.withUnsafeBytes { unsafe send([$0], to: socket) }
  }

  /// - Returns: false where the other side does not take all of it.
  func send(to socket: Int32) -> Bool {
    unsafe head.withUnsafeBytes { head in
      unsafe body.withUnsafeBytes { body in
        unsafe headers.withUnsafeBytes { headers in
          var pieces: [UnsafeRawBufferPointer] = unsafe []
          var written = 0
          for unsafe(bytes, parts) in unsafe [
            (head, Self.parts(of: self.head)), (body, Self.parts(of: self.body)),
          ] {
            for part in parts {
              unsafe pieces.append(
                UnsafeRawBufferPointer(rebasing: headers[written..<written + Self.headerSize]))
              unsafe pieces.append(UnsafeRawBufferPointer(rebasing: bytes[part]))
              written += Self.headerSize
            }
          }
          if written < headers.count {
            unsafe pieces.append(UnsafeRawBufferPointer(rebasing: headers[written...]))
          }
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

  /// Sends the rest if the system took only a part.
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
        // Some 2 MB at a time: far below the system's limit of 1024 pieces.
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
