import CFastCGI
import Glibc

/// One connection with its one request, from the first record to the last: libfcgi's `FCGX_Request`, closed
/// at the end of its life.
///
/// libfcgi is given a connection that we accepted, and a listening socket that doesn't exist. So it can't go
/// on to accept another one after a broken request, read and write have timeouts, and its own way to stop (a
/// flag for the whole process, which never goes back) isn't needed. It finds `ipcFd` set, as after a request
/// on a connection that is kept.
@safe struct Exchange: ~Copyable {
  private let request: UnsafeMutablePointer<FCGX_Request>

  /// Reads the parameters; nil when they don't come, or aren't FastCGI.
  /// - Parameters:
  ///   - socket: a connection, whose owner the exchange becomes.
  ///   - timeout: seconds that a single read or write may wait.
  init?(taking socket: Int32, timeout: Int) {
    var limit = timeval(tv_sec: timeout, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    unsafe request = .allocate(capacity: 1)
    unsafe FCGX_InitRequest(request, -1, 0)
    unsafe request.pointee.ipcFd = socket
    unsafe request.pointee.keepConnection = 1
    // Closing doesn't wait for the other side: all that it sent has been read.
    unsafe request.pointee.detached = 1
    // A connection that ends between two parameters looks like the end of the parameters, but for the
    // stream's error.
    guard unsafe FCGX_Accept_r(request) == 0, unsafe FCGX_GetError(request.pointee.in) == 0 else {
      return nil
    }
  }

  deinit {
    unsafe FCGX_Free(request, 1)
    unsafe request.deallocate()
  }

  /// Calls with each parameter in turn, as the bytes of `NAME=value`.
  func forEachParameter(_ body: (UnsafeRawBufferPointer) -> Void) {
    guard var entry = unsafe request.pointee.envp else { return }
    while let text = unsafe entry.pointee {
      unsafe body(UnsafeRawBufferPointer(start: text, count: strlen(text)))
      unsafe entry += 1
    }
  }

  /// Up to that many bytes of the body; fewer at its end, or where the connection broke off.
  func read(upTo count: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
      unsafe buffer.withMemoryRebound(to: CChar.self) { text in
        read = Int(unsafe FCGX_GetStr(text.baseAddress, Int32(count), request.pointee.in))
      }
    }
  }

  /// Whether all that was read so far came whole.
  var isIntact: Bool {
    unsafe FCGX_GetError(request.pointee.in) == 0
  }

  /// Writes the answer and the end of the request; false when nobody takes it.
  consuming func finish(with answer: CGIAnswer) -> Bool {
    unsafe AnswerRecords(answer, requestID: request.pointee.requestId).send(to: request.pointee.ipcFd)
  }
}
