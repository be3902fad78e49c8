import Foundation
import TestSupport

/// strace(1), attached to the threads of a running server: it counts their calls, kills the process before one of them,
/// or makes calls fail.
final class Strace {
  private let process: ChildProcess
  private let folder: TemporaryFolder
  private var output: URL { folder.appending("calls") }

  /// Returns when it is attached.
  ///
  /// - Parameters:
  ///   - thread: the name of the only thread that it sees, as the kernel has it; nil: all of them.
  ///   - fault: for `calls` alone, as in `signal=KILL:when=3` or `error=ENOSPC:when=2+`. Each thread counts for itself.
  init(_ server: ChildProcess?, thread: String? = nil, _ calls: String, _ fault: String? = nil) throws {
    guard let server else { throw HarnessError("there is no server to attach to") }
    folder = try TemporaryFolder()
    var arguments = ["-q", "-o", folder.appending("calls").path, "-e", "trace=\(calls)"]
    if let fault { arguments += ["-e", "inject=\(calls):\(fault)"] }
    let threads = try Self.threads(of: server)
    if let thread {
      let ids = threads.filter { $0.value == thread }.keys
      guard let id = ids.first, ids.count == 1 else {
        throw HarnessError("there are \(ids.count) threads '\(thread)': \(threads)")
      }
      arguments += ["-p", String(id)]
    } else {
      arguments += ["-f", "-p", String(server.pid)]
    }
    let log = folder.appending("log")
    process = try ChildProcess("strace", arguments, output: log, error: log)
    let attached =
      thread.map { name in threads.filter { $0.value == name }.map(\.key) } ?? Array(threads.keys)
    try eventually("strace is attached: \(process.log)") {
      try attached.allSatisfy { try Self.isTraced($0, of: server) }
    }
  }

  /// Lets the threads run as before. Where strace does not manage to let go of all of them, it is killed, and the kernel
  /// does.
  func detach() {
    process.send(SIGINT)
    if process.waitForEnd(.seconds(3)) == nil { process.kill() }
  }

  deinit { process.kill() }

  /// How often each call was made, by the thread's name, so far. For a trace of all threads.
  func counts(of server: ChildProcess?) throws -> [String: [String: Int]] {
    guard let server else { return [:] }
    let names = try Self.threads(of: server)
    var counts: [String: [String: Int]] = [:]
    for line in try String(contentsOf: output, encoding: .utf8).split(separator: "\n") {
      guard let (_, id, call) = line.firstMatch(of: /^([0-9]+) +([a-z0-9_]+)\(/)?.output,
        let name = Int32(id).flatMap({ names[$0] })
      else { continue }
      counts[name, default: [:]][String(call), default: 0] += 1
    }
    return counts
  }

  /// The threads' names by their ids.
  static func threads(of server: ChildProcess) throws -> [Int32: String] {
    let folder = "/proc/\(server.pid)/task"
    var names: [Int32: String] = [:]
    for id in try FileManager.default.contentsOfDirectory(atPath: folder) {
      guard let name = try? String(contentsOfFile: "\(folder)/\(id)/comm", encoding: .utf8) else { continue }
      names[Int32(id) ?? 0] = name.trimmingCharacters(in: .newlines)
    }
    return names
  }

  private static func isTraced(_ thread: Int32, of server: ChildProcess) throws -> Bool {
    let status = try? String(contentsOfFile: "/proc/\(server.pid)/task/\(thread)/status", encoding: .utf8)
    // A thread that has ended since can't be traced, and needn't.
    guard let status else { return true }
    return status.contains(/TracerPid:\t[1-9]/)
  }
}
