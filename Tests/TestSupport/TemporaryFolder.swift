import Foundation

/// A folder that only this user can read, gone with the value that holds it. Its path is short, as that of a Unix socket
/// inside it may have 107 bytes.
public final class TemporaryFolder: Sendable {
  public let url: URL
  public var path: String { url.path }

  public init() throws {
    url = URL(filePath: "/tmp/handover-\(String(UInt64.random(in: .min ... .max), radix: 36))")
    try FileManager.default.createDirectory(
      at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
  }

  public func appending(_ path: String) -> URL { url.appending(path: path) }

  deinit { try? FileManager.default.removeItem(at: url) }
}
