import CFastCGI
import Glibc

/// One connection with its one request, from the first record to the last: libfcgi's `FCGX_Request`, closed
/// at the end of its life.
///
/// libfcgi is used for reading only, and in an unusual way. It is given a connection that we accepted, and a
/// listening socket that does not exist (-1). So it can't go on to accept another connection after a broken
/// request, reads and writes have timeouts, and its own way to stop (a flag for the whole process, which is
/// never reset) isn't needed. For that three of its fields are set by hand: it finds the socket in `ipcFd`,
/// as it would after a request on a connection that is kept, trusts that because of `keepConnection`, and
/// because of `detached` does not linger when it closes.
@safe struct Connection: ~Copyable {
  private let request: UnsafeMutablePointer<FCGX_Request>

  /// Reads the parameters; nil where they don't come, or aren't FastCGI.
  /// - Parameters:
  ///   - socket: a connection, which is closed with this value.
  ///   - timeout: how long a single read or write may wait.
  init?(taking socket: Int32, timeout: Duration) {
    let (seconds, attoseconds) = timeout.components
    var limit = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
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

  /// Reads up to `count` bytes of the body; fewer at its end, or where the connection broke off.
  func read(upTo count: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
      unsafe buffer.withMemoryRebound(to: CChar.self) { text in
        read = Int(unsafe FCGX_GetStr(text.baseAddress, Int32(count), request.pointee.in))
      }
    }
  }

  /// Whether all that was read so far is complete.
  var isIntact: Bool {
    unsafe FCGX_GetError(request.pointee.in) == 0
  }

  /// The body, to be read while the request is answered.
  func body(of length: Int) -> IncomingBody {
    unsafe IncomingBody(request.pointee.in, length: length)
  }

  /// Writes the response and the end of the request, and closes the connection.
  /// - Throws: as `CGIResponse.send`.
  consuming func finish(with response: CGIResponse) throws {
    try unsafe response.send(to: request.pointee.ipcFd, requestID: request.pointee.requestId)
  }
}

/// libfcgi's result of its initialisation, which happens once a process; 0 where it went well.
///
/// libfcgi would catch SIGTERM, SIGUSR1 and SIGPIPE from then on, and give up requests in flight at the
/// first. So the earlier handlers are restored. SIGPIPE is ignored: a web server that goes away must show as
/// a failed write.
let initialised: Int32 = {
  let kept = [SIGTERM, SIGUSR1].map { number in
    var action = sigaction()
    unsafe sigaction(number, nil, &action)
    return (number, action)
  }
  signal(SIGPIPE, SIG_IGN)
  let result = FCGX_Init()
  for (number, saved) in kept {
    var action = saved
    unsafe sigaction(number, &action, nil)
  }
  return result
}()
