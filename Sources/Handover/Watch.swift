import System

/// A thread of the server that looks again and again whether something outside of it is well, and tells the log when that
/// changes.
final class Watch: Sendable {
  private let name: String
  private let interval: Duration
  private let look: @Sendable () -> String?
  private let tell: @Sendable (_ failure: String?) -> Void
  private let thread = Locked<Thread?>(nil)
  private let stopping = Wakeup()

  /// - Parameters:
  ///   - look: why it is not well; nil where it is.
  ///   - tell: hears of the first look, and of each change.
  init(
    _ name: String, every interval: Duration, look: @escaping @Sendable () -> String?,
    tell: @escaping @Sendable (_ failure: String?) -> Void
  ) {
    (self.name, self.interval) = (name, interval)
    (self.look, self.tell) = (look, tell)
  }

  func start() throws {
    let thread = try Thread(name: name) { [interval, look, tell, stopping] in
      var wasWell: Bool?
      while !stopping.isStopped {
        let failure = look()
        if wasWell != (failure == nil) { tell(failure) }
        wasWell = failure == nil
        stopping.wait(atMost: interval)
      }
    }
    self.thread.withLock { $0 = thread }
  }

  func stop() {
    stopping.stop()
    _ = thread.withLock { $0?.join(atMost: .seconds(6)) }
  }
}
