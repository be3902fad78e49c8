import System

/// An export that is being made in this process.
final class ExportRun: Sendable {
  let job: ExportJob
  let progress = ExportProgress()
  let cancellation = Cancellation()
  private let started = ContinuousClock.now
  private let idle = Locked(Idle(state: ExportProgress.State(), ticks: 0))

  private struct Idle: Sendable {
    var state: ExportProgress.State
    var ticks: Int
  }

  init(_ job: ExportJob) {
    self.job = job
  }

  /// How long it has been running, by the monotonic clock.
  var elapsed: Duration { .now - started }

  /// Called by the watch, at equal intervals.
  /// - Returns: how many calls in a row have seen no progress.
  func tick() -> Int {
    let state = progress.state
    return idle.withLock { idle in
      idle.ticks = state == idle.state ? idle.ticks + 1 : 0
      idle.state = state
      return idle.ticks
    }
  }
}

/// What runs in this process.
final class ExportRuns: Sendable {
  private let current = Locked<[ExportRun]>([])

  var all: [ExportRun] { current.withLock { $0 } }

  func run(of id: ExportID) -> ExportRun? { all.last { $0.job.export.id == id } }

  func add(_ run: ExportRun) { current.withLock { $0.append(run) } }

  func remove(_ run: ExportRun) { current.withLock { $0.removeAll { $0 === run } } }

  func cancel(_ id: ExportID) { run(of: id)?.cancellation.cancel() }
}
