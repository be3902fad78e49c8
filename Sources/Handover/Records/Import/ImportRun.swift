import SQLite

/// One import inside its transaction.
struct ImportRun {
  let connection: Connection
  let organisation: OrganisationID
  let files: ImportFiles
  let people: ImportPeople
  let now: UnixTime
  let problems = ImportProblems()

  init(
    into organisation: OrganisationID, _ files: ImportFiles, _ connection: Connection, at now: UnixTime
  ) throws {
    self.connection = connection
    self.organisation = organisation
    self.files = files
    self.now = now
    people = try ImportPeople(of: organisation, connection, at: now)
  }

  /// What a record names is inserted before the record.
  private static let order: [Table.Name] = [.contacts, .deals, .dealContacts, .notes, .tasks]

  /// - Throws: `ImportRefusal` with the problems of the first file that has some.
  func insertAll() throws -> ImportReport {
    let users = ImportUsers(files, problems)
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
