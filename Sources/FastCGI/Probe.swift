import System

/// Asks a FastCGI server for a page, as a web server would (FastCGI 1.0, section 3.3): for whoever looks whether one
/// answers.
package enum Probe {
  /// - Parameters:
  ///   - target: of a GET.
  ///   - path: of the server's socket.
  /// - Returns: the answer as CGI has it, headers first, of a page of up to 64 KiB; empty where it is none.
  /// - Throws: where nobody listens, or the answer breaks off.
  package static func get(
    _ target: String, host: String, at path: String, timeout: Duration = .seconds(10)
  ) throws(SystemError) -> String {
    let parameters = [
      ("REQUEST_METHOD", "GET"), ("REQUEST_URI", target), ("REMOTE_ADDR", "127.0.0.1"), ("HTTP_HOST", host),
    ]
    let pairs = parameters.flatMap { name, value in
      [UInt8(name.utf8.count), UInt8(min(value.utf8.count, 127))] + name.utf8 + value.utf8.prefix(127)
    }
    // Begin, as a responder; parameters; no body.
    let request =
      record(1, [0, 1, 0, 0, 0, 0, 0, 0]) + record(4, pairs) + record(4, []) + record(5, [])
    var rest = try LocalSocket.ask(request, at: path, within: timeout)[...]
    var output: [UInt8] = []
    while rest.count >= 8 {
      let head = Array(rest.prefix(8))
      let length = Int(head[4]) << 8 | Int(head[5])
      // Standard output.
      if head[1] == 6 { output += rest.dropFirst(8).prefix(length) }
      rest = rest.dropFirst(8 + length + Int(head[6]))
    }
    return String(decoding: output, as: UTF8.self)
  }

  private static func record(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
    [1, type, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 255), 0, 0] + content
  }
}
