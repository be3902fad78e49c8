import Glibc

/// A system call that failed. Its description is one line: `can't open /srv/keys: Permission denied`.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What could not be done, as it follows "can't": `open`, `start a thread`.
  package let operation: String
  /// The file or folder that it was about, if any.
  package let path: String?
  /// The call's `errno`.
  package let code: Int32

  /// - Parameter code: by default the `errno` of the system call just made.
  package init(_ operation: String, _ path: String? = nil, code: Int32 = errno) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  /// The system's words for the error: `Permission denied`.
  package var reason: String { Self.reason(code) }

  /// Whether the disk, or the quota, is full.
  package var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }

  package var description: String {
    "can't " + operation + (path.map { " " + $0 } ?? "") + ": " + reason
  }

  /// The system's words for an `errno`. Unlike strerror(3), any thread may ask.
  package static func reason(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard unsafe strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
