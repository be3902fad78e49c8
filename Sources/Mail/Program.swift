import Glibc

/// Another program, run with some input until it ends, and for so long at most.
///
/// Its standard input is a file in memory that has no name any more: unlike a pipe it needs nobody to feed it while
/// the program reads slowly or not at all, and no broken pipe. Its standard output is dropped, and of its standard
/// error the beginning is kept. It gets no other descriptor of this process (not the sockets that others wait on), the
/// signals as a shell would give them (a server blocks some), and a process group of its own, so that all that it
/// started can be ended with it.
package struct Program {
  let path: String
  let arguments: [String]
  let environment: [String: String]

  /// - Parameters:
  ///   - path: of the program's file; it is not looked up.
  ///   - arguments: those after the program's own name.
  ///   - environment: all that it sees of the environment.
  package init(path: String, arguments: [String], environment: [String: String]) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
  }

  enum Ending {
    /// - complaint: the beginning of what it wrote to standard error, as one line.
    case exited(CInt, complaint: String)
    case killed(signal: CInt)
    case timedOut
    case failed(String)
  }

  /// How long it still has once this process is stopping.
  static let grace = Duration.seconds(2)

  /// Returns when the program has ended and is reaped; what it may have left running in the background goes on,
  /// unless its time was up.
  ///
  /// - Parameter isStopping: asked every now and then; from the first yes on the program has `grace` at most.
  func run(input: [UInt8], timeout: Duration, isStopping: () -> Bool) -> Ending {
    guard let file = memoryFile(holding: input) else { return .failed("no memory file: \(reason(errno))") }
    defer { close(file) }
    guard let errors = Pipe() else { return .failed("no pipe: \(reason(errno))") }
    var complaint = Complaint(from: errors)
    let process: pid_t
    switch spawn(self, input: file, errors: errors.writing) {
    case .success(let started): process = started
    case .failure(let problem): return .failed(reason(problem.code))
    }
    errors.closeWriting()
    var deadline = ContinuousClock.now + timeout
    var isLastMoment = false
    var status: CInt = 0
    var wasKilled = false
    while true {
      let ended = unsafe waitpid(process, &status, wasKilled ? 0 : WNOHANG)
      if ended == process { break }
      if ended < 0 && errno != EINTR { return .failed("its status is lost: \(reason(errno))") }
      if ContinuousClock.now >= deadline {
        kill(-process, SIGKILL)
        wasKilled = true
      } else {
        complaint.wait(milliseconds: 20)
      }
      if !isLastMoment, isStopping() {
        isLastMoment = true
        deadline = min(deadline, ContinuousClock.now + Self.grace)
      }
    }
    complaint.readRest()
    // The lowest seven bits are the signal that ended it, the next eight its exit status.
    let signal = status & 0x7f
    if signal == 0 { return .exited(status >> 8 & 0xff, complaint: complaint.text) }
    return wasKilled ? .timedOut : .killed(signal: signal)
  }
}

/// A descriptor of a file in memory, placed at its beginning; nil, with errno set, where there is no room for it.
private func memoryFile(holding bytes: [UInt8]) -> CInt? {
  let name = "/mail.\(getpid()).\(UInt64.random(in: .min ... .max))"
  let file = unsafe shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
  guard file >= 0 else { return nil }
  unsafe shm_unlink(name)
  guard writeAll(bytes, to: file), lseek(file, 0, SEEK_SET) == 0 else {
    let code = errno
    close(file)
    errno = code
    return nil
  }
  return file
}
