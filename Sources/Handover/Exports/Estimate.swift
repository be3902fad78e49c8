import SQLite

/// How far a running export has got.
struct RunningExport: Sendable, Equatable {
  /// 0 to 100.
  let percent: Int
  let rows: Int
  let totalRows: Int
  /// The file that is being written, as in `Contacts.csv`; empty before the first.
  let file: String
  let elapsed: Duration
  /// About; nil where there is nothing to go by.
  let remaining: Duration?
}

/// Where a waiting export stands, and when it will be done.
struct WaitingExport: Sendable, Equatable {
  /// Among those of all organisations, from 1.
  let position: Int
  /// Until it is completed, about; nil where there is nothing to go by.
  let estimate: Duration?
}

extension Exports {
  /// Nil where it does not run in this process.
  func running(_ export: Export, in connection: Connection) throws -> RunningExport? {
    guard let run = runs.run(of: export.id) else { return nil }
    let state = run.progress.state
    let elapsed = run.elapsed
    return RunningExport(
      percent: state.percent, rows: state.rows, totalRows: state.total, file: state.file, elapsed: elapsed,
      remaining: try remaining(state, after: elapsed, of: export, in: connection)?.roundedUp)
  }

  /// Nil where it does not wait.
  func waiting(_ export: Export, in connection: Connection) throws -> WaitingExport? {
    let queue = try connection.exports.queue()
    guard let place = queue.firstIndex(of: export.id) else { return nil }
    return WaitingExport(
      position: place + 1, estimate: try estimate(of: export, behind: Set(queue[..<place]), in: connection))
  }

  /// From the run's own speed once it has got going, else from that of the organisation's last exports.
  private func remaining(
    _ state: ExportProgress.State, after elapsed: Duration, of export: Export, in connection: Connection
  ) throws -> Duration? {
    guard state.total > 0 else { return nil }
    let left = max(0, state.total - state.rows)
    if elapsed >= .seconds(2), state.percent >= 5 { return elapsed * left / max(1, state.rows) }
    return try connection.exports.durationOfMillionRows(of: export.organisation).map { $0 * left / 1_000_000 }
  }

  /// The sum of the last durations of this export and of those of its organisation before it; nil if one of
  /// them has never been made. Other organisations' exports run at the same time and don't count.
  private func estimate(
    of export: Export, behind: Set<ExportID>, in connection: Connection
  ) throws -> Duration? {
    var estimate = Duration.zero
    for other in try connection.exports.open(of: export.organisation)
    where other.status == .processing || behind.contains(other.id) || other.id == export.id {
      guard let duration = try connection.exports.lastDuration(of: other) else { return nil }
      estimate += duration
    }
    return estimate.roundedUp
  }
}

extension Duration {
  /// Up to a whole second.
  fileprivate var roundedUp: Duration {
    components.attoseconds > 0 ? .seconds(components.seconds + 1) : self
  }
}
