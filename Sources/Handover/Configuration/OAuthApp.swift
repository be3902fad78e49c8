import Glibc
import System

/// The operator's app at a provider, which people allow to use their storage.
struct OAuthApp: Sendable, Equatable {
  let key: String
  let secret: String
}

extension OAuthApp {
  /// Reads the file with key and secret, a line each.
  ///
  /// - Throws: `HandoverError`, the end of a sentence that names the file.
  init(path: String) throws(HandoverError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw HandoverError("can't be read: \(SystemError.reason(errno))") }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw HandoverError("must be a file")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw HandoverError("others may use it: it holds a secret, so run chmod 600 on it")
    }
    guard let bytes = try? FileDescriptor(rawValue: descriptor).bytes(Self.largest, at: 0) else {
      throw HandoverError("can't be read")
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { $0.trimmingPrefix { $0.isWhitespace } }
      .map { String($0.reversed().trimmingPrefix { $0.isWhitespace }.reversed()) }.filter { !$0.isEmpty }
    let isPlain = lines.allSatisfy { $0.utf8.allSatisfy { 0x21...0x7E ~= $0 } }
    guard lines.count == 2, isPlain else {
      throw HandoverError("must hold two lines: the app's key and its secret")
    }
    self.init(key: lines[0], secret: lines[1])
  }

  private static let largest = 4096
}
