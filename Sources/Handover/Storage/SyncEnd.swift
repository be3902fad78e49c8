import SQLite
import System

// How runs of syncs end. Each end is one transaction, which changes the row only while the row is at this run's attempt;
// the result says whether it was.

/// The whole link has to wait; the run ends for no fault of its document's.
struct SyncWaits: Error, CustomStringConvertible {
  /// For the log.
  let description: String
}

extension LinkedStorage {
  /// The document is there. Where it was changed or removed meanwhile, it is copied again, or marked.
  func complete(_ job: SyncJob, with copy: SyncTable.Copy) throws -> Bool {
    let isCurrent = try database.write { connection in
      let document = try connection.documents.find(job.document.id, of: job.document.organisation)
      let isSame =
        document?.sha256 == copy.sha256 && document?.name.isSame(as: job.document.name) == true
      let status = try isWanted(job, in: connection) ? (isSame ? "completed" : "queued") : "cancelled"
      return try connection.syncs.end(job, as: status, with: copy, at: clock.now())
    }
    documents.changed.raise()
    return isCurrent
  }

  /// Nobody wants the document there any longer.
  func cancel(_ job: SyncJob) throws -> Bool {
    try database.write { try $0.syncs.cancel(job, at: clock.now()) }
  }

  /// What an error means for the run. What is wrong with the whole link makes all of it wait.
  ///
  /// - Returns: what is to be thrown in its place.
  func failure(_ error: any Error, of job: SyncJob) throws -> any Error {
    let problem: StorageProblem
    switch error {
    case let error as StorageProblem: problem = error
    case let error as RcloneFailure: problem = StorageProblem(error, at: job.link.provider)
    default: return error
    }
    switch problem.kind {
    case .signedOut:
      try signedOut(job.link, because: problem.reason)
      return SyncWaits(description: problem.detail)
    case .tooOften(let pause):
      try database.write { try $0.storageLinks.pause(job.link.id, until: clock.now() + pause) }
      return SyncWaits(description: problem.detail)
    default:
      return JobFailure(problem.reason, detail: problem.detail, isFinal: problem.kind == .refused)
    }
  }

  /// The run failed. It is tried again later, if that may help.
  @discardableResult
  func fail(_ job: SyncJob, _ failure: JobFailure) throws -> Bool {
    try database.write { connection in
      let now = clock.now()
      guard try isWanted(job, in: connection) else { return try connection.syncs.cancel(job, at: now) }
      if !failure.isFinal, let pause = Sync.retries.pause(after: job.sync.failures + 1) {
        return try connection.jobs(.sync).postpone(job, until: now + pause, because: failure.reason)
      }
      return try connection.jobs(.sync).fail(job, because: failure.reason, at: now)
    }
  }

  /// The server stops, the link waits, or the folder of documents is away: it runs again, and this run does not count as
  /// a failure.
  func requeue(_ job: SyncJob) throws {
    try database.write { connection in
      guard try isWanted(job, in: connection) else {
        _ = try connection.syncs.cancel(job, at: clock.now())
        return
      }
      // Drive may list late what it has got just before the stop, and would get it twice.
      let pause = job.link.provider == .google ? Sync.listing : .zero
      _ = try connection.jobs(.sync).requeue(job, at: clock.now() + pause)
    }
  }

  private func isWanted(_ job: SyncJob, in connection: Connection) throws -> Bool {
    try connection.syncs.isWanted(job.document.id, of: job.document.organisation, in: job.link.id)
  }
}
