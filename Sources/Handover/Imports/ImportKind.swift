import SQLite
import System

/// An import that a worker has taken, or a command.
struct ImportJob: TakenJob {
  typealias Progress = ImportProgress

  /// As it was when it was taken.
  let found: Import
  /// Tells other processes that somebody works on it.
  let lock: FileLock

  var key: String { found.id.rawValue }
  var attempt: Int { found.attempt }
}

typealias ImportRuns = JobRuns<ImportJob>

/// Imports, as the workers know them.
struct ImportKind: JobKind {
  let imports: Imports

  var table: JobTable.Kind { .import }
  var database: Database { imports.database }
  var log: Log { imports.log }
  var runs: ImportRuns { imports.runs }
  var stalled: JobFailure { .importStalled }

  func takeNext() throws -> ImportJob? { try imports.takeNext() }

  func make(_ run: JobRun<ImportJob>) throws -> (isCurrent: Bool, details: KeyValuePairs<String, String>) {
    try (imports.make(run), ["id": run.job.key, "step": run.job.found.step.rawValue])
  }

  func isAway(_ error: any Error) -> Bool {
    error is StorageAway || error is DocumentsAway || error is StoreAway || imports.exports.isReplaced
  }

  func requeue(_ job: ImportJob) throws { try imports.requeue(job) }

  func fail(_ job: ImportJob, _ failure: JobFailure) throws -> Bool { try imports.fail(job, failure) }

  func needsRoom(_ run: JobRun<ImportJob>) -> Bool { true }

  func lackOfSpace() -> String? { imports.lackOfSpace() }

  func recover() throws { try imports.recover() }
}

extension JobFailure {
  static let importInterrupted = JobFailure(
    "The server was interrupted while it worked on the import. Nothing was changed.")
  static let importStalled = JobFailure(
    "The import made no progress for \(Wording.duration(WorkerPool.patience)). Nothing was changed.")
  /// Of `handover import`, which nobody can take up again.
  static let commandInterrupted = JobFailure(
    "The command was interrupted before the import was applied. Nothing was changed.", isFinal: true)
  static let differenceGone = JobFailure(
    "What the import has changed is no longer known to the server, so it can’t be undone.", isFinal: true)
  static let filesGone = JobFailure(
    "The files are gone from the server. Choose them again.", isFinal: true)
}

extension Imports {
  /// Takes the import whose turn it is, or nil where none is due. One that is confirmed is due once the export of how it
  /// was before has ended.
  func takeNext() throws -> ImportJob? {
    let now = clock.now()
    guard try database.read({ try next(at: now, in: $0) }) != nil, !exports.isReplaced else { return nil }
    return try database.write { connection in
      // Under the lock of all writers, as whoever looks for interrupted ones does.
      guard let (id, organisation) = try next(at: now, in: connection) else { return nil }
      guard let lock = try? folder.reopen(id) else {
        // A run that was abandoned still has it; others get on.
        try connection.imports.wait(id, until: now + .seconds(10))
        return nil
      }
      try connection.jobs(.import).start(id.rawValue, of: organisation, at: now)
      return try connection.imports.find(id, of: organisation).map { ImportJob(found: $0, lock: lock) }
    }
  }

  private func next(at now: UnixTime, in connection: Connection) throws -> (ImportID, OrganisationID)? {
    try connection.jobs(.import).next(at: now, longestPause: Import.retries.longestPause, as: ImportID.self)
  }

  /// Does what the import waits for.
  ///
  /// - Returns: whether its row was still at this run's attempt.
  func make(_ run: JobRun<ImportJob>) throws -> Bool {
    if let free = lackOfSpace() { throw JobFailure.noSpace(free) }
    let found = run.job.found
    let work = ImportWork(
      difference: folder.difference(of: found.id), progress: run.progress, cancellation: run.cancellation)
    switch found.step {
    case .compare:
      guard folder.hasFiles(found.id) else { throw JobFailure.filesGone }
      do {
        let source = try engine.open(folder.source(of: found.id), found.organisation, found.choice)
        return try ready(run.job, engine.compare(source, found.organisation, found.choice, work))
      } catch let refusal as ImportRefusal { return try refuse(run.job, refusal) }
    case .apply:
      try requireBefore(found)
      guard folder.hasDifference(found.id) else { return try compareAgain(run.job) }
      let imported = try storeDocuments(of: found, work) {
        try engine.open(folder.source(of: found.id), found.organisation, found.choice)
      }
      let isDone = try engine.apply(found.organisation, work, false) {
        try complete(run.job, adding: imported, in: $0)
      }
      guard isDone else { return try compareAgain(run.job) }
      folder.removeFiles(of: found.id)
      exports.ended.raise()
      documents.changed.raise()
    case .undo:
      guard folder.hasDifference(found.id) else { throw JobFailure.differenceGone }
      let isDone = try engine.apply(found.organisation, work, true) { try undo(run.job, in: $0) }
      guard isDone else {
        throw JobFailure(
          "The records have changed since the import, so it can’t be undone.", isFinal: true)
      }
      folder.remove(found.id)
    }
    return true
  }

  /// Stores what the documents hold that an import adds, before the transaction that makes their rows.
  func storeDocuments(
    of found: Import, _ work: ImportWork, _ open: () throws -> any ImportSource
  ) throws -> [ImportedDocument] {
    let imported = try engine.documents(work)
    if imported.isEmpty { return [] }
    let source = try open()
    var done = 0
    let total = imported.reduce(0) { $0.adding(saturating: $1.bytes) }
    try documents.store(imported, of: found.organisation) { file, body in
      try source.documents?.read(file) { bytes in
        try work.cancellation.check()
        done += bytes.count
        work.progress.update { ($0.done, $0.total) = (done, total) }
        try body(bytes)
      }
    }
    return imported
  }

  /// - Throws: where the export of how it was before has come to nothing.
  private func requireBefore(_ found: Import) throws {
    guard let id = found.before else { return }
    let before = try database.read { try $0.exports.find(id, of: found.organisation) }
    // It may have been completed so long ago that it has expired, after a long pause of the server.
    if before?.archive != nil { return }
    throw JobFailure(
      "There is no export of how it was before: \(before?.reason ?? "it was cancelled.") Nothing was changed.",
      isFinal: true)
  }

  /// Says how little space is left if that is less than the rest of the server needs; nil if it is enough.
  func lackOfSpace() -> String? {
    guard let shortage = DiskSpace.shortage(of: 0, at: folder.path) else { return nil }
    return "\(Wording.size(shortage.free)) free while it was imported"
  }
}

extension ImportProgress: JobProgress {}
