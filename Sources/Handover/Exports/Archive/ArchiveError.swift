import Glibc
import SQLite
import System
import ZIP

/// Why an archive could not be made. Nothing is left of it on the disk.
struct ArchiveError: Error, Equatable, CustomStringConvertible {
  enum Code: Equatable, Sendable {
    /// The disk, or the quota, is full.
    case outOfSpace
    /// The system refused to write, read or rename.
    case io
    /// What is in the archive is not what is in the snapshot, or not what was written.
    case mismatch
    /// `Cancellation.cancel()` was called.
    case cancelled
    /// The database could not be read.
    case database
  }

  let code: Code
  /// One sentence for the owner of the organisation; names no path and no record.
  let reason: String
  /// What the log should know beyond that.
  let detail: String

  init(_ code: Code, _ reason: String, detail: String = "") {
    self.code = code
    self.reason = reason
    self.detail = detail
  }

  var description: String { detail.isEmpty ? reason : "\(reason) (\(detail))" }
}

extension ArchiveError {
  static let cancelled = ArchiveError(.cancelled, "The export was cancelled.")

  /// A system call on the file has failed.
  static func system(_ action: String, errno number: Int32) -> ArchiveError {
    let detail = "\(action): \(SystemError.reason(number))"
    if number == ENOSPC || number == EDQUOT { return .outOfSpace(detail) }
    return ArchiveError(.io, "The file could not be written on the server's disk.", detail: detail)
  }

  /// Whatever the kits throw, told in the product's words.
  init(_ error: any Error) {
    switch error {
    case let error as ArchiveError: self = error
    case let error as ZIPError: self.init(error)
    case let error as SQLiteError: self.init(error)
    default: self.init(.database, "The records could not be read.", detail: "\(error)")
    }
  }

  private init(_ error: ZIPError) {
    switch error.code {
    case .system(let number): self = .system(error.description, errno: number)
    case .abandoned: self = .cancelled
    default:
      self.init(
        .mismatch, "The archive did not read back as it was written.", detail: error.description)
    }
  }

  private init(_ error: SQLiteError) {
    if error.isInterrupted {
      self = .cancelled
    } else if error.isFull {
      self = .outOfSpace(error.description)
    } else {
      self.init(.database, "The records could not be read.", detail: error.description)
    }
  }

  private static func outOfSpace(_ detail: String) -> ArchiveError {
    ArchiveError(.outOfSpace, "The server's disk is full.", detail: detail)
  }
}
