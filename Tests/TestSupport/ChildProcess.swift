import Foundation
import Synchronization

/// A process that the tests started: its streams are files, its end can be waited for.
///
/// It is not Foundation's `Process`, of which each run leaves descriptors open in this process, and which then reads
/// past the end of a directory's last entry while it looks for the highest of them.
public final class ChildProcess: Sendable {
  public let pid: pid_t
  public let output: URL
  public let error: URL
  /// The exit code, 128 + n where signal n ended it; nil until it was asked for after the end.
  private let status = Mutex<Int32?>(nil)

  /// - Parameters:
  ///   - program: a name that is looked up in PATH, or a path. One that there is not ends with 127.
  ///   - environment: added to that of the tests, which is cleared of the product's own variables.
  ///   - folder: where it runs; that of the tests where none is named.
  ///   - output: a file that is written on at its end; made where there is none.
  public init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil,
    input: URL = URL(filePath: "/dev/null"), output: URL, error: URL
  ) throws {
    let place = folder.map { ["--chdir", $0.path] } ?? []
    self.output = output
    self.error = error
    pid = try Self.spawn(
      ["/usr/bin/env"] + place + [program] + arguments,
      environment: Self.inherited.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" },
      streams: [
        (input.path, O_RDONLY), (output.path, O_WRONLY | O_CREAT | O_APPEND),
        (error.path, O_WRONLY | O_CREAT | O_APPEND),
      ])
  }

  public var isRunning: Bool { look() == nil }

  /// The exit code, 128 + n where signal n ended it, or nil when it still runs after so many seconds.
  public func waitForEnd(_ seconds: Double) -> Int32? {
    let deadline = ContinuousClock.now + .seconds(seconds)
    var pause: UInt32 = 200
    while true {
      if let status = look() { return status }
      guard ContinuousClock.now < deadline else { return nil }
      usleep(pause)
      pause = min(pause * 2, 10_000)
    }
  }

  /// Nothing where it has ended: the process that has its number then is another's.
  public func send(_ signal: Int32) {
    status.withLock { status in
      if Self.look(pid, &status) == nil { Glibc.kill(pid, signal) }
    }
  }

  /// Ends it at once, and returns when it has ended.
  public func kill() {
    send(SIGKILL)
    _ = waitForEnd(10)
  }

  /// Asks it to end, and returns its exit code.
  public func stop(with signal: Int32 = SIGTERM, within seconds: Double = 20) throws -> Int32 {
    send(signal)
    if let status = waitForEnd(seconds) { return status }
    kill()
    throw HarnessError("process \(pid) did not end within \(Int(seconds)) s of signal \(signal)")
  }

  /// Both streams, as far as they were written.
  public var log: String {
    [output, error].compactMap { try? String(decoding: Data(contentsOf: $0), as: UTF8.self) }.joined()
  }

  private func look() -> Int32? {
    status.withLock { Self.look(pid, &$0) }
  }

  private static func look(_ pid: pid_t, _ status: inout Int32?) -> Int32? {
    var raw: Int32 = 0
    if status == nil, unsafe waitpid(pid, &raw, WNOHANG) == pid {
      let signal = raw & 0x7f
      status = signal == 0 ? raw >> 8 & 0xff : 128 + signal
    }
    return status
  }

  private static var inherited: [String: String] {
    var environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("HANDOVER_") && $0.key != "PORT"
    }
    environment["PATH", default: "/usr/bin:/bin"] += ":/usr/sbin:/sbin"
    return environment
  }

  /// Starts the program that the first argument names, with these streams as descriptors 0, 1 and 2 and no other, in a
  /// process group of its own, and with no signal blocked or ignored, as many are in the threads of the tests.
  private static func spawn(
    _ arguments: [String], environment: [String], streams: [(path: String, flags: Int32)]
  ) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, stream) in streams.enumerated() {
      unsafe posix_spawn_file_actions_addopen(&actions, Int32(descriptor), stream.path, stream.flags, 0o600)
    }
    // Some more than are open now: another thread may open the next ones at this moment.
    for descriptor in 3...(try openDescriptors().max() ?? 3) + 64 {
      unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
    }

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

    let argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
    let envp = unsafe environment.map { unsafe strdup($0) } + [nil]
    let texts = unsafe argv + envp
    defer {
      for index in unsafe texts.indices { unsafe free(texts[index]) }
    }
    var pid: pid_t = 0
    let code = unsafe posix_spawn(&pid, arguments[0], &actions, &attributes, argv, envp)
    guard code == 0 else { throw HarnessError("\(arguments) can't be started: error \(code)") }
    return pid
  }

  /// The descriptors that are open in this process.
  public static func openDescriptors() throws -> [Int32] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
  }
}
