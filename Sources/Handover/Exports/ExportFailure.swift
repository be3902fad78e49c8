import SQLite

/// Why a run failed: a sentence for the owner, and what the log should know beyond it.
struct ExportProblem: Error, Equatable {
  let reason: String
  let detail: String

  init(_ reason: String, detail: String = "") {
    self.reason = reason
    self.detail = detail
  }

  static let interrupted = ExportProblem("The server was interrupted while the export was being made.")
  static let stalled = ExportProblem("The export made no progress for ten minutes.")

  static func noSpace(_ detail: String) -> ExportProblem {
    ExportProblem("There is not enough space on the server.", detail: detail)
  }

  /// Whatever a run, or the database that was to take its end, throws.
  init(_ error: any Error) {
    switch error {
    case let problem as ExportProblem: self = problem
    case let error as ArchiveError where error.code == .outOfSpace: self = .noSpace(error.detail)
    case let error as ArchiveError: self.init(error.reason, detail: error.detail)
    case let error as SQLiteError where error.isFull: self = .noSpace(error.description)
    default: self.init("Something went wrong on the server.", detail: "\(error)")
    }
  }
}
