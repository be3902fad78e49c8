import Glibc

/// What is set once for the whole process, before it starts a thread.
///
/// The signals that ask it to end are taken by one thread that waits for them, instead of by handlers.
package enum ThisProcess {
  /// Makes files private to their owner unless the code says otherwise. A write beyond the file-size limit
  /// (ulimit -f) fails from now on, as on a full disk, instead of killing the process. Standard descriptors that
  /// whoever started it has closed become /dev/null: the next file to be opened would get the number, and what is
  /// meant for standard error would be written into it.
  package static func setUp() {
    umask(0o077)
    signal(SIGXFSZ, SIG_IGN)
    for standard in STDIN_FILENO...STDERR_FILENO where fcntl(standard, F_GETFD) < 0 {
      _ = unsafe open("/dev/null", O_RDWR)
    }
  }

  /// Where root runs the process, it becomes whoever the folder belongs to, or the nearest one above it that is there:
  /// what it leaves there can be used by the service then, and it can do no more than that.
  ///
  /// - Returns: the home of its user; nil where it stays who it is.
  /// - Throws: where the system doesn't let it.
  package static func becomeOwner(of folder: String) throws(SystemError) -> String? {
    guard geteuid() == 0 else { return nil }
    var (place, status) = (folder, stat())
    while unsafe stat(place, &status) != 0, place != "/", place != "." {
      place = DurableFile.folder(of: place)
    }
    guard status.st_uid != 0 else { return nil }
    let (user, group, home): (String?, gid_t, String)
    if let entry = unsafe getpwuid(status.st_uid) {
      user = unsafe String(cString: entry.pointee.pw_name)
      group = unsafe entry.pointee.pw_gid
      home = unsafe String(cString: entry.pointee.pw_dir)
    } else {
      (user, group, home) = (nil, status.st_gid, "/")
    }
    let hasGroups = unsafe user.map { unsafe initgroups($0, group) } ?? setgroups(1, [group])
    guard hasGroups == 0, setgid(group) == 0, setuid(status.st_uid) == 0 else {
      throw SystemError("become the owner of", place)
    }
    return home
  }

  /// In which systemd says what standard error is.
  package static let journalVariable = "JOURNAL_STREAM"

  /// Whether standard error is the journal's, and not what somebody has put in its place since.
  ///
  /// - Parameter stream: device and inode of the journal's end, as the variable has them: `8:12345`.
  package static func hasJournal(_ stream: String?) -> Bool {
    var status = stat()
    guard let stream, unsafe fstat(STDERR_FILENO, &status) == 0 else { return false }
    return stream == "\(status.st_dev):\(status.st_ino)"
  }

  /// Lets nothing end the process that some sender means as a word to another program: no signal that ends a
  /// process by default, but for those of `blockTermination`, those of the process's own faults, and SIGKILL.
  package static func ignoreStraySignals() {
    let named = [SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGPOLL, SIGSTKFLT, SIGPIPE]
    for number in named + Array(__libc_current_sigrtmin()...__libc_current_sigrtmax()) {
      signal(number, SIG_IGN)
    }
  }

  /// Holds the signals that ask the process to end back in this thread and in those that it starts from now on:
  /// SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGPWR (the power fails) and SIGXCPU (ulimit -t). Call it before any other
  /// thread exists, or the signal would kill one of those.
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

  /// Waits for one of the signals for a while, after `blockTermination`.
  /// - Returns: whether one has come.
  package static func isToEnd(within limit: Duration) -> Bool {
    var signals = termination()
    let end = ContinuousClock.now + limit
    while true {
      let rest = max(.zero, end - .now).components
      var time = timespec(tv_sec: Int(rest.seconds), tv_nsec: Int(rest.attoseconds / 1_000_000_000))
      if unsafe sigtimedwait(&signals, nil, &time) > 0 { return true }
      if errno != EINTR { return false }
    }
  }

  /// Ends the wait of `waitForTermination` from within.
  package static func terminate() { kill(getpid(), SIGTERM) }

  private static func termination() -> sigset_t {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGPWR, SIGXCPU] { unsafe sigaddset(&signals, number) }
    return signals
  }
}
