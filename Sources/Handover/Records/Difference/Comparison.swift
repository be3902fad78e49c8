import CSV
import SQLite

/// One comparison of files with the records that are there, inside its transaction.
final class Comparison {
  /// To the difference file; the database is beside it.
  let connection: Connection
  let organisation: OrganisationID
  let edition: EditionID
  let files: ImportFiles
  let options: ImportOptions
  let people: ImportPeople
  let now: UnixTime
  let problems = ImportProblems()
  let notes = ImportNotes()
  private var known: [Table.Name: RecordReferences] = [:]
  private var counts: [Table.Name: ImportReport.File] = [:]

  init(
    of organisation: OrganisationID, with files: ImportFiles, _ options: ImportOptions,
    in connection: Connection,
    at now: UnixTime
  ) throws {
    self.connection = connection
    self.organisation = organisation
    self.files = files
    self.options = options
    self.now = now
    edition = try connection.editions.current(of: organisation)
    people = try ImportPeople(of: organisation, connection)
  }

  func references(to table: Table.Name) throws -> RecordReferences {
    if let references = known[table] { return references }
    let references = try RecordReferences(to: .named(table), in: self)
    known[table] = references
    return references
  }

  /// Tells what could not be kept.
  func tell(
    _ message: String, _ text: String, _ place: Int, _ record: borrowing Decoder, _ header: ImportHeader
  ) {
    notes.add(
      files.problem(
        at: place, of: record, in: header.table.name, "\(quotation(of: text.utf8.span)) \(message)"))
  }

  /// - Throws: `ImportRefusal` with the problems of the first file that has some.
  func compareAll() throws -> ImportReport {
    let users = ImportUsers(files: files, problems: problems)
    let listed = try users.listed()
    people.add(files.has(.users) ? listed : try users.mentioned())
    if files.has(.users) {
      counts[.users] = ImportReport.File(table: .users, rows: listed.count, added: people.made)
    }
    var linksFromLists = 0
    for table in Difference.tables {
      try compare(table)
      try problems.refuseIfAny()
      guard table.name == .deals else { continue }
      linksFromLists = try LinkComparison(self).compare(&counts)
      try problems.refuseIfAny()
    }
    try refuseDangling()
    try refuseRemovals()
    if let documents = files.documents {
      var comparison = DocumentComparison(self, documents)
      try comparison.compare(&counts)
    }
    for note in files.notes { notes.add(note) }
    try Difference.write(people, in: connection)
    let report = ImportReport(
      files: (Table.Name.ofAll + [.documents]).compactMap { counts[$0] }, linksFromLists: linksFromLists,
      usersMade: people.made,
      usersMatched: people.matched.count, notes: notes.first, furtherNotes: notes.count - notes.first.count)
    try describe(report)
    return report
  }

  private func compare(_ table: Table) throws {
    guard let header = files.headers[table.name] else { return }
    var comparer = try RecordComparer(header, self)
    try files.eachRecord(of: table.name, problems) { try comparer.compare($0) }
    var file = ImportReport.File(
      table: table.name, rows: comparer.rows, added: comparer.added, changed: comparer.changed, gone: 0)
    if !options.keepsMissing { file.gone = try findGone(table, seen: comparer.seenRows) }
    counts[table.name] = file
  }

  private func findGone(_ table: Table, seen: Int) throws -> Int {
    let kind = table.name.sql
    let count: Int =
      try connection.value("SELECT count(*) FROM \(kind) WHERE edition_id = ?", edition) ?? 0
    guard count > seen else { return 0 }
    let columns = table.storedColumns.map { "\(kind).\($0.name)" }
    let key = table.primaryKey[0]
    let extras =
      table.name.search.map {
        [
          """
          (SELECT folded FROM \($0.table) AS search
            WHERE search.edition_id = \(kind).edition_id AND search.\(key) = \(kind).\(key))
          """
        ]
      } ?? []
    return try connection.run(
      """
      INSERT INTO \(kind)_before SELECT \((columns + extras).joined(separator: ", ")) FROM \(kind)
      WHERE edition_id = ? AND NOT EXISTS (SELECT 1 FROM \(kind)_seen WHERE id = \(kind).\(key))
      """, edition)
  }

  private func describe(_ report: ImportReport) throws {
    var changes = people.made
    for table in Difference.tables {
      for side in ["before", "after"] {
        changes += try connection.value("SELECT count(*) FROM \(table.name.sql)_\(side)") ?? 0
      }
    }
    let links: Int =
      try connection.value(
        """
        SELECT (SELECT count(*) FROM deal_contact_before)
          + (SELECT count(*) FROM deal_contact_after WHERE deal_id IN (SELECT deal_id FROM changed_deal))
        """) ?? 0
    let sources: Int = try connection.value("SELECT count(*) FROM source") ?? 0
    try connection.run(
      "INSERT INTO about (organisation_id, edition_id, version, changes, report) VALUES (?, ?, ?, ?, ?)",
      organisation,
      edition, connection.editions.version(of: edition), changes + links + sources, report.encoded())
  }
}

// What goes although something that stays names it, and more than may go.
extension Comparison {
  static func gone(_ table: Table) -> String {
    let (kind, key) = (table.name.sql, table.primaryKey[0])
    return "SELECT \(key) FROM \(kind)_before WHERE \(key) NOT IN (SELECT \(key) FROM \(kind)_after)"
  }

  private func refuseDangling() throws {
    for other in [Table.deals, .contacts] where (counts[other.name]?.gone ?? 0) > 0 {
      for table in [Table.notes, .tasks] { try refuse(table, naming: other) }
    }
    guard (counts[.contacts]?.gone ?? 0) > 0 else { return }
    let links = try connection.all(
      """
      SELECT deal_id, contact_id FROM deal_contact WHERE edition_id = ?
        AND contact_id IN (\(Self.gone(.contacts))) AND deal_id NOT IN (SELECT deal_id FROM changed_deal)
      LIMIT \(ImportRefusal.mostProblems)
      """, edition
    ) { (try $0["deal_id"] as Int64, try $0["contact_id"] as Int64) }
    for (deal, contact) in links {
      try problems.add(
        FileProblem(
          "C-\(contact) is not in Contacts.csv, but is on D-\(deal): bring DealContacts.csv as well, or keep what is missing"
        ))
    }
    try problems.refuseIfAny()
  }

  /// Records that stay as they are and name one that goes.
  private func refuse(_ table: Table, naming other: Table) throws {
    let (kind, key, reference) = (table.name.sql, table.primaryKey[0], other.primaryKey[0])
    let found = try connection.all(
      """
      SELECT \(key) AS id, \(reference) AS other FROM \(kind) WHERE edition_id = ?
        AND \(reference) IN (\(Self.gone(other))) AND \(key) NOT IN (SELECT \(key) FROM \(kind)_before)
      LIMIT \(ImportRefusal.mostProblems)
      """, edition
    ) { (id: try $0["id"] as Int64, other: try $0["other"] as Int64) }
    for record in found {
      let names = "\(table.name.id(record.id)) names \(other.name.id(record.other))"
      try problems.add(
        files.has(table.name)
          ? FileProblem(
            file: table.name.file, record: table.name.id(record.id), column: reference,
            "\(other.name.id(record.other)) is not in \(other.name.file)")
          : FileProblem(
            "\(names), which is not in \(other.name.file): bring \(table.name.file) as well, or keep what is missing"
          ))
    }
    try problems.refuseIfAny()
  }

  /// A feed that was cut off looks like many removals.
  private func refuseRemovals() throws {
    guard let allowed = options.allowedRemovals else { return }
    for name in Table.Name.ofAll where (counts[name]?.gone ?? 0) > 0 {
      let gone = counts[name]?.gone ?? 0
      let count: Int =
        try connection.value("SELECT count(*) FROM \(name.sql) WHERE edition_id = ?", edition) ?? 0
      guard gone * 100 > count * allowed else { continue }
      let share = (gone * 100 + count - 1) / max(1, count)
      try problems.add(
        FileProblem(
          file: name.file,
          "\(Wording.grouped(gone)) of \(Wording.grouped(count)) records (\(share) percent) are not in the file and would go, more than the \(allowed) percent that may; if that is right, allow \(share) percent, or keep what is missing"
        ))
    }
    try problems.refuseIfAny()
  }
}
