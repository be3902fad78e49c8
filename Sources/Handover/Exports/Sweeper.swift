import System

/// The thread that sweeps: at its start, when it is woken, and every half minute.
final class Sweeper: Sendable {
  private let exports: Exports
  private let thread = Locked<Thread?>(nil)

  private static let interval = Duration.seconds(30)

  init(_ exports: Exports) {
    self.exports = exports
  }

  func start() throws {
    let thread = try Thread(name: "export-sweeper") { [exports] in
      while !exports.ended.isStopped {
        exports.sweep()
        exports.ended.wait(atMost: Self.interval)
      }
    }
    self.thread.withLock { $0 = thread }
  }

  func stop() {
    exports.ended.stop()
    thread.withLock { $0?.join() }
  }
}
