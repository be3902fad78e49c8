import System

/// A job that a worker has taken: an export or an import, as its row was then.
protocol TakenJob: Sendable {
  associatedtype Progress: JobProgress
  /// Of its row: 32 hexadecimal digits.
  var key: String { get }
  /// What every change of the run is conditional on.
  var attempt: Int { get }
}

/// How far a run has got: written by the thread that runs it, read by any.
protocol JobProgress: AnyObject, Sendable {
  associatedtype State: Sendable, Equatable
  init()
  var state: State { get }
}

/// A job that runs in this process.
final class JobRun<Job: TakenJob>: Sendable {
  let job: Job
  let progress = Job.Progress()
  let cancellation = Cancellation()
  private let started = ContinuousClock.now
  private let idle: Locked<Idle>

  private struct Idle: Sendable {
    var state: Job.Progress.State
    var ticks: Int
  }

  init(_ job: Job) {
    self.job = job
    idle = Locked(Idle(state: progress.state, ticks: 0))
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
final class JobRuns<Job: TakenJob>: Sendable {
  private let current = Locked<[JobRun<Job>]>([])

  var all: [JobRun<Job>] { current.withLock { $0 } }

  func run(of key: String) -> JobRun<Job>? { all.last { $0.job.key == key } }

  func add(_ run: JobRun<Job>) { current.withLock { $0.append(run) } }

  func remove(_ run: JobRun<Job>) { current.withLock { $0.removeAll { $0 === run } } }

  func cancel(_ key: String) { run(of: key)?.cancellation.cancel() }
}
