import SQLite

/// How far a running export is.
struct RunningExport: Sendable, Equatable {
  /// 0 to 100.
  let percent: Int
  let rows: Int
  let totalRows: Int
  /// The file that is being written, as in `Contacts.csv`; empty before the first.
  let file: String
  /// In seconds.
  let elapsed: Int64
  /// In seconds, about; nil where there is nothing to go by.
  let remaining: Int64?
}

/// How long a waiting export still waits.
struct WaitingExport: Sendable, Equatable {
  /// Among those of all organisations, from 1.
  let position: Int
  /// Seconds until it is completed, about; nil where there is nothing to go by.
  let estimate: Int64?
}

extension Exports {
  /// Nil where it does not run in this process.
  func running(_ export: Export, in connection: Connection) throws -> RunningExport? {
    guard let run = runs.run(of: export.id) else { return nil }
    let state = run.progress.state
    let milliseconds = run.milliseconds
    let remaining = try millisecondsToGo(state, after: milliseconds, of: export, in: connection)
    return RunningExport(
      percent: state.percent, rows: state.rows, totalRows: state.total, file: state.file,
      elapsed: Int64(milliseconds / 1_000), remaining: remaining.map { Int64(($0 + 999) / 1_000) })
  }

  /// Nil where it does not wait.
  func waiting(_ export: Export, in connection: Connection) throws -> WaitingExport? {
    let queue = try connection.exports.queue()
    guard let place = queue.firstIndex(of: export.id) else { return nil }
    return WaitingExport(
      position: place + 1, estimate: try estimate(of: export, behind: Set(queue[..<place]), in: connection))
  }

  /// By its own speed once that says something, else by the organisation's last exports.
  private func millisecondsToGo(
    _ state: ExportProgress.State, after milliseconds: Int, of export: Export, in connection: Connection
  ) throws -> Int? {
    guard state.total > 0 else { return nil }
    let left = max(0, state.total - state.rows)
    if milliseconds >= 2_000, state.percent >= 5 { return left * milliseconds / max(1, state.rows) }
    return try connection.exports.millisecondsPerMillionRows(of: export.organisation).map {
      left * $0 / 1_000_000
    }
  }

  /// What the organisation's own exports before it and the export itself took the last time, those of other
  /// organisations running beside them; nil where one of them was never made.
  private func estimate(of export: Export, behind: Set<ExportID>, in connection: Connection) throws -> Int64?
  {
    var milliseconds = 0
    for other in try connection.exports.open(of: export.organisation)
    where other.status == .processing || behind.contains(other.id) || other.id == export.id {
      guard let duration = try connection.exports.lastDuration(of: other) else { return nil }
      milliseconds += duration
    }
    return Int64((milliseconds + 999) / 1_000)
  }
}
