import CSV
import SQLite

/// Finds out why the database refused a record: a constraint says that something is wrong, but not in which column.
struct RowRefusals {
  private let header: ImportHeader
  private let run: ImportRun

  init(_ header: ImportHeader, _ run: ImportRun) {
    self.header = header
    self.run = run
  }

  /// - Throws: the error itself where the record is not at fault.
  func problem(_ error: SQLiteError, _ record: borrowing Decoder) throws -> FileProblem {
    if error.isUniqueViolation { return try duplicate(record) }
    if error.isForeignKeyViolation, let dangling = try dangling(record) { return dangling }
    if error.isCheckViolation, table == .dealContacts {
      return problem("position", record, "a position is a number from 1")
    }
    throw error
  }

  /// For an id of a user that no file says anything about.
  func unknown(_ id: Int64, _ person: PersonColumns, _ record: borrowing Decoder) -> FileProblem {
    let reason =
      run.files.has(.users)
      ? "is not in Users.csv"
      : "has no e-mail address beside it in any file, and there is no Users.csv"
    return person.problem("U-\(id) \(reason)", in: record)
  }

  private var table: Table.Name { header.table.name }

  private func duplicate(_ record: borrowing Decoder) throws -> FileProblem {
    if table == .dealContacts { return try duplicateLink(record) }
    let key = header.table.primaryKey[0]
    let cell = text(key, record)
    var message = "\(cell) appears twice"
    if let place = header.place(of: key),
      let first = run.files.firstLine(
        in: table, where: { place < $0.count && String(copying: $0[place]) == cell })
    {
      message += ", first in line \(first)"
    }
    return problem(key, record, message)
  }

  private func duplicateLink(_ record: borrowing Decoder) throws -> FileProblem {
    let deal = text("deal_id", record)
    guard let dealID = id("deal_id", record), let contactID = id("contact_id", record) else {
      return problem("deal_id", record, "the row appears twice")
    }
    if try run.connection.records.isLinked(dealID, contactID, of: run.organisation) {
      return problem("contact_id", record, "\(text("contact_id", record)) is on the deal \(deal) already")
    }
    if let place = header.place(of: "position"), let position = CellText.integer(record[place]),
      try run.connection.records.hasLink(at: position, of: dealID, of: run.organisation)
    {
      return problem("position", record, "the deal \(deal) has a contact at position \(position) already")
    }
    return problem("role", record, "the deal \(deal) has a primary contact already")
  }

  /// - Returns: nil where every id leads somewhere.
  private func dangling(_ record: borrowing Decoder) throws -> FileProblem? {
    for column in header.columns {
      guard case .id(let other) = column.format, other != table, other != .users, !column.isDerived,
        let id = id(column.name, record), try !run.connection.records.has(id, in: other, of: run.organisation)
      else { continue }
      let place =
        run.files.has(other) ? "is not in \(other.file)" : "leads nowhere: there is no \(other.file)"
      return problem(column.name, record, "\(text(column.name, record)) \(place)")
    }
    return nil
  }

  private func id(_ column: String, _ record: borrowing Decoder) -> Int64? {
    guard let place = header.place(of: column), case .id(let table)? = header.table.column(column)?.format
    else {
      return nil
    }
    return CellText.identifier(record[place], prefix: table.idByte)
  }

  private func text(_ column: String, _ record: borrowing Decoder) -> String {
    header.place(of: column).map { String(copying: record[$0]) } ?? ""
  }

  private func problem(_ column: String, _ record: borrowing Decoder, _ message: String) -> FileProblem {
    let line = record.position(of: header.place(of: column) ?? 0).line
    return FileProblem(file: table.file, line: line, column: column, message)
  }
}
