/// TCP ports for what the tests start.
enum Port {
  /// A port of 127.0.0.1 that nobody has, below those that the kernel gives to clients: it would give it to one before
  /// the server has started.
  static func free() throws -> Int {
    while true {
      let port = Int.random(in: 15_000..<32_000)
      if try Socket.isFree(port: port) { return port }
    }
  }
}
