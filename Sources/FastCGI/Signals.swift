import Glibc

/// The signals that ask a process to end, taken by one thread that waits for them instead of by handlers.
package enum Signals {
  /// Holds SIGTERM, SIGINT and SIGHUP back in this thread and in those that it starts from now on. To be
  /// called before any other thread is there, or one of them would be killed by the signal.
  package static func blockTermination() {
    var signals = termination()
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Waits for one of them, after `blockTermination`, and says which.
  package static func waitForTermination() -> Int32 {
    var signals = termination()
    var number: Int32 = 0
    while unsafe sigwait(&signals, &number) != 0 {}
    return number
  }
}

private func termination() -> sigset_t {
  var signals = sigset_t()
  unsafe sigemptyset(&signals)
  for number in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&signals, number) }
  return signals
}
