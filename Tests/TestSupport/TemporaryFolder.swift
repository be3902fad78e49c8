import Foundation

/// A folder that only this user can read, removed with its last reference. Its path is short, since that of a Unix socket
/// inside it may have at most 107 bytes.
public final class TemporaryFolder: Sendable {
  public let url: URL
  public var path: String { url.path }

  /// - Parameter isInMemory: whether its files live in memory where the system has such a place, for tests that write a
  ///   lot.
  public init(inMemory isInMemory: Bool = false) throws {
    let hasMemory = isInMemory && FileManager.default.isWritableFile(atPath: "/dev/shm")
    let name = "handover-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    url = URL(filePath: hasMemory ? "/dev/shm" : "/tmp").appending(path: name)
    try FileManager.default.createDirectory(
      at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
  }

  public func appending(_ path: String) -> URL { url.appending(path: path) }

  /// The path of a file in it, which need not exist.
  public func file(_ name: String) -> String { appending(name).path }

  /// Makes a shell script in it that stands in for a program, or puts another one in its place.
  ///
  /// Another process writes it: this one may fork in another thread at the same moment, and a file that any process still
  /// has open for writing can't be run (ETXTBSY).
  /// - Parameter script: what the program does, in sh, without the line that says so.
  /// - Returns: its path.
  @discardableResult
  public func program(_ name: String, _ script: String) throws -> String {
    let write = "cat >\"$1.new\" && chmod 700 \"$1.new\" && mv \"$1.new\" \"$1\""
    let written = try Tool.run("sh", ["-c", write, "sh", file(name)], input: "#!/bin/sh\n\(script)\n")
    guard written.succeeded else { throw HarnessError("\(name) was not written: \(written.error)") }
    return file(name)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
