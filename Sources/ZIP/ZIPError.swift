import Glibc

/// What every failing call of this kit throws.
package struct ZIPError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Equatable, Sendable {
    /// The operating system refused; the number is its `errno` (ENOSPC, EIO and so on).
    case system(errno: Int32)
    /// zlib refused what cannot fail while there is memory.
    case compression
    /// The archive does not follow the format, or contradicts itself.
    case malformed
    /// Valid, but beyond this reader: encryption, several disks, another method than stored and deflated.
    case unsupported
    /// The content does not fit its size or its CRC-32.
    case damaged
    /// A name that leaves the folder it is unpacked in, or that systems read in different ways.
    case name
    /// A name that stands in the archive twice.
    case duplicate
    /// More entries, or a larger directory, than the rules allow.
    case limit
    /// `cancel()` was called.
    case cancelled
    /// Calls in an order that has no meaning, such as a write outside an entry.
    case misuse
  }

  package let code: Code
  /// One sentence without the entry's name.
  package let message: String
  /// The entry it happened in, where it happened in one.
  package let entry: String?

  package init(_ code: Code, _ message: String, entry: String? = nil) {
    self.code = code
    self.message = message
    self.entry = entry
  }

  package var description: String {
    guard let entry else { return message }
    return "\(entry): \(message)"
  }

  /// The error that the system call just made has left in `errno`.
  static func system(_ action: String, errno number: Int32 = Glibc.errno) -> ZIPError {
    let reason = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    return ZIPError(.system(errno: number), "\(action): \(reason)")
  }

  /// The same error, told to have happened in `entry`.
  func `in`(_ entry: String) -> ZIPError { ZIPError(code, message, entry: entry) }
}
