import System

/// The threads that make exports, and the watch, a thread that supervises them.
final class WorkerPool: Sendable {
  private let exports: Exports
  private let buildArchive: BuildArchive
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

  /// - Parameter count: how many organisations' exports run side by side.
  init(_ exports: Exports, count: Int, buildArchive: @escaping BuildArchive) {
    self.exports = exports
    self.count = count
    self.buildArchive = buildArchive
  }

  /// Requeues what a crash has interrupted, then starts the threads.
  func start() throws {
    try exports.recover()
    for _ in 0..<count { try addWorker() }
    let thread = try Thread(name: "export-watch") { [self] in
      while !watching.isStopped {
        look()
        lastLook.withLock { $0 = .now }
        watching.wait(atMost: Self.interval)
      }
    }
    watch.withLock { $0 = thread }
  }

  /// Whether the watch has looked lately, and every worker is making an export or has looked for one.
  var isAlive: Bool {
    let isWatched = lastLook.withLock { $0 }.map { .now - $0 < Self.silence } ?? false
    return isWatched && members.withLock { $0.allSatisfy(\.worker.isAlive) }
  }

  /// Requeues what runs, and returns when all threads have ended but those that were abandoned.
  func stop() {
    exports.queued.stop()
    watching.stop()
    watch.withLock { $0?.join() }
    // A worker that takes an export from now on will see that it has to stop.
    for run in exports.runs.all { run.cancellation.cancel() }
    for member in members.withLock({ $0 }) { member.thread.join() }
  }

  /// Stops the runs whose rows say that they no longer run, abandons those that are stuck, and fails the last
  /// one where the disk is getting full.
  func look() {
    let runs = exports.runs.all
    guard !runs.isEmpty else { return }
    do {
      let attempts = try exports.database.read { try $0.exports.processingAttempts() }
      for run in runs {
        if attempts[run.job.export.id] != run.job.attempt {
          run.cancellation.cancel()
        } else if run.tick() >= Self.looksWithoutProgress {
          try abandon(run)
        }
      }
      if let run = runs.last(where: { !$0.progress.state.isChecking }), let free = exports.lackOfSpace() {
        if try fail(run, .noSpace(free)) {
          exports.log.error("export.no-space", ["id": run.job.export.id.rawValue])
        }
      }
    } catch {
      exports.log.error("export.watch", ["error": "\(error)"])
    }
  }

  /// Fails the run, and replaces its thread, which may never return.
  private func abandon(_ run: ExportRun) throws {
    guard try fail(run, .stalled) else { return }
    exports.log.error("export.stalled", ["id": run.job.export.id.rawValue])
    exports.runs.remove(run)
    let stuck = members.withLock { members -> Member? in
      guard let place = members.firstIndex(where: { $0.worker.run === run }) else { return nil }
      return members.remove(at: place)
    }
    guard let stuck else { return }
    stuck.worker.abandon()
    stuck.thread.detach()
    try addWorker()
  }

  /// - Returns: whether the run was still the current one.
  private func fail(_ run: ExportRun, _ failure: ExportFailure) throws -> Bool {
    guard try exports.fail(run.job, failure) else { return false }
    run.cancellation.cancel()
    return true
  }

  private func addWorker() throws {
    let worker = Worker(exports, buildArchive)
    // Pages go first: exports get the processor time that nothing else needs.
    let thread = try Thread(name: "export-worker", niceness: 10) { worker.work() }
    members.withLock { $0.append(Member(worker: worker, thread: thread)) }
  }
}
