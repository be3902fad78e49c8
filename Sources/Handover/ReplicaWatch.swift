import System

/// The thread that looks whether what is committed arrives.
final class ReplicaWatch: Sendable {
  private let replica: Replica
  private let log: Log
  private let thread = Locked<Thread?>(nil)
  private let stopping = Wakeup()

  init(_ replica: Replica, _ log: Log) { (self.replica, self.log) = (replica, log) }

  func start() throws {
    let thread = try Thread(name: "replica-watch") { [replica, log, stopping] in
      var wasWell: Bool?
      while !stopping.isStopped {
        let failure = replica.look()
        if wasWell != (failure == nil) {
          if let failure {
            log.error(
              "replica.behind", ["error": failure, "advice": "nothing is lost here; see handover doctor"])
          } else {
            log.info("replica.well")
          }
        }
        wasWell = failure == nil
        stopping.wait(atMost: Replica.interval)
      }
    }
    self.thread.withLock { $0 = thread }
  }

  func stop() {
    stopping.stop()
    _ = thread.withLock { $0?.join(atMost: .seconds(6)) }
  }
}
