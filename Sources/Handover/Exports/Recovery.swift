import SQLite

extension Exports {
  /// For the start of the one server that the data folder has: whatever is still processing was interrupted
  /// by a crash. That counts as a failure, so that an export that kills the server does so three times at
  /// most.
  func recover() throws {
    let interrupted = try database.write { connection in
      let jobs = try connection.processingExports().compactMap { export in
        try connection.organisation(export.organisation).map { ExportJob(export: export, organisation: $0) }
      }
      for job in jobs { _ = try fail(job, .interrupted, in: connection) }
      return jobs
    }
    for job in interrupted { log.warning("export.interrupted", ["id": job.export.id.rawValue]) }
  }
}

extension Connection {
  fileprivate func processingExports() throws -> [Export] {
    try all(
      "SELECT * FROM export_with_names WHERE status = 'processing' ORDER BY number", read: Export.init(row:))
  }

  /// The attempt that each export is at which is processing.
  func processingAttempts() throws -> [ExportID: Int] {
    var attempts: [ExportID: Int] = [:]
    try each("SELECT id, attempt FROM export WHERE status = 'processing'") { row in
      let id: ExportID = try row["id"]
      attempts[id] = try row["attempt"]
    }
    return attempts
  }
}
