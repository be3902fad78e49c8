/// TCP ports for what the tests start.
enum Port {
  /// A port of 127.0.0.1 that nobody listens on: the kernel chooses it.
  static func free() throws -> Int { try Socket.withListener { Int($0) } }
}
