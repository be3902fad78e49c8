import SQLite
import Secrets
import System

// The exports' part of the jobs (`JobKind` tells the whole)
//
// Published once. A run builds its archive under a temporary name with its attempt in it, and puts it on the
// disk. Then one write transaction makes the row completed if the attempt is still its own, renames the file
// to the archive's name, and waits until the folder is on the disk too. So the file is there before anybody
// sees the row say so, and a late run can't put its file in the place of another's. After a crash between the
// rename and the commit there is a file whose row is not completed: `Sweeper` removes it, or the next run
// replaces it.

/// Builds a run's archive: the engine, or a test's replacement.
typealias BuildArchive = @Sendable (ExportRun) throws -> FinishedArchive

typealias ExportRun = JobRun<ExportJob>

/// An export that a worker has taken.
struct ExportJob: TakenJob {
  typealias Progress = ExportProgress

  /// As it was when it was taken.
  let export: Export
  let organisation: Organisation

  var key: String { export.id.rawValue }
  var attempt: Int { export.attempt }
}

extension Exports {
  /// Takes the export whose turn it is, or nil where none is due. None is while the keys are away: nobody could sign
  /// its link.
  func takeNext() throws -> ExportJob? {
    let now = clock.now()
    // Most looks find nothing; a read transaction doesn't wait for writers.
    guard try database.read({ try next(at: now, in: $0) }) != nil else { return nil }
    // While the archives' folder or the keys are away exports wait.
    guard canMakeArchives, !linksNow().areAway else { return nil }
    return try database.write { connection in
      guard let (id, organisation) = try next(at: now, in: connection) else { return nil }
      try connection.jobs(.export).start(id.rawValue, of: organisation, at: now)
      guard let export = try connection.exports.find(id, of: organisation),
        let organisation = try connection.organisations.find(organisation)
      else { return nil }
      try record(.exportStarted, export, by: .server, "attempt \(export.attempt)", at: now, in: connection)
      return ExportJob(export: export, organisation: organisation)
    }
  }
  private func next(at now: UnixTime, in connection: Connection) throws -> (ExportID, OrganisationID)? {
    try connection.jobs(.export).next(at: now, longestPause: Export.retries.longestPause, as: ExportID.self)
  }
}

/// Exports, as the workers know them.
struct ExportKind: JobKind {
  let exports: Exports
  let buildArchive: BuildArchive

  var table: JobTable.Kind { .export }
  var database: Database { exports.database }
  var log: Log { exports.log }
  var runs: JobRuns<ExportJob> { exports.runs }
  var stalled: JobFailure { .stalled }

  func takeNext() throws -> ExportJob? { try exports.takeNext() }

  func make(_ run: ExportRun) throws -> (isCurrent: Bool, details: KeyValuePairs<String, String>) {
    try exports.checkSpace(for: run.job)
    let archive = try buildArchive(run)
    let size = archive.report.size
    let isCurrent = try exports.complete(run.job, archive, after: run.elapsed)
    return (isCurrent, ["id": run.job.key, "rows": "\(run.progress.state.rows)", "bytes": "\(size)"])
  }

  /// A run whose folder or keys were taken away is made again when they are back; and at once, where another one has taken
  /// its place in the ledger.
  func isAway(_ error: any Error) -> Bool {
    error is StorageAway || error is SecretsError || error is LedgerMoved || !exports.canMakeArchives
  }

  func requeue(_ job: ExportJob) throws { try exports.requeue(job) }

  func fail(_ job: ExportJob, _ failure: JobFailure) throws -> Bool { try exports.fail(job, failure) }

  func needsRoom(_ run: ExportRun) -> Bool { !run.progress.state.isChecking }

  func lackOfSpace() -> String? { exports.lackOfSpace() }

  func recover() throws { try exports.recover() }
}

extension WorkerPool {
  /// Workers that make exports alone.
  convenience init(_ exports: Exports, count: Int, buildArchive: @escaping BuildArchive) {
    self.init(
      [ExportKind(exports: exports, buildArchive: buildArchive)], count: count, queued: exports.queued,
      log: exports.log)
  }
}
