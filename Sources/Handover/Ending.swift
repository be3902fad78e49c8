import Glibc
import System

/// The end of the server: takes the signal that asks for it, from the start on, and sees to it that the process has
/// ended some time later, whatever hangs. All that is stored survives a crash, so it survives that too.
final class Ending: Sendable {
  /// How long a stop may take. Then the process ends itself, with status 1.
  static let limit = Duration.seconds(15)

  private let log: Log
  private let asked = Wakeup()
  /// What the stop waits for.
  private let step = Locked("the start")

  /// Call it after `ThisProcess.blockTermination`.
  init(_ log: Log) throws {
    self.log = log
    let thread = try Thread(name: "ending") { [self] in
      let signal = ThisProcess.waitForTermination()
      log.info("server.stopping", ["signal": String(signal)])
      asked.stop()
      // Nobody raises it: the process ends before.
      Wakeup().wait(atMost: Self.limit)
      log.error(
        "server.given-up",
        ["seconds": String(Self.limit.wholeSeconds), "waited-for": step.withLock { $0 }])
      log.stop(patience: .seconds(1))
      _exit(1)
    }
    thread.detach()
  }

  /// Waits until somebody asks for the end.
  func wait() {
    while !asked.isStopped { asked.wait(atMost: .hours(1)) }
  }

  /// - Parameter name: for the log, where it takes too long.
  func end(_ name: String, _ body: () -> Void) {
    step.withLock { $0 = name }
    body()
  }
}
