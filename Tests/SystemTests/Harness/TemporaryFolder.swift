import Foundation

/// A folder that only this user can read, gone with the value that holds it. Its path is short, as that of a Unix socket
/// inside it may have 107 bytes.
final class TemporaryFolder: Sendable {
  let url: URL
  var path: String { url.path }

  init() throws {
    url = URL(filePath: "/tmp/handover-\(String(UInt64.random(in: .min ... .max), radix: 36))")
    try FileManager.default.createDirectory(
      at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
  }

  func appending(_ path: String) -> URL { url.appending(path: path) }

  deinit { try? FileManager.default.removeItem(at: url) }
}
