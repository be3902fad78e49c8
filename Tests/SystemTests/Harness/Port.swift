/// TCP ports for what the tests start.
enum Port {
  /// A free port of 127.0.0.1, below the range that the kernel assigns to clients: it could assign one of those before
  /// the server has started.
  static func free() throws -> Int {
    while true {
      let port = Int.random(in: 15_000..<32_000)
      if try Socket.isFree(port: port) { return port }
    }
  }
}
