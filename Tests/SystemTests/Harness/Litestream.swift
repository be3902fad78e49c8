import Foundation
import TestSupport

/// The real Litestream, which copies a site's database into a folder of its own.
final class Litestream {
  private let site: Site
  private let configuration: URL
  private var process: ChildProcess?

  private static let folder = Repository.appending(".build/python/bin").path
  static let program = folder + "/litestream"

  /// For commands that run it.
  var environment: [String: String] {
    [
      "PATH": "\(Self.folder):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")",
      "LITESTREAM_CONFIG": configuration.path,
    ]
  }

  /// Where the copy is.
  var store: URL { site.folder.appending("replica") }

  /// - Parameter compaction: how often it joins what it has copied into larger files.
  init(of site: Site, compaction: String = "30s") throws {
    self.site = site
    configuration = site.folder.appending("litestream.yml")
    try Data(
      """
      levels:
        - interval: \(compaction)
      socket:
        enabled: true
        path: \(site.data.path)/litestream.sock
      truncate-page-n: 16384
      dbs:
        - path: \(site.data.path)/handover.sqlite
          busy-timeout: 5s
          replica:
            type: file
            path: \(site.folder.appending("replica").path)
            sync-interval: 1s
      """.utf8
    ).write(to: configuration)
  }

  deinit { process?.kill() }

  /// Returns once it answers.
  func start() throws {
    try begin()
    try eventually("Litestream answers; \(process?.log ?? "")") { try hasAll() }
  }

  func begin() throws {
    if process?.isRunning == true { return }
    let log = site.folder.appending("litestream.log")
    process = try ChildProcess(
      Self.program, ["replicate", "-config", configuration.path], output: log, error: log)
  }

  func kill() { process?.kill() }
  func freeze() { process?.send(SIGSTOP) }
  func thaw() { process?.send(SIGCONT) }

  /// Whether it says that all that is committed has arrived.
  func hasAll() throws -> Bool { try Self.hasAll(of: site.data) }

  static func hasAll(of data: URL) throws -> Bool {
    let files = ["-socket", data.path + "/litestream.sock", data.path + "/handover.sqlite"]
    return try Tool.run(program, ["sync", "-wait", "-timeout", "5"] + files).succeeded
  }

  /// The copy as it is now, checked as a whole.
  func restored() throws -> Restored {
    let file = site.folder.appending("restored-\(UUID().uuidString).sqlite")
    let result = try Tool.run(
      Self.program,
      [
        "restore", "-config", configuration.path, "-integrity-check", "full", "-o", file.path,
        site.data.path + "/handover.sqlite",
      ])
    guard result.succeeded else { throw HarnessError("litestream restore: \(result.error)") }
    return Restored(file: file)
  }

  /// A database that came from the copy.
  struct Restored {
    let file: URL

    func rows(_ query: String) throws -> [String] { try Site.rows(query, in: file.path) }
  }

  /// All of a database as SQL, without Litestream's own tables.
  static func dump(of file: URL) throws -> [Substring] {
    let result = try Tool.run("sqlite3", ["-readonly", file.path, ".dump"])
    guard result.succeeded else { throw HarnessError("sqlite3: \(result.error)") }
    return result.output.split(separator: "\n").filter { !$0.contains("_litestream_") }
  }
}
