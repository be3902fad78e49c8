import Glibc

/// What is set once for the whole process, before it starts a thread.
///
/// The signals that ask it to end are taken by one thread that waits for them, instead of by handlers.
package enum ThisProcess {
  /// Makes files private to their owner unless the code says otherwise. A write beyond the file-size limit
  /// (ulimit -f) fails from now on, as on a full disk, instead of killing the process.
  package static func setUp() {
    umask(0o077)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Holds SIGTERM, SIGINT and SIGHUP back in this thread and in those that it starts from now on. Call it
  /// before any other thread exists, or the signal would kill one of those.
  package static func blockTermination() {
    var signals = termination()
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Waits for one of the signals, after `blockTermination`.
  /// - Returns: the number of the signal.
  package static func waitForTermination() -> Int32 {
    var signals = termination()
    var number: Int32 = 0
    while unsafe sigwait(&signals, &number) != 0 {}
    return number
  }

  private static func termination() -> sigset_t {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&signals, number) }
    return signals
  }
}
