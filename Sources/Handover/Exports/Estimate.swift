import SQLite

/// How far a running export has got.
struct RunningExport: Sendable, Equatable {
  /// 0 to 100.
  let percent: Int
  let rows: Int
  let totalRows: Int
  /// The file that is being written, as in `Contacts.csv`; empty before the first.
  let file: String
  /// `1.2 GB of 5.6 GB`, while documents are written.
  let documents: String?
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
    guard let run = runs.run(of: export.id.rawValue) else { return nil }
    let state = run.progress.state
    let elapsed = run.elapsed
    return RunningExport(
      percent: state.percent, rows: state.rows, totalRows: state.total, file: state.file,
      documents: state.documentTotal > 0
        ? "\(Wording.size(state.documentBytes)) of \(Wording.size(state.documentTotal))" : nil,
      elapsed: elapsed,
      remaining: try remaining(state, after: elapsed, of: export, in: connection)?.roundedUp)
  }

  /// Those that wait, of an organisation's open exports in their order. An estimate is the sum of the last
  /// durations of the export and of those before it; nil if one of them has never been made, and where the list
  /// goes on from an earlier page. Other organisations' exports run at the same time and don't count.
  ///
  /// - Parameter skipped: how many open exports come before these.
  func waiting(
    _ open: [Export], after skipped: Int = 0, in connection: Connection
  ) throws -> [ExportID: WaitingExport] {
    guard let organisation = open.last(where: { $0.status == .queued })?.organisation else { return [:] }
    let queue = try connection.jobs(.export).queue()
    var round = skipped > 0 ? skipped - (try connection.exports.running(of: organisation)) : 0
    var estimate: Duration? = skipped > 0 ? nil : .zero
    var waiting: [ExportID: WaitingExport] = [:]
    for export in open {
      if let before = estimate {
        estimate = try connection.exports.lastDuration(of: export).map { before + $0 }
      }
      guard export.status == .queued else { continue }
      round += 1
      waiting[export.id] = WaitingExport(
        position: queue.position(of: round, for: organisation), estimate: estimate?.roundedUp)
    }
    return waiting
  }

  /// From the run's own speed once it has got going, else from that of the organisation's last exports.
  private func remaining(
    _ state: ExportProgress.State, after elapsed: Duration, of export: Export, in connection: Connection
  ) throws -> Duration? {
    guard state.total > 0 else { return nil }
    let work = state.work
    if elapsed >= .seconds(2), state.percent >= 5 {
      return elapsed * (Double(max(0, work.whole - work.done)) / Double(max(1, work.done)))
    }
    // How long documents take is seen while they are written.
    guard !export.withDocuments else { return nil }
    let left = max(0, state.total - state.rows)
    return try connection.exports.durationOfMillionRows(of: export.organisation).map { $0 * left / 1_000_000 }
  }
}

extension Duration {
  /// Up to a whole second.
  fileprivate var roundedUp: Duration {
    components.attoseconds > 0 ? .seconds(components.seconds + 1) : self
  }
}
