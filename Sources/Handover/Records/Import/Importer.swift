import SQLite

// An import brings the files of an export into an organisation that has no records yet, all of them or
// nothing.
//
// The files come from a ZIP or a folder (ImportPlace). First all headers are read (ExportFiles), so that a
// misspelt column is reported at once. Then one write transaction (ImportRun): the people (ImportUsers finds
// out whom an id stands for, ImportPeople matches them by e-mail address or makes them), then contacts,
// deals, links, notes, tasks, whatever the order of the files, so that everything a record names is inserted
// before it. Each file is a stream: its bytes go through the CSV decoder, each cell is checked by its
// column's format and bound to one prepared INSERT where it lies (RecordInserter). Only the users are held in
// memory. The schema finds duplicates and ids that lead nowhere; RecordInserter then finds out which column
// is at fault.
//
// Problems are gathered up to the end of the file in which the first one is, twenty at most, since the
// consequences in other files would only confuse. Then the transaction is rolled back.

/// Imports files in the format of an export.
struct Importer: Sendable {
  let database: Database
  let clock: Clock

  /// Imports a ZIP or a folder.
  ///
  /// - Parameter progress: bytes of CSV read, and bytes to read.
  /// - Throws: `ImportRefusal` where the files are not right; `HandoverError` for an organisation that isn't
  ///   there or isn't empty, and for a path that can't be read; `SQLiteError`. Nothing is changed then.
  func importFiles(
    at path: String, into organisation: OrganisationID, progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws -> ImportReport {
    // Checked before any file is read, so that a wrong organisation is reported at once.
    try database.read { try $0.records.requireEmpty(organisation) }
    let files = ImportFiles(try ExportFiles(at: path), progress: progress)
    let now = clock.now()
    let report = try database.write { connection in
      try connection.records.requireEmpty(organisation)
      let report = try ImportRun(into: organisation, files, connection, at: now).insertAll()
      try connection.counts.update(of: organisation)
      try connection.contacts.updateSearch(of: organisation)
      try connection.activity.record(
        Event(
          .recordsImported, of: organisation, by: .operator, detail: Wording.plural(report.rows, "row"),
          at: now))
      return report
    }
    // What is committed stays: on a full disk a later checkpoint empties the log.
    try? database.checkpoint()
    return report
  }
}

/// One import inside its transaction.
struct ImportRun {
  let connection: Connection
  let edition: EditionID
  let files: ImportFiles
  let people: ImportPeople
  let now: UnixTime
  let problems = ImportProblems()

  init(
    into organisation: OrganisationID, _ files: ImportFiles, _ connection: Connection, at now: UnixTime
  ) throws {
    self.connection = connection
    edition = try connection.editions.current(of: organisation)
    self.files = files
    self.now = now
    people = try ImportPeople(of: organisation, connection, at: now)
  }

  /// What a record names is inserted before the record.
  private static let order: [Table.Name] = [.contacts, .deals, .dealContacts, .notes, .tasks]

  /// - Throws: `ImportRefusal` with the problems of the first file that has some.
  func insertAll() throws -> ImportReport {
    let users = ImportUsers(files: files, problems: problems)
    let listed = try users.listed()
    try people.add(files.has(.users) ? listed : users.mentioned())
    var rows: [Table.Name: Int] = [.users: listed.count]
    var linksFromLists = 0
    for table in Self.order {
      let inserted = try insert(table)
      rows[table] = inserted.rows
      linksFromLists += inserted.links
      try problems.refuseIfAny()
    }
    return ImportReport(
      files: Table.Name.allCases.filter(files.has).map { .init(table: $0, rows: rows[$0] ?? 0) },
      linksFromLists: linksFromLists, usersMade: people.made, usersMatched: people.matched.count)
  }

  private func insert(_ table: Table.Name) throws -> (rows: Int, links: Int) {
    guard let header = files.headers[table] else { return (0, 0) }
    var inserter = try RecordInserter(header, self)
    var lists = try LinkLists(header, self)
    var rows = 0
    try files.eachRecord(of: table, problems) { record in
      guard try inserter.insert(record) else { return }
      rows += 1
      try lists?.insert(record)
    }
    return (rows, lists?.count ?? 0)
  }
}
