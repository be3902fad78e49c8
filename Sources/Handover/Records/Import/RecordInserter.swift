import CSV
import SQLite

/// Inserts the records of one file: cells are checked and bound where they lie, without a `String`.
///
/// A record with a fault is reported and left out, so that the rest of its file is checked too.
struct RecordInserter: ~Copyable {
  private let header: ImportHeader
  private let run: ImportRun
  private let operations: [ImportOperation]
  private let person: PersonColumns?
  private let personParameter: Int
  /// The moment of the import, as in `created_at`.
  private let now: [UInt8]
  private var statement: Statement

  init(_ header: ImportHeader, _ run: ImportRun) throws {
    let table = header.table
    let person = PersonColumns(header)
    let now = Array(run.now.iso8601.utf8)
    var statement = try run.connection.records.insertion(into: table)
    try statement.bind(run.edition.rawValue, at: 1)
    if let created = table.parameter(of: "created_at") { try statement.bind(text: now.span, at: created) }
    self.header = header
    self.run = run
    self.person = person
    self.now = now
    self.statement = statement
    operations = header.columns.map {
      ImportOperation(
        for: $0.column, of: table,
        parameter: $0.naming == nil || $0.naming == .id ? table.parameter(of: $0.column.name) : nil)
    }
    personParameter = person.flatMap { table.parameter(of: $0.name) } ?? 0
  }

  /// - Returns: false where the record is not right.
  /// - Throws: `ImportRefusal` with the problems, once there are enough; `SQLiteError` for what isn't the
  ///   record's fault.
  mutating func insert(_ record: borrowing Decoder) throws -> Bool {
    let (operations, now) = (operations, now)
    var isSound = true
    if record.size > Self.largest, size(of: record) > Self.largest {
      try run.problems.add(
        problem(
          header.columns[0].title, record,
          "the record is larger than \(Self.largest) bytes; shorten its texts"
        ))
      return false
    }
    for place in operations.indices {
      if try operations[place].bind(record[place], to: &statement, now: now) { continue }
      let column = header.columns[place]
      try run.problems.add(problem(column.title, record, column.column.format.problem(with: record[place])))
      isSound = false
    }
    guard try bindPerson(of: record), isSound else { return false }
    do throws(SQLiteError) {
      _ = try statement.step()
      statement.reset()
      return true
    } catch {
      statement.reset()
      try run.problems.add(problem(error, record))
      return false
    }
  }

  /// Bytes of the cells that a record may have of its own, as they are read. With quotes that are doubled, and the
  /// names that an export repeats beside ids, it is a quarter of what a reader takes.
  private static let largest = Decoder.Limits().record / 4

  private func size(of record: borrowing Decoder) -> Int {
    operations.indices.reduce(0) { sum, place in
      if case .skip = operations[place].kind { return sum }
      return sum + record[place].count
    }
  }

  /// - Returns: false, with the problem added, where the person is not known.
  private mutating func bindPerson(of record: borrowing Decoder) throws -> Bool {
    guard let person else { return true }
    do {
      switch try person.person(in: record) {
      case .nobody: try statement.bindNull(at: personParameter)
      case .id(let id):
        guard let user = run.people.user(id) else { throw unknown(id, person, record) }
        try statement.bind(user, at: personParameter)
      case .email(let email):
        let user = try run.people.user(withEmail: email, name: person.personName(in: record))
        try statement.bind(user, at: personParameter)
      }
      return true
    } catch let problem as FileProblem {
      try run.problems.add(problem)
      return false
    }
  }
}

// Why the database refused a record: a constraint says that something is wrong, but not in which column.
extension RecordInserter {
  /// - Throws: the error itself where the record is not at fault.
  private func problem(_ error: SQLiteError, _ record: borrowing Decoder) throws -> FileProblem {
    if error.isUniqueViolation { return try duplicate(record) }
    if error.isForeignKeyViolation, let dangling = try dangling(record) { return dangling }
    if error.isCheckViolation, table == .dealContacts {
      return problem("position", record, "a position is a number from 1 to \(Identifier.largest)")
    }
    throw error
  }

  /// For the id of a user whom no file describes.
  private func unknown(_ id: Int64, _ person: PersonColumns, _ record: borrowing Decoder) -> FileProblem {
    let reason =
      run.files.has(.users)
      ? "is not in Users.csv"
      : "has no e-mail address beside it in any file, and there is no Users.csv"
    return person.problem("U-\(id) \(reason)", in: record)
  }

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
    if try run.connection.records.isLinked(dealID, contactID, of: run.edition) {
      return problem("contact_id", record, "\(text("contact_id", record)) is on the deal \(deal) already")
    }
    if let place = header.place(of: "position"), let position = CellText.integer(record[place]),
      try run.connection.records.hasLink(at: position, of: dealID, of: run.edition)
    {
      return problem("position", record, "the deal \(deal) has a contact at position \(position) already")
    }
    return problem("role", record, "the deal \(deal) has a primary contact already")
  }

  /// - Returns: nil where every id leads somewhere.
  private func dangling(_ record: borrowing Decoder) throws -> FileProblem? {
    for column in header.columns where column.naming == .id {
      let column = column.column
      guard case .id(let other) = column.format, other != table, other != .users, !column.isDerived,
        let id = id(column.name, record), try !run.connection.records.has(id, in: other, of: run.edition)
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
    FileProblem(
      at: header.place(of: column) ?? 0, of: record, in: table, column: column, message)
  }

  private var table: Table.Name { header.table.name }
}

/// How the cells of one column are stored: the declaration of the column, compiled for the loop over millions
/// of cells.
private struct ImportOperation {
  enum Kind {
    /// It repeats a value from elsewhere.
    case skip
    /// The record's own id, or one of its ids: never empty.
    case key(prefix: UInt8)
    case identifier(prefix: UInt8)
    case text
    case word(of: [String])
    case date
    case time
    /// When the record was made; now, if the cell is empty.
    case created
    case decimal(scale: Int)
    case boolean
  }

  let kind: Kind
  /// Of the INSERT.
  private let parameter: Int

  /// - Parameter parameter: nil for a column that isn't stored.
  init(for column: Column, of table: Table, parameter: Int?) {
    kind = parameter == nil ? .skip : Kind(for: column, isKey: table.primaryKey.contains(column.name))
    self.parameter = parameter ?? 0
  }

  /// Binds the cell's value; an empty cell is NULL.
  /// - Returns: false where the cell is not of the column's format.
  @inline(__always)
  func bind(_ cell: Span<UInt8>, to statement: inout Statement, now: [UInt8]) throws(SQLiteError) -> Bool {
    if cell.isEmpty { return try bindEmpty(to: &statement, now: now) }
    switch kind {
    case .skip: break
    case .key(let prefix), .identifier(let prefix):
      guard let id = CellText.identifier(cell, prefix: prefix) else { return false }
      try statement.bind(id, at: parameter)
    case .text:
      let text = FormulaProtection.undo(cell)
      if text.isEmpty { return try bindEmpty(to: &statement, now: now) }
      try statement.bind(text: text, at: parameter)
    case .word(let words):
      guard CellText.isOne(of: words, cell) else { return false }
      try statement.bind(text: cell, at: parameter)
    case .date:
      guard CellText.isDate(cell) else { return false }
      try statement.bind(text: cell, at: parameter)
    case .time, .created:
      guard CellText.isTime(cell) else { return false }
      try statement.bind(text: cell, at: parameter)
    case .decimal(let scale):
      guard let value = CellText.decimal(cell, scale: scale) else { return false }
      try statement.bind(value, at: parameter)
    case .boolean:
      guard let value = CellText.boolean(cell) else { return false }
      try statement.bind(value ? 1 : 0, at: parameter)
    }
    return true
  }

  private func bindEmpty(to statement: inout Statement, now: [UInt8]) throws(SQLiteError) -> Bool {
    switch kind {
    case .skip: break
    case .key: return false
    case .created: try statement.bind(text: now.span, at: parameter)
    default: try statement.bindNull(at: parameter)
    }
    return true
  }
}

extension ImportOperation.Kind {
  init(for column: Column, isKey: Bool) {
    switch column.format {
    case .id(let table):
      // Users are looked up by `PersonColumns`.
      self =
        switch table {
        case .users: .skip
        default: isKey ? .key(prefix: table.idByte) : .identifier(prefix: table.idByte)
        }
    case .ids: self = .skip
    case .text, .texts: self = .text
    case .oneOf(let words): self = .word(of: words)
    case .date: self = .date
    case .time: self = column.name == "created_at" ? .created : .time
    case .money: self = .decimal(scale: 2)
    case .rate: self = .decimal(scale: 4)
    case .integer: self = .decimal(scale: 0)
    case .boolean: self = .boolean
    }
  }
}
