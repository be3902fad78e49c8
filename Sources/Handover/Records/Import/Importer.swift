// An import brings the files of an export into an organisation that has no records yet, all of them or
// nothing.
//
// The files come from a ZIP or a folder (ImportSource). First all headers are read (ImportFiles,
// ImportHeader), so that a misspelt column is told at once. Then one write transaction (ImportRun): the
// people (ImportUsers reads who is meant by an id, ImportPeople matches them by e-mail address or makes
// them), then contacts, deals, links, notes, tasks, in whatever order the files lie, so that all that a
// record names is there before it. Each file is a stream: its bytes go through the CSV decoder, each cell is
// checked by its column's format (ImportOperation) and bound to one prepared INSERT where it lies
// (RecordInserter). Nothing is held in memory but the users. Uniqueness and ids that lead nowhere are the
// schema's to find; RowRefusals then finds out which column it was.
//
// Problems are gathered up to the end of the file in which the first one is, twenty at most, since what
// follows from them in other files would only confuse. Then the transaction is rolled back.

/// Imports files in the format of an export.
struct Importer: Sendable {
  private let database: Database
  private let clock: Clock

  init(database: Database, clock: Clock) {
    self.database = database
    self.clock = clock
  }

  /// Imports a ZIP or a folder.
  ///
  /// - Parameter progress: bytes of CSV read, and bytes to read.
  /// - Throws: `ImportRefusal` where the files are not right; `HandoverError` for an organisation that isn't
  ///   there or isn't empty, and for a path that can't be read; `SQLiteError`. Nothing is changed then.
  func importFiles(
    at path: String, into organisation: OrganisationID, progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws -> ImportReport {
    // Before any file is read: a wrong organisation is told at once.
    try database.read { try $0.records.requireEmpty(organisation) }
    let files = try ImportFiles(importSource(at: path), progress: progress)
    let now = clock.now()
    let report = try database.write { connection in
      try connection.records.requireEmpty(organisation)
      let report = try ImportRun(into: organisation, files, connection, at: now).insertAll()
      try connection.counts.update(of: organisation)
      try connection.activity.record(
        Event(.recordsImported, of: organisation, by: .operator, detail: "\(report.rows) rows", at: now))
      return report
    }
    try database.checkpoint()
    return report
  }
}
