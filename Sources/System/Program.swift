import CSystem
import Glibc

/// Another program, to be run as a child process.
///
/// The child gets its three standard descriptors and nothing else of this process (not the sockets that
/// others wait on), signals as a shell would set them (a server blocks some), and a process group of its own,
/// so that it can be ended together with all that it started. `run` ends it also where this process is killed:
/// a guard, a shell that waits for the end of a pipe whose other end is here, kills the group then. (The kernel can
/// tell a child of its parent's death, PR_SET_PDEATHSIG, but not a set-group-ID one, as `sendmail` often is, and
/// none of its own children.)
package struct Program {
  private let path: String
  private let arguments: [String]
  private let environment: [String: String]

  /// - Parameters:
  ///   - path: of the program's file; PATH is not searched.
  ///   - arguments: without the program's own name.
  ///   - environment: the whole environment of the child.
  package init(path: String, arguments: [String], environment: [String: String]) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
  }

  /// How a program that was run came to its end.
  package enum Ending: Equatable {
    /// It ended by itself.
    /// - errors: the first 500 bytes of its standard error, as one line without control characters.
    case exited(status: Int32, errors: String)
    /// Somebody else killed it.
    case killed(signal: Int32)
    /// Its time was up, and it was killed with all that it started.
    case timedOut
  }

  /// How long a running program has once this process is stopping.
  package static let grace = Duration.seconds(2)

  /// Starts the program (posix_spawn, POSIX.1-2017).
  /// - Parameters:
  ///   - input, output, errors: descriptors that are open here and stay so; without an output, or one for errors,
  ///     what the program prints is dropped.
  /// - Returns: the id of the process, and of its group; the caller has to wait for it.
  /// - Throws: where the program can't be started.
  package func spawn(input: Int32, output: Int32? = nil, errors: Int32?) throws(SystemError) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    for (descriptor, standard) in [(output, STDOUT_FILENO), (errors, STDERR_FILENO)] {
      if let descriptor {
        unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, standard)
      } else {
        unsafe posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_WRONLY, 0)
      }
    }
    unsafe posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    unsafe sigfillset(&signals)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    unsafe posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var process: pid_t = 0
    let code = unsafe withCStrings([path] + arguments) { arguments in
      unsafe withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
        unsafe posix_spawn(&process, path, &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else { throw SystemError("run", path, code: code) }
    return process
  }

  /// Runs the program, and returns when it has ended and is reaped. What it left running in the background
  /// goes on, unless its time was up.
  ///
  /// Its standard input is a file in memory: unlike a pipe, that needs nobody to feed it while the program
  /// reads slowly or not at all.
  /// - Parameters:
  ///   - output: a descriptor that is open here and stays so; without one, what the program prints is dropped.
  ///   - log: the same for its standard error, of which the ending says nothing then.
  ///   - timeout: the program is killed after it, with all that it started.
  ///   - signal: is sent to it when it is to stop; nil: it is only waited for.
  ///   - isStopping: asked every few milliseconds; from the first yes on the program has only `grace`.
  /// - Throws: where the program can't be started.
  package func run(
    input: [UInt8], output: Int32? = nil, log: Int32? = nil, timeout: Duration,
    endingWith signal: Int32? = nil,
    isStopping: () -> Bool
  ) throws(SystemError) -> Ending {
    let file = try memoryFile(holding: input)
    defer { close(file) }
    var errors = try ErrorOutput()
    let process = try spawn(input: file, output: output, errors: log ?? errors.writing)
    errors.closeWriting()
    let guardian = Guardian(of: process)
    defer { guardian?.dismiss() }
    var deadline = ContinuousClock.now + timeout
    var isLastMoment = false
    var status: Int32 = 0
    var wasKilled = false
    while true {
      let ended = unsafe waitpid(process, &status, wasKilled ? 0 : WNOHANG)
      if ended == process { break }
      if ended < 0 && errno != EINTR { throw SystemError("wait for", path) }
      if ContinuousClock.now >= deadline {
        kill(-process, SIGKILL)
        wasKilled = true
      } else {
        errors.readSome(within: .milliseconds(20))
      }
      if !isLastMoment, isStopping() {
        isLastMoment = true
        deadline = min(deadline, ContinuousClock.now + Self.grace)
        if let signal { kill(-process, signal) }
      }
    }
    errors.readRest()
    // The lowest seven bits are the signal that ended it, the next eight its exit status.
    let number = status & 0x7f
    if number == 0 { return .exited(status: status >> 8 & 0xff, errors: errors.text) }
    return wasKilled ? .timedOut : .killed(signal: number)
  }
}

extension Program {
  /// Where a program is installed; nil where it isn't.
  ///
  /// - Parameter path: PATH, whose relative folders are left out.
  package static func path(of name: String, in path: String?) -> String? {
    (path ?? "").split(separator: ":").map { "\($0)/\(name)" }
      .first { unsafe $0.hasPrefix("/") && access($0, X_OK) == 0 }
  }
}

extension Program {
  /// Runs the program, and returns what it printed, which a file in memory takes.
  /// - Parameters:
  ///   - limit: of what is returned, in bytes; the rest is dropped.
  ///   - log: see `run`.
  ///   - timeout: the program is killed after it, with all that it started.
  ///   - isStopping: see `run`.
  /// - Throws: where the program can't be started, or its output not be read.
  package func output(
    of input: [UInt8], atMost limit: Int, log: Int32? = nil, timeout: Duration,
    isStopping: () -> Bool = { false }
  ) throws(SystemError) -> (Ending, [UInt8]) {
    let file = try memoryFile(holding: [])
    defer { close(file) }
    let ending = try run(input: input, output: file, log: log, timeout: timeout, isStopping: isStopping)
    let size = lseek(file, 0, SEEK_END)
    return (ending, try FileDescriptor(rawValue: file).bytes(min(limit, max(0, Int(size))), at: 0))
  }
}

/// A process that kills a program's group once this process is gone.
private struct Guardian {
  private let process: pid_t
  /// The kernel closes it with this process.
  private let lifeline: Int32

  /// Nil where the system has no room for one more process: the program runs all the same.
  init?(of program: pid_t) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    lifeline = ends[1]
    let shell = Program(
      path: "/bin/sh", arguments: ["-c", "read -r _; kill -KILL \"-$1\"", "sh", String(program)],
      environment: [:])
    let started = try? shell.spawn(input: ends[0], output: nil, errors: nil)
    close(ends[0])
    guard let started else {
      close(lifeline)
      return nil
    }
    process = started
  }

  /// Call it once the program has ended.
  func dismiss() {
    kill(process, SIGKILL)
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    close(lifeline)
  }
}

/// Lends texts as C's `argv` has them: pointers to each, then a null pointer.
private func withCStrings(
  _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
) -> Int32 {
  let pointers: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) } + [nil]
  defer {
    for index in unsafe pointers.indices {
      unsafe free(pointers[index])
    }
  }
  return unsafe pointers.withUnsafeBufferPointer { buffer in
    guard let start = buffer.baseAddress else { return ENOMEM }
    return unsafe body(start)
  }
}

/// - Returns: the descriptor of a file without a name, at its beginning; the caller closes it.
package func memoryFile(holding bytes: [UInt8]) throws(SystemError) -> Int32 {
  let descriptor = unsafe memfd_create("input", CSYSTEM_MFD_CLOEXEC)
  guard descriptor >= 0 else { throw SystemError("make a file in memory") }
  do throws(SystemError) {
    try FileDescriptor(rawValue: descriptor).write(bytes.span)
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw SystemError("rewind a file in memory") }
  } catch {
    close(descriptor)
    throw error
  }
  return descriptor
}

/// The beginning of what a program writes to its standard error. The rest is read and dropped, so that the
/// program never waits for a reader.
private struct ErrorOutput: ~Copyable {
  /// How many bytes are kept.
  private static let limit = 500

  private let reading: Int32
  private(set) var writing: Int32
  private var bytes: [UInt8] = []
  private var isAtEnd = false

  init() throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { throw SystemError("make a pipe") }
    (reading, writing) = (ends[0], ends[1])
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(reading, F_SETFL, O_NONBLOCK)
  }

  deinit {
    close(reading)
    if writing >= 0 { close(writing) }
  }

  /// The program has its own copy; the pipe ends once nobody holds one.
  mutating func closeWriting() {
    close(writing)
    writing = -1
  }

  /// Reads what comes within the time.
  mutating func readSome(within time: Duration) {
    // poll(2) skips a descriptor of -1 and only waits; otherwise the end of the pipe would wake it each time.
    var pipe = pollfd(fd: isAtEnd ? -1 : reading, events: Int16(POLLIN), revents: 0)
    if unsafe poll(&pipe, 1, time.milliseconds) > 0 { _ = read() }
  }

  /// Reads what is left once the program has ended, as far as it is kept.
  mutating func readRest() {
    while bytes.count < Self.limit, read() {}
  }

  /// One line without control characters.
  var text: String {
    let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
    return scalars.split { $0.value <= 0x20 || $0.properties.generalCategory == .control }
      .map { String($0) }.joined(separator: " ")
  }

  private mutating func read() -> Bool {
    var part = [UInt8](repeating: 0, count: 4096)
    let count = unsafe part.withUnsafeMutableBytes { unsafe Glibc.read(reading, $0.baseAddress, $0.count) }
    if count > 0 {
      bytes += part.prefix(min(count, Self.limit - bytes.count))
      return true
    }
    isAtEnd = isAtEnd || count == 0
    return false
  }
}
