import System

/// What every failing call of this kit throws.
package struct ZIPError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Equatable, Sendable {
    /// The operating system refused; the number is its `errno` (ENOSPC, EIO and so on).
    case system(errno: Int32)
    /// zlib failed in a call that can only fail for lack of memory.
    case compression
    /// The archive does not follow the format, or contradicts itself.
    case malformed
    /// Valid, but beyond this reader: encryption, several disks, methods other than stored and deflated.
    case unsupported
    /// The content does not match its size or its CRC-32.
    case damaged
    /// A name that leads out of the folder it is unpacked in, or that systems read in different ways.
    case name
    /// A name that appears twice in the archive.
    case duplicate
    /// More entries, or a larger directory, than the rules allow.
    case limit
    /// The writer was abandoned.
    case abandoned
    /// Calls in an order that makes no sense, such as a write outside an entry.
    case misuse
  }

  package let code: Code
  /// One sentence, without the entry's name.
  package let message: String
  /// The name of the entry that it happened in, if any.
  package let entry: String?

  init(_ code: Code, _ message: String, entry: String? = nil) {
    self.code = code
    self.message = message
    self.entry = entry
  }

  package var description: String {
    guard let entry else { return message }
    return "\(entry): \(message)"
  }

  /// - Parameter failure: a sentence without its full stop; the system's reason is added.
  init(_ failure: String, _ error: SystemError) {
    self.init(.system(errno: error.code), "\(failure): \(error.reason)")
  }

  /// The same error, with the entry that it happened in.
  func `in`(_ entry: String) -> ZIPError { ZIPError(code, message, entry: entry) }
}
