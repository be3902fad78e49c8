import System

/// Tells systemd how the server is: that it is ready, whether it is well, that it stops. It ends a server that no longer
/// says that it is alive.
final class Reporter: Sendable {
  private let manager: ServiceManager
  private let health: Health
  private let address: String
  private let ended = Wakeup()
  private let thread = Locked<Thread?>(nil)

  /// How often the state is told where nobody watches.
  private static let interval = Duration.seconds(10)

  /// - Parameter address: what is served, for people.
  init(to manager: ServiceManager, _ health: Health, serving address: String) {
    self.manager = manager
    self.health = health
    self.address = address
  }

  /// The server answers from now on.
  func start() throws {
    guard manager.isListening else { return }
    manager.notify("READY=1", status)
    let thread = try Thread(name: "reporter") { [self] in
      while !ended.isStopped {
        // A server that hangs, and one that can't even run this thread, is not alive.
        if health.isAnswering { manager.notify("WATCHDOG=1", status) } else { manager.notify(status) }
        ended.wait(atMost: manager.watchdog.map { $0 / 3 } ?? Self.interval)
      }
    }
    self.thread.withLock { $0 = thread }
  }

  /// The server has begun to stop.
  func stop() {
    ended.stop()
    thread.withLock { $0?.join() }
    manager.notify("STOPPING=1", "STATUS=Finishing what runs")
  }

  private var status: String {
    health.problem.map { "STATUS=Serving \(address), not well: \($0.rawValue)" }
      ?? "STATUS=Serving \(address)"
  }
}
