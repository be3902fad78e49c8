import SQLite
import Secrets

// How a run ends. Each is one transaction that changes the row only if it is still this run's, and says
// whether it was.

extension Exports {
  /// Publishes the archive, and tells the owner.
  ///
  /// - Parameter duration: how long the run took.
  func complete(
    _ job: ExportJob, _ archive: consuming FinishedArchive, after duration: Duration
  ) throws -> Bool {
    let report = archive.report
    var isPublishing = false
    do {
      return try database.write { connection in
        let now = clock.now()
        let keyID = try keys.current().newest.id
        guard
          try connection.exports.complete(job, report, after: duration, keyID: keyID, at: now),
          let export = try connection.exports.find(job.export.id, of: job.export.organisation)
        else { return false }
        try record(
          .exportCompleted, export, by: .server,
          "\(Wording.plural(export.archive?.rows ?? 0, "row")), \(Wording.size(report.size))", at: now,
          in: connection)
        try tellOwnerOfCompletion(of: export, report, at: now, in: connection)
        isPublishing = true
        try archive.publish(as: folder.archive(export.id))
        return true
      }
    } catch {
      // The row does not say completed, and the room is needed by whatever filled the disk.
      if isPublishing { folder.remove(job.export.id) }
      throw error
    }
  }

  /// The run failed: it is tried again later, or that was the last try, and the owner is told.
  @discardableResult
  func fail(_ job: ExportJob, _ failure: ExportFailure) throws -> Bool {
    try database.write { try fail(job, failure, in: $0) }
  }

  func fail(_ job: ExportJob, _ failure: ExportFailure, in connection: Connection) throws -> Bool {
    let now = clock.now()
    if let pause = Tries.pause(after: job.export.failures + 1) {
      guard try connection.exports.queueAgain(job, notBefore: now + pause, because: failure.reason) else {
        return false
      }
      try record(.exportAttemptFailed, job.export, by: .server, failure.reason, at: now, in: connection)
    } else {
      guard try connection.exports.fail(job, because: failure.reason, at: now) else { return false }
      try record(.exportFailed, job.export, by: .server, failure.reason, at: now, in: connection)
      try tellOwner(of: job.export, at: now, in: connection) {
        ExportFailed(to: $0, export: job.export, reason: failure.reason)
      }
    }
    return true
  }

  /// The server stops: the export runs again after the next start, and this run counts for nothing.
  func handBack(_ job: ExportJob) throws {
    try database.write { connection in
      let now = clock.now()
      if try connection.exports.requeue(job, at: now) {
        try record(.exportHandedBack, job.export, by: .server, at: now, in: connection)
      }
    }
  }

  private func tellOwnerOfCompletion(
    of export: Export, _ report: ArchiveReport, at now: UnixTime, in connection: Connection
  ) throws {
    guard let archive = export.archive, let link = try address(of: export) else { return }
    try tellOwner(of: export, at: now, in: connection) {
      ExportCompleted(
        to: $0, export: export, archive: archive, files: report.files, download: link)
    }
  }
}
