import SQLite

extension Exports {
  /// For the start of the one server that the data folder has: whatever is still processing was interrupted
  /// by a crash. That counts as a failure, so that an export that kills the server does so three times at
  /// most.
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
}
