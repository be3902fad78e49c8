import SQLite
import System

/// Documents on their way to linked storages, as the workers know them.
struct SyncKind: JobKind {
  let storage: LinkedStorage
  let rclone: Rclone
  /// What runs in this process, and how far it is.
  let runs = JobRuns<SyncJob>()
  let folders = RemoteFolders()

  var table: JobTable.Kind { .sync }
  var database: Database { storage.database }
  var log: Log { storage.log }
  var stalled: JobFailure { .syncStalled }

  /// How many run side by side, of all organisations. Each is a process of up to 100 MB.
  static let atOnce = 4

  init(storage: LinkedStorage, rclone: Rclone) {
    self.storage = storage
    self.rclone = rclone
  }

  /// Takes the document whose turn it is, or nil where none is due, or none can be read now.
  func takeNext() throws -> SyncJob? {
    let now = storage.clock.now()
    guard try database.read({ try next(at: now, in: $0) }) != nil, canRead else { return nil }
    return try database.write { connection in
      guard let (id, organisation) = try next(at: now, in: connection) else { return nil }
      try connection.jobs(.sync).start(id.rawValue, of: organisation, at: now)
      guard let (sync, _) = try connection.syncs.find(id) else { return nil }
      return try job(sync, of: organisation, in: connection).map { try named($0, in: connection) }
    }
  }

  private func next(at now: UnixTime, in connection: Connection) throws -> (SyncID, OrganisationID)? {
    try connection.jobs(.sync).next(at: now, longestPause: Sync.retries.longestPause, as: SyncID.self)
  }

  private var canRead: Bool {
    do {
      _ = try storage.documents.reach()
      return true
    } catch { return false }
  }

  private func job(_ sync: Sync, of organisation: OrganisationID, in connection: Connection) throws
    -> SyncJob?
  {
    guard let document = try connection.documents.find(sync.document, of: organisation),
      let link = try connection.storageLinks.find(sync.link),
      let name = try connection.organisations.find(organisation)?.name
    else { return nil }
    return SyncJob(sync: sync, document: document, link: link, organisation: name)
  }

  /// Chooses the file's name, in the transaction that takes the job.
  private func named(_ job: SyncJob, in connection: Connection) throws -> SyncJob {
    let sync = job.sync
    if let name = sync.name, RemoteName.suits(name, job.document, at: job.link.provider) { return job }
    try connection.syncs.name(
      sync.id, RemoteName.choose(for: job.document, sync.id, at: job.link, in: connection))
    return try self.job(
      connection.syncs.find(sync.id)?.0 ?? sync, of: job.document.organisation, in: connection)
      ?? job
  }

  func make(_ run: JobRun<SyncJob>) throws -> (isCurrent: Bool, details: KeyValuePairs<String, String>) {
    let job = run.job
    let details: KeyValuePairs<String, String> = [
      "id": job.key, "document": "\(job.document.id)",
      "organisation": "\(job.document.organisation.rawValue)",
    ]
    guard
      try database.read({
        try $0.syncs.isWanted(job.document.id, of: job.document.organisation, in: job.link.id)
      })
    else { return (try storage.cancel(job), details) }
    let sync = SyncRun(
      storage: storage, folders: folders, rclone: rclone, job: job, progress: run.progress,
      cancellation: run.cancellation)
    do {
      return (try storage.complete(job, with: sync.copy()), details)
    } catch {
      folders.forget(job)
      throw try storage.failure(error, of: job)
    }
  }

  func isAway(_ error: any Error) -> Bool { error is SyncWaits || error is DocumentsAway }

  func requeue(_ job: SyncJob) throws { try storage.requeue(job) }

  func fail(_ job: SyncJob, _ failure: JobFailure) throws -> Bool { try storage.fail(job, failure) }

  func needsRoom(_ run: JobRun<SyncJob>) -> Bool { false }

  func lackOfSpace() -> String? { nil }

  func recover() throws {
    for (sync, organisation) in try database.read({ try $0.syncs.processing() }) {
      guard let job = try database.read({ try job(sync, of: organisation, in: $0) }) else { continue }
      try storage.fail(job, .syncInterrupted)
      log.warning("sync.interrupted", ["id": job.key])
    }
  }
}

extension JobFailure {
  static let syncInterrupted = JobFailure("The server was interrupted while it copied the document.")
  static let syncStalled = JobFailure(
    "The copy made no progress for \(Wording.duration(WorkerPool.patience)).")
  static let documentMissing = JobFailure(
    "The document is gone from the server’s disk. Whoever runs the server can bring it back from a backup.",
    isFinal: true)
  static let documentDamaged = JobFailure(
    "The document is damaged on the server’s disk, so it was not copied. Whoever runs the server can bring it back "
      + "from a backup.", isFinal: true)
  static let noName = JobFailure(
    "Other files have the document’s name in the storage, and every other one that was tried.", isFinal: true)
}
