import CFastCGI
import Glibc
import HTTP
import System

/// The body of a request that is read while the request is answered, as far as its handler wants.
final class IncomingBody: Sendable {
  /// Nil once the request is answered: libfcgi frees it then.
  private let stream: Locked<Stream?>

  @safe private struct Stream: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<FCGX_Stream>
    var left: Int
  }

  init(_ stream: UnsafeMutablePointer<FCGX_Stream>, length: Int) {
    unsafe self.stream = Locked(Stream(pointer: stream, left: length))
  }

  /// The next bytes, up to `count`; none at the end.
  /// - Throws: `bodyIncomplete` where the connection ends before the body, or the request is answered.
  func read(upTo count: Int) throws(HTTPError) -> [UInt8] {
    guard let bytes = next(count) else { throw HTTPError(.bodyIncomplete, "the body ends in the middle") }
    return bytes
  }

  /// Reads over what the handler left and the record that ends the body: a web server that has still to send something
  /// when the connection is closed answers 502. The handler can read nothing any more.
  /// - Returns: whether the whole body came.
  func end() -> Bool {
    while let bytes = next(65_536), !bytes.isEmpty {}
    return stream.withLock { state in
      defer { state = nil }
      guard let stream = state, stream.left == 0 else { return false }
      var beyond: CChar = 0
      return unsafe FCGX_GetStr(&beyond, 1, stream.pointer) == 0 && FCGX_GetError(stream.pointer) == 0
    }
  }

  /// Nil where there are none, and there should be.
  private func next(_ count: Int) -> [UInt8]? {
    stream.withLock { state in
      guard var stream = state else { return nil }
      let wanted = min(count, stream.left)
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, read in
        unsafe buffer.withMemoryRebound(to: CChar.self) { text in
          read = Int(unsafe FCGX_GetStr(text.baseAddress, Int32(wanted), stream.pointer))
        }
      }
      stream.left -= bytes.count
      state = stream
      return bytes.count == wanted ? bytes : nil
    }
  }
}
