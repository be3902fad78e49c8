import System

/// A thread's loop: takes jobs out of the queue and does them, until it has to stop or is abandoned.
final class Worker: Sendable {
  private let kinds: [any JobKind]
  private let queued: Wakeup
  private let log: Log
  private let counts: JobCounts
  private let isAbandoned = Locked(false)
  /// The run that it is at: a `JobRun`.
  private let current = Locked<(any AnyObject & Sendable)?>(nil)
  private let lastLook = Locked(ContinuousClock.now)

  /// How often it looks without being woken: for jobs whose pause is over.
  private static let interval = Duration.seconds(1)

  init(_ kinds: [any JobKind], queued: Wakeup, log: Log, counts: JobCounts) {
    self.kinds = kinds
    self.queued = queued
    self.log = log
    self.counts = counts
  }

  /// Whether it is at this run.
  func isAt(_ run: AnyObject) -> Bool { current.withLock { $0 === run } }

  /// Whether it is doing a job, or has looked for one lately.
  var isAlive: Bool {
    current.withLock { $0 != nil } || lastLook.withLock { .now - $0 < WorkerPool.silence }
  }

  /// Lets the thread end when its run comes back, if it ever does; the run changes nothing then.
  func abandon() { isAbandoned.withLock { $0 = true } }

  private var isDone: Bool { queued.isStopped || isAbandoned.withLock { $0 } }

  func work() {
    // The kind that was done last comes last.
    var kinds = kinds
    while !isDone {
      lastLook.withLock { $0 = .now }
      do {
        guard let place = try kinds.firstIndex(where: { try work($0) }) else {
          queued.wait(atMost: Self.interval)
          continue
        }
        kinds.append(kinds.remove(at: place))
      } catch {
        log.error("\(kinds[0].table.rawValue).queue", ["error": "\(error)"])
        queued.wait(atMost: Self.interval)
      }
    }
  }

  /// - Returns: whether there was a job.
  private func work(_ kind: some JobKind) throws -> Bool {
    guard let job = try kind.takeNext() else { return false }
    // There may be more: another worker looks.
    queued.raise()
    run(job, of: kind)
    return true
  }

  private func run<Kind: JobKind>(_ job: Kind.Job, of kind: Kind) {
    let run = JobRun(job)
    current.withLock { $0 = run }
    kind.runs.add(run)
    if queued.isStopped { run.cancellation.cancel() }
    defer {
      kind.runs.remove(run)
      current.withLock { $0 = nil }
    }
    kind.tell("started", ["id": job.key, "attempt": "\(job.attempt)"])
    let begun = ContinuousClock.now
    var outcome = JobCounts.Outcome.stopped
    do {
      let end = try kind.make(run)
      if end.isCurrent { outcome = .completed }
      kind.tell(end.isCurrent ? "completed" : "late", end.details)
    } catch {
      outcome = end(run, of: kind, error)
    }
    counts.end(kind.table.rawValue, outcome, after: .now - begun)
  }

  private func end<Kind: JobKind>(
    _ run: JobRun<Kind.Job>, of kind: Kind, _ error: any Error
  ) -> JobCounts.Outcome {
    let job = run.job
    // Whoever cancelled it has changed its row.
    if run.cancellation.isCancelled && !queued.isStopped {
      kind.tell("stopped", ["id": job.key])
      return .stopped
    }
    let failure = JobFailure(error)
    let isAway = kind.isAway(error)
    if isAway {
      kind.log.warning("\(kind.table.rawValue).waits", ["id": job.key, "error": "\(error)"])
    }
    record(job, of: kind) {
      if queued.isStopped || isAway { return try kind.requeue(job) }
      try kind.fail(job, failure)
      kind.log.error(
        "\(kind.table.rawValue).run-failed",
        ["id": job.key, "reason": failure.reason, "detail": failure.detail])
    }
    return queued.isStopped || isAway ? .stopped : .failed
  }

  /// Tries until the run's end is in the database: a full disk may refuse it for a while.
  private func record<Kind: JobKind>(_ job: Kind.Job, of kind: Kind, _ end: () throws -> Void) {
    while true {
      do { return try end() } catch {
        kind.log.error("\(kind.table.rawValue).end", ["id": job.key, "error": "\(error)"])
        // The next start finds the job processing, and counts the run as interrupted.
        if isDone { return }
        queued.wait(atMost: Self.interval)
      }
    }
  }
}

extension JobKind {
  fileprivate func tell(_ event: String, _ details: KeyValuePairs<String, String>) {
    log.info("\(table.rawValue).\(event)", details)
  }
}
