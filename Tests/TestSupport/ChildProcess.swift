import Foundation
import System

/// A process that a test starts: its streams are files, and the test can wait for its end.
///
/// Foundation's `Process` won't do: each run leaves descriptors open in this process, and it reads past the end of a
/// directory's last entry while it looks for the highest of them.
public final class ChildProcess: Sendable {
  public let pid: pid_t
  public let output: URL
  public let error: URL
  /// The exit code, 128 + n where signal n ended it; nil until somebody asks after the end.
  private let status = Locked<Int32?>(nil)

  /// - Parameters:
  ///   - program: a name that is looked up in PATH, or a path. A missing one ends with 127.
  ///   - environment: added to the tests' own, from which the product's variables are removed.
  ///   - folder: where it runs; by default that of the tests.
  ///   - output: a file that is appended to; made where it is missing.
  public init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil,
    input: URL = URL(filePath: "/dev/null"), output: URL, error: URL
  ) throws {
    let place = folder.map { ["--chdir", $0.path] } ?? []
    let writing = O_WRONLY | O_CREAT | O_APPEND
    self.output = output
    self.error = error
    let command = Program(
      path: "/usr/bin/env", arguments: place + [program] + arguments,
      environment: Self.inherited.merging(environment) { $1 })
    let streams = try [(input, O_RDONLY), (output, writing), (error, writing)].map(Self.open)
    pid = try withExtendedLifetime(streams) {
      let descriptors = streams.map(\.fileDescriptor)
      return try command.spawn(input: descriptors[0], output: descriptors[1], errors: descriptors[2])
    }
  }

  public var isRunning: Bool { look() == nil }

  /// The exit code, 128 + n where signal n ended it, or nil where it still runs after this time.
  public func waitForEnd(_ limit: Duration) -> Int32? {
    let deadline = ContinuousClock.now + limit
    var pause: UInt32 = 200
    while true {
      if let status = look() { return status }
      guard ContinuousClock.now < deadline else { return nil }
      usleep(pause)
      pause = min(pause * 2, 10_000)
    }
  }

  /// Does nothing after its end, when its number may be another process's.
  public func send(_ signal: Int32) {
    status.withLock { status in
      if Self.look(pid, &status) == nil { Glibc.kill(pid, signal) }
    }
  }

  /// Ends it at once, and returns when it has ended.
  public func kill() {
    send(SIGKILL)
    _ = waitForEnd(.seconds(10))
  }

  /// Asks it to end, and returns its exit code.
  public func stop(with signal: Int32 = SIGTERM, within limit: Duration = .seconds(20)) throws -> Int32 {
    send(signal)
    if let status = waitForEnd(limit) { return status }
    kill()
    throw HarnessError("process \(pid) did not end within \(limit) of signal \(signal)")
  }

  /// The contents of both streams so far.
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

  private static func open(_ file: URL, _ flags: Int32) throws -> FileHandle {
    let descriptor = unsafe Glibc.open(file.path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw HarnessError("\(file.path) can't be opened: error \(errno)") }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }
}
