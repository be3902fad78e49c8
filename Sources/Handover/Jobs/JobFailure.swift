import SQLite
import System
import ZIP

/// Why a job could not be done. Nothing is left of it on the disk.
struct JobFailure: Error, Equatable, CustomStringConvertible {
  /// One sentence for the owner of the organisation; names no path, and of records no more than the id.
  let reason: String
  /// More for the log.
  let detail: String
  /// Whether another run would end in the same way.
  let isFinal: Bool

  init(_ reason: String, detail: String = "", isFinal: Bool = false) {
    self.reason = reason
    self.detail = detail
    self.isFinal = isFinal
  }

  var description: String { detail.isEmpty ? reason : "\(reason) (\(detail))" }
}

extension JobFailure {
  /// Whether its detail is in SQLite's words.
  var isOfDatabase: Bool { detail.hasPrefix("SQLite: ") }

  static let cancelled = JobFailure("It was cancelled.")

  /// The disk, or the quota, is full.
  static func noSpace(_ detail: String) -> JobFailure {
    JobFailure("There is not enough space on the server.", detail: detail)
  }

  static func noSpace(_ shortage: (needed: Int, free: Int)) -> JobFailure {
    noSpace("\(Wording.size(shortage.free)) free, about \(Wording.size(shortage.needed)) needed")
  }

  /// The records in the database are not what its rules say they are: a broken disk or another program has
  /// changed them.
  /// - Parameter place: `D-12 in Deals.csv`.
  static func damaged(_ place: String?, _ detail: String) -> JobFailure {
    JobFailure(
      "The records on the server are damaged\(place.map { " at \($0)" } ?? ""), "
        + "so no complete export can be made. Whoever runs the server can mend them from a backup.",
      detail: detail, isFinal: true)
  }

  /// `handover ledger` says what is wrong.
  static let damagedLedger = JobFailure(
    "The ledger of exports on the server is damaged, so no export can be entered in it. "
      + "Whoever runs the server can mend it from a backup.", isFinal: true)

  /// Translates any error that a kit throws.
  init(_ error: any Error) {
    switch error {
    case let error as JobFailure: self = error
    case is Cancelled: self = .cancelled
    case let error as SystemError: self = .file(error.description, code: error.code)
    case let error as ZIPError: self.init(error)
    case let problem as FileProblem:
      self = .damaged(
        [problem.record, problem.file].compactMap { $0 }.joined(separator: " in "), problem.description)
    case let error as SQLiteError where error.isInterrupted: self = .cancelled
    case let error as SQLiteError where error.isCorrupt: self = .damaged(nil, error.description)
    case let error as SQLiteError where error.isFull: self = .noSpace(error.description)
    case let error as SQLiteError:
      self.init("The server’s database couldn’t be read or written.", detail: error.description)
    default: self.init("Something went wrong on the server.", detail: "\(error)")
    }
  }

  private init(_ error: ZIPError) {
    switch error.code {
    case .system(let code): self = .file(error.description, code: code)
    case .abandoned: self = .cancelled
    default: self.init("The archive did not read back as it was written.", detail: error.description)
    }
  }

  /// A system call on the file has failed.
  private static func file(_ detail: String, code: Int32) -> JobFailure {
    SystemError("write", code: code).isOutOfSpace
      ? .noSpace(detail)
      : JobFailure("The file couldn’t be written on the server’s disk.", detail: detail)
  }
}
