import Foundation

/// A process that the tests started: its streams are files, its end can be waited for.
final class ChildProcess: Sendable {
  let pid: pid_t
  let output: URL
  let error: URL
  private let process: Process
  private let ended = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - program: a name that is looked up in PATH, or a path.
  ///   - environment: added to that of the tests, which is cleared of the product's own variables.
  init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil,
    input: URL = URL(filePath: "/dev/null"), output: URL, error: URL
  ) throws {
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    // The threads of the tests block signals, and children inherit that: a script would not see its SIGTERM.
    process.arguments = ["--default-signal", program] + arguments
    process.environment = Self.inherited.merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = folder }
    process.standardInput = try FileHandle(forReadingFrom: input)
    process.standardOutput = try Self.appending(to: output)
    process.standardError = try Self.appending(to: error)
    self.output = output
    self.error = error
    let ended = self.ended
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    pid = process.processIdentifier
  }

  var isRunning: Bool { process.isRunning }

  /// The exit code, 128 + n where signal n ended it, or nil when it still runs after so many seconds.
  func waitForEnd(_ seconds: Double) -> Int32? {
    guard ended.wait(timeout: .now() + seconds) == .success else { return nil }
    ended.signal()
    return process.terminationReason == .uncaughtSignal
      ? 128 + process.terminationStatus : process.terminationStatus
  }

  func send(_ signal: Int32) {
    if process.isRunning { Glibc.kill(pid, signal) }
  }

  /// Ends it at once, and returns when it has ended.
  func kill() {
    send(SIGKILL)
    _ = waitForEnd(10)
  }

  /// Asks it to end, and returns its exit code.
  func stop(with signal: Int32 = SIGTERM, within seconds: Double = 20) throws -> Int32 {
    send(signal)
    if let status = waitForEnd(seconds) { return status }
    kill()
    throw HarnessError("process \(pid) did not end within \(Int(seconds)) s of signal \(signal)")
  }

  /// Both streams, as far as they were written.
  var log: String {
    [output, error].compactMap { try? String(decoding: Data(contentsOf: $0), as: UTF8.self) }.joined()
  }

  private static var inherited: [String: String] {
    var environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("HANDOVER_") && $0.key != "PORT"
    }
    environment["PATH", default: "/usr/bin:/bin"] += ":/usr/sbin:/sbin"
    return environment
  }

  private static func appending(to file: URL) throws -> FileHandle {
    if !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
    let handle = try FileHandle(forWritingTo: file)
    try handle.seekToEnd()
    return handle
  }
}
