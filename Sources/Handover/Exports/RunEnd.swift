import SQLite
import Secrets

// How a run ends. Each is one transaction that changes the row only if it is still this run's, and says
// whether it was.

extension Exports {
  /// The archive is made and on the disk: publishes it, and tells the owner.
  func complete(_ job: ExportJob, _ report: ArchiveReport, milliseconds: Int) throws -> Bool {
    var isPublishing = false
    do {
      return try database.write { connection in
        let now = clock.now()
        let keyID = try keys.current().newest.id
        guard
          try connection.exports.complete(job, report, milliseconds: milliseconds, keyID: keyID, at: now),
          let export = try connection.exports.find(job.export.id, of: job.export.organisation)
        else { return false }
        try record(
          .exportCompleted, export, by: .server,
          "\(Wording.plural(export.archive?.rows ?? 0, "row")), \(Wording.size(report.size))", at: now,
          in: connection)
        try tellOwnerOfCompletion(of: export, report, at: now, in: connection)
        isPublishing = true
        try folder.publish(job)
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
  func fail(_ job: ExportJob, _ problem: ExportProblem) throws -> Bool {
    try database.write { try fail(job, problem, in: $0) }
  }

  func fail(_ job: ExportJob, _ problem: ExportProblem, in connection: Connection) throws -> Bool {
    let now = clock.now()
    if let pause = Tries.pause(after: job.export.failures + 1) {
      guard try connection.exports.queueAgain(job, notBefore: now + pause, because: problem.reason) else {
        return false
      }
      try record(.exportAttemptFailed, job.export, by: .server, problem.reason, at: now, in: connection)
    } else {
      guard try connection.exports.fail(job, because: problem.reason, at: now) else { return false }
      try record(.exportFailed, job.export, by: .server, problem.reason, at: now, in: connection)
      try tellOwner(of: job.export, at: now, in: connection) {
        ExportFailed(to: $0, export: job.export, reason: problem.reason)
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
