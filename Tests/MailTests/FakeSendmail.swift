import Foundation
import TestSupport
import Testing

@testable import Mail

/// A script that stands in for sendmail, in a folder of its own, into which it writes what it saw.
final class FakeSendmail {
  private let temporary: TemporaryFolder
  var folder: String { temporary.path }
  /// Its name is its own, so that its processes can be told from those of tests that run beside it.
  private let name = "sm" + String(UInt32.random(in: .min ... .max), radix: 16)
  var path: String { "\(folder)/\(name)" }

  /// - Parameter script: what the program does, in sh; `$OUT` is the folder.
  init(_ script: String) throws {
    temporary = try TemporaryFolder()
    try temporary.program(name, "OUT=\(temporary.path)\n\(script)")
  }

  func send(
    _ message: Message, timeout: Duration = .seconds(60),
    environment: [String: String] = ["PATH": "/usr/bin:/bin"],
    isStopping: @escaping @Sendable () -> Bool = { false }
  ) throws(MailError) {
    try Sendmail(path: path, timeout: timeout, environment: environment)
      .send(message, isStopping: isStopping)
  }

  /// The error of a mail that it does not take.
  func failure(timeout: Duration = .seconds(60)) throws -> MailError {
    try #require(throws: MailError.self) { try send(try message(), timeout: timeout) }
  }

  /// What the script wrote into a file of its folder.
  func read(_ file: String) throws -> String {
    try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
  }

  /// Whether a process of that id is there, no zombie counted.
  func isRunning(_ process: String) -> Bool {
    let id = process.trimmingCharacters(in: .whitespacesAndNewlines)
    guard let status = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8) else {
      return false
    }
    return !id.isEmpty && !status.contains("State:\tZ")
  }

  /// Whether a process that runs it, or a zombie of one, is left.
  var hasProcess: Bool {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.contains { id in
      let command = try? String(contentsOfFile: "/proc/\(id)/comm", encoding: .utf8)
      return command == name + "\n"
    }
  }
}
