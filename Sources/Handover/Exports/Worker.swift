import Secrets
import System

/// Builds a run's archive: the engine, or a test's replacement.
typealias BuildArchive = @Sendable (ExportRun) throws -> FinishedArchive

/// A thread's loop: takes exports out of the queue and makes them, until it has to stop or is abandoned.
final class Worker: Sendable {
  private let exports: Exports
  private let buildArchive: BuildArchive
  private let isAbandoned = Locked(false)
  private let current = Locked<ExportRun?>(nil)
  private let lastLook = Locked(ContinuousClock.now)

  /// How often it looks without being woken: for exports whose pause is over.
  private static let interval = Duration.seconds(1)

  init(_ exports: Exports, _ buildArchive: @escaping BuildArchive) {
    self.exports = exports
    self.buildArchive = buildArchive
  }

  /// The run that it is making.
  var run: ExportRun? { current.withLock { $0 } }

  /// Whether it is making an export, or has looked for one lately.
  var isAlive: Bool { run != nil || lastLook.withLock { .now - $0 < WorkerPool.silence } }

  /// Lets the thread end when its run comes back, if it ever does; the run changes nothing then.
  func abandon() { isAbandoned.withLock { $0 = true } }

  private var isDone: Bool { exports.queued.isStopped || isAbandoned.withLock { $0 } }

  func work() {
    while !isDone {
      lastLook.withLock { $0 = .now }
      do {
        guard let job = try exports.takeNext() else {
          exports.queued.wait(atMost: Self.interval)
          continue
        }
        // There may be more: another worker looks.
        exports.queued.raise()
        run(job)
      } catch {
        exports.log.error("export.queue", ["error": "\(error)"])
        exports.queued.wait(atMost: Self.interval)
      }
    }
  }

  private func run(_ job: ExportJob) {
    let run = ExportRun(job)
    current.withLock { $0 = run }
    exports.runs.add(run)
    if exports.queued.isStopped { run.cancellation.cancel() }
    defer {
      exports.runs.remove(run)
      current.withLock { $0 = nil }
    }
    exports.log.info("export.started", ["id": job.export.id.rawValue, "attempt": "\(job.attempt)"])
    do {
      try exports.checkSpace(for: job)
      let archive = try buildArchive(run)
      let size = archive.report.size
      let isCompleted = try exports.complete(job, archive, after: run.elapsed)
      exports.log.info(
        isCompleted ? "export.completed" : "export.late",
        ["id": job.export.id.rawValue, "rows": "\(run.progress.state.rows)", "bytes": "\(size)"])
    } catch {
      end(run, error)
    }
  }

  private func end(_ run: ExportRun, _ error: any Error) {
    let job = run.job
    if run.cancellation.isCancelled && !exports.queued.isStopped {
      // Whoever cancelled it has changed its row.
      return exports.log.info("export.stopped", ["id": job.export.id.rawValue])
    }
    let failure = ExportFailure(error)
    // A run whose folder or keys were taken away has not failed: it is made again when they are back.
    let isAway = error is StorageAway || error is SecretsError || !exports.canMakeArchives
    if isAway { exports.log.warning("export.waits", ["id": job.export.id.rawValue, "error": "\(error)"]) }
    record(job) {
      if exports.queued.isStopped || isAway { return try exports.requeue(job) }
      try exports.fail(job, failure)
      exports.log.error(
        "export.run-failed",
        ["id": job.export.id.rawValue, "reason": failure.reason, "detail": failure.detail])
    }
  }

  /// Tries until the run's end is in the database: a full disk may refuse it for a while.
  private func record(_ job: ExportJob, _ end: () throws -> Void) {
    while true {
      do { return try end() } catch {
        exports.log.error("export.end", ["id": job.export.id.rawValue, "error": "\(error)"])
        // The next start finds the export processing, and counts the run as interrupted.
        if isDone { return }
        exports.queued.wait(atMost: Self.interval)
      }
    }
  }
}
