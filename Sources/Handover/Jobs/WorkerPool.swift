import System

/// The threads that do jobs, and the watch, a thread that supervises them.
final class WorkerPool: Sendable {
  private let kinds: [any JobKind]
  private let name: String
  private let queued: Wakeup
  private let log: Log
  private let counts: JobCounts
  private let count: Int
  private let members = Locked<[Member]>([])
  private let watch = Locked<Thread?>(nil)
  /// Wakes the watch, to stop.
  private let watching = Wakeup()

  private let lastLook = Locked<ContinuousClock.Instant?>(nil)

  private struct Member: Sendable {
    let worker: Worker
    let thread: Thread
  }

  /// How often the watch looks.
  private static let interval = Duration.seconds(1)
  /// The watch abandons a run that has made no progress for this long.
  static let patience = Duration.seconds(600)
  /// `patience` as a number of looks: they are counted instead of reading a clock, which could jump.
  static let looksWithoutProgress = Int(patience / interval)
  /// A thread that should look every second counts as dead if it hasn't for this long.
  static let silence = Duration.seconds(30)

  /// - Parameters:
  ///   - name: of the threads, as the system lists them; another than that of another pool, as whoever looks for a
  ///     thread goes by it.
  ///   - count: how many jobs run side by side, each of another organisation or kind.
  ///   - queued: wakes the workers.
  ///   - counts: of how runs end.
  init(
    _ kinds: [any JobKind], name: String = "job-worker", count: Int, queued: Wakeup, log: Log,
    counts: JobCounts = JobCounts()
  ) {
    self.kinds = kinds
    self.name = name
    self.count = count
    self.queued = queued
    self.log = log
    self.counts = counts
  }

  /// Requeues what a crash has interrupted, then starts the threads.
  func start() throws {
    for kind in kinds { try kind.recover() }
    for _ in 0..<count { try addWorker() }
    let thread = try Thread(name: "job-watch") { [self] in
      while !watching.isStopped {
        look()
        lastLook.withLock { $0 = .now }
        watching.wait(atMost: Self.interval)
      }
    }
    watch.withLock { $0 = thread }
  }

  /// Whether the watch has looked lately, and every worker is doing a job or has looked for one.
  var isAlive: Bool {
    let isWatched = lastLook.withLock { $0 }.map { .now - $0 < Self.silence } ?? false
    return isWatched && members.withLock { $0.allSatisfy(\.worker.isAlive) }
  }

  /// Requeues what runs, and returns when all threads have ended but those that were abandoned.
  func stop() {
    queued.stop()
    watching.stop()
    watch.withLock { $0?.join() }
    // A worker that takes a job from now on will see that it has to stop.
    for kind in kinds { cancelAll(of: kind) }
    for member in members.withLock({ $0 }) { member.thread.join() }
  }

  /// Stops the runs whose rows say that they no longer run, abandons those that are stuck, and fails the last
  /// one where the disk is getting full.
  func look() {
    for kind in kinds {
      do { try look(at: kind) } catch {
        log.error("\(kind.table.rawValue).watch", ["error": "\(error)"])
      }
    }
  }

  private func look<Kind: JobKind>(at kind: Kind) throws {
    let runs = kind.runs.all
    guard !runs.isEmpty else { return }
    let attempts = try kind.database.read { try $0.jobs(kind.table).attempts() }
    for run in runs {
      if attempts[run.job.key] != run.job.attempt {
        run.cancellation.cancel()
      } else if run.tick() >= Self.looksWithoutProgress {
        try abandon(run, of: kind)
      }
    }
    if let run = runs.last(where: kind.needsRoom), let free = kind.lackOfSpace() {
      if try fail(run, of: kind, .noSpace(free)) {
        log.error("\(kind.table.rawValue).no-space", ["id": run.job.key])
      }
    }
  }

  private func cancelAll(of kind: some JobKind) {
    for run in kind.runs.all { run.cancellation.cancel() }
  }

  /// Fails the run, and replaces its thread, which may never return.
  private func abandon<Kind: JobKind>(_ run: JobRun<Kind.Job>, of kind: Kind) throws {
    guard try fail(run, of: kind, kind.stalled) else { return }
    log.error("\(kind.table.rawValue).stalled", ["id": run.job.key])
    kind.runs.remove(run)
    counts.end(kind.table.rawValue, .failed, after: Self.patience)
    let stuck = members.withLock { members -> Member? in
      guard let place = members.firstIndex(where: { $0.worker.isAt(run) }) else { return nil }
      return members.remove(at: place)
    }
    guard let stuck else { return }
    stuck.worker.abandon()
    stuck.thread.detach()
    try addWorker()
  }

  /// - Returns: whether the run was still the current one.
  private func fail<Kind: JobKind>(
    _ run: JobRun<Kind.Job>, of kind: Kind, _ failure: JobFailure
  ) throws -> Bool {
    guard try kind.fail(run.job, failure) else { return false }
    run.cancellation.cancel()
    return true
  }

  private func addWorker() throws {
    let worker = Worker(kinds, queued: queued, log: log, counts: counts)
    // Pages go first: jobs get the processor time that nothing else needs.
    let thread = try Thread(name: name, niceness: 10) { worker.work() }
    members.withLock { $0.append(Member(worker: worker, thread: thread)) }
  }
}
