import SQLite
import Secrets

// How runs end. Each end is one transaction, which changes the row only while the row is at this run's
// attempt; the result says whether it was.

extension Exports {
  /// Publishes the archive, enters it in the ledger, and tells the owner.
  ///
  /// - Parameter duration: how long the run took.
  func complete(
    _ job: ExportJob, _ archive: consuming FinishedArchive, after duration: Duration
  ) throws -> Bool {
    let report = archive.report
    var isPublishing = false
    do {
      return try database.writeReplicated { connection in
        let now = clock.now()
        let keyID = try keys.current().newest.id
        guard try connection.exports.complete(job, report, after: duration, keyID: keyID, at: now) else {
          return false
        }
        guard let entry = report.entry else {
          throw JobFailure("The archive has no place in the ledger.", isFinal: true)
        }
        try connection.ledger.enter(entry, job.export, report, at: now)
        guard let export = try connection.exports.find(job.export.id, of: job.export.organisation) else {
          return false
        }
        try record(
          .exportCompleted, export, by: .server,
          "\(Wording.plural(export.archive?.rows ?? 0, "row")), \(Wording.size(report.size))", at: now,
          in: connection)
        let hand = try handAsAsked(export, at: now, in: connection)
        try tellOwnerOfCompletion(of: export, report, hand, at: now, in: connection)
        try connection.ownerRequests.answer(by: export.id, export.scope, in: export.organisation, at: now)
        try tellAskers(of: export, at: now, in: connection)
        _ = try reachFolder()
        isPublishing = true
        try archive.publish(as: folder.archive(export.id))
        // It was hashed when it was read back.
        if let file = try reachFolder().state(of: folder.name(of: export.id)), file.size == report.size {
          checks.note(export.id, file)
        }
        return true
      }
    } catch {
      // The row is not completed, so nothing needs the file; and the disk may be full.
      if isPublishing { folder.remove(job.export.id) }
      throw error
    }
  }

  /// The run failed. Its export is tried again later, if that may help; after the last try the owner is told.
  @discardableResult
  func fail(_ job: ExportJob, _ failure: JobFailure) throws -> Bool {
    try database.write { try fail(job, failure, in: $0) }
  }

  func fail(_ job: ExportJob, _ failure: JobFailure, in connection: Connection) throws -> Bool {
    let now = clock.now()
    if !failure.isFinal, let pause = Export.retries.pause(after: job.export.failures + 1) {
      guard try connection.jobs(.export).postpone(job, until: now + pause, because: failure.reason) else {
        return false
      }
      try record(.exportAttemptFailed, job.export, by: .server, failure.reason, at: now, in: connection)
    } else {
      guard try connection.jobs(.export).fail(job, because: failure.reason, at: now) else { return false }
      try connection.ownerRequests.waitAgain(for: job.export.id)
      try record(.exportFailed, job.export, by: .server, failure.reason, at: now, in: connection)
      try tellEnd(of: job.export, at: now, in: connection) {
        ExportFailed(to: $0, export: job.export, reason: failure.reason, isFirst: $1)
      }
    }
    return true
  }

  /// The server stops, or the folder of the archives is away: the export runs again, and this run does not count
  /// as a failure.
  func requeue(_ job: ExportJob) throws {
    try database.write { connection in
      let now = clock.now()
      if try connection.jobs(.export).requeue(job, at: now) {
        try record(.exportRequeued, job.export, by: .server, at: now, in: connection)
      }
    }
  }

  /// Called at the start of the server: whatever is still processing was interrupted by a crash. That counts
  /// as a failure, so that an export that crashes the server is not retried for ever.
  func recover() throws {
    let interrupted = try database.write { connection in
      let jobs = try connection.exports.processing().compactMap { export in
        try connection.organisations.find(export.organisation).map {
          ExportJob(export: export, organisation: $0)
        }
      }
      for job in jobs { _ = try fail(job, .interrupted, in: connection) }
      return jobs
    }
    for job in interrupted { log.warning("export.interrupted", ["id": job.export.id.rawValue]) }
  }

  private func tellOwnerOfCompletion(
    of export: Export, _ report: ArchiveReport, _ hand: Hand?, at now: UnixTime, in connection: Connection
  ) throws {
    guard let archive = export.archive, let link = try address(of: export) else { return }
    try tellEnd(of: export, at: now, in: connection) {
      ExportCompleted(
        to: $0, export: export, archive: archive, files: report.files, leftOut: report.leftOut,
        download: link, hand: hand, isFirst: $1
      )
    }
  }

  /// Writes the letter of an end to the owner, if there is one who gets mail. Where the one of the request still waits,
  /// it is taken back in the same transaction, and the letter says that too.
  private func tellEnd(
    of export: Export, at now: UnixTime, in connection: Connection,
    _ letter: (_ owner: Recipient, _ isFirst: Bool) -> some Letter
  ) throws {
    try outbox.tellOwner(of: export.organisation, at: now, in: connection) { owner in
      let isFirst = try connection.letters.takeBack(
        ExportRequested.name, about: export.id, of: export.organisation, at: now)
      return letter(owner, isFirst)
    }
  }
}
