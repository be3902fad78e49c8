import CSV

/// Checks the records of one CSV of an archive, or of a table's sheets: the header, the format of each cell, a CSV's exact
/// bytes, and, by `CrossChecks`, the references to other files.
struct FileCheck: ~Copyable {
  /// Records after the header.
  private(set) var rows = 0
  /// Where problems are: `Deals.csv`, or `Handover.xlsx, sheet Deals`.
  private(set) var file: String

  private let table: Table
  private let crossChecks: CrossChecks
  private let problems: VerificationProblems
  /// Which columns may not be empty.
  private let isRequired: [Bool]
  /// What the archive says that it is of; nil where it doesn't.
  private let scope: Scope?
  private var hasSubject = false
  /// Where a row of the table names a deal and a contact, and where one of a user's archive names the user.
  private let links: [Int]
  private let userPlace: Int?
  private var isHeaderRead = false

  // How the records should be written; after the first difference the rest can't be compared.
  private var encoder = Encoder()
  private var canonical = CanonicalBytes()
  private var isCanonical = true
  /// Where the cells of a record end in what the encoder has written.
  private var ends: [Int] = []

  /// The record as `CrossChecks` takes it.
  private var row: [Int64] = []

  init(
    _ table: Table, in scope: DataPackage.Subject?, _ crossChecks: CrossChecks,
    _ problems: VerificationProblems
  ) {
    let isOneContact = scope?.isOneContact ?? false
    isRequired = table.columns.map { table.requires($0, ofOneContact: isOneContact) }
    self.scope = scope?.scope
    links = ["deal_id", "contact_id"].compactMap { table.place(of: $0) }
    userPlace =
      switch table.name {
      case .deals: table.place(of: "owner_id")
      case .notes: table.place(of: "author_id")
      case .tasks: table.place(of: "assigned_to_id")
      case .contacts, .dealContacts, .users, .documents: nil
      }
    self.table = table
    self.crossChecks = crossChecks
    self.problems = problems
    file = table.name.file
  }

  /// The records that follow are of a sheet, with a header of its own and without bytes.
  mutating func beginSheet(_ name: String) {
    file = DataPackage.Workbook.file(of: name)
    isHeaderRead = false
    isCanonical = false
  }

  /// The next bytes of the file, before the records that end in them.
  mutating func feed(_ bytes: Span<UInt8>) {
    if isCanonical { canonical.feed(bytes) }
  }

  /// - Throws: `FileProblem` for a header after which nothing can be checked.
  mutating func check(_ record: borrowing Decoder) throws {
    guard isHeaderRead else {
      try checkHeader(record)
      return checkBytes(of: record)
    }
    try record.expect(fields: table.columns.count)
    rows += 1
    row.removeAll(keepingCapacity: true)
    for place in table.columns.indices {
      row.append(number(place, record))
      ends.append(encoder.count)
    }
    checkBytes(of: record)
    checkScope(record)
    for finding in crossChecks.check(row) { tell(finding.message, finding.place, record) }
  }

  /// - Throws: `FileProblem` for a file without a header.
  func finish() throws(FileProblem) {
    if !isHeaderRead { throw FileProblem(file: file, "the file is empty") }
    switch (scope, table.name) {
    case (.contact(let contact), .contacts) where !hasSubject:
      problems.add(file, "the contact of whom the archive is, \(contact), has no row")
    case (.user(let user), .users) where !hasSubject:
      problems.add(file, "the user of whom the archive is, \(user), has no row")
    default: break
    }
  }

  /// Whether the row is one that belongs into an archive of that scope, as far as it says so itself.
  private mutating func checkScope(_ record: borrowing Decoder) {
    switch (scope, table.name) {
    case (.contact(let contact), .contacts): checkOthers(contact, record)
    case (.user(let user), .users): hasSubject = hasSubject || row[0] == user.rawValue
    case (.user(let user), .deals): require(user, record)
    case (.user(let user), .notes), (.user(let user), .tasks): if isLoose { require(user, record) }
    default: break
    }
  }

  /// Whether the note or task names neither a deal nor a contact.
  private var isLoose: Bool { links.allSatisfy { row[$0] == 0 } }

  private func require(_ user: UserID, _ record: borrowing Decoder) {
    guard let place = userPlace, row[place] != user.rawValue else { return }
    tell("the row is not \(user)'s, but the archive is of \(user) alone", place, record)
  }

  /// Whether the row is of the contact of whom the archive is, or says no more than it may of another one.
  private mutating func checkOthers(_ subject: ContactID, _ record: borrowing Decoder) {
    if row[0] == subject.rawValue {
      hasSubject = true
      return
    }
    for place in table.columns.indices where !record[place].isEmpty && !table.isOfOthers(table.columns[place])
    {
      tell("the cell is not empty, but the archive is of \(subject) alone", place, record)
    }
  }

  private mutating func checkHeader(_ record: borrowing Decoder) throws(FileProblem) {
    encoder.byteOrderMark()
    var isRight = record.count == table.columns.count
    for place in 0..<record.count where isRight {
      isRight = String(copying: record[place]) == table.columns[place].name
      encoder.verbatim(record[place])
      ends.append(encoder.count)
    }
    guard isRight else {
      throw FileProblem(file: file, line: 1, "the header does not name the columns of an export")
    }
    isHeaderRead = true
  }

  /// Checks a cell, and writes it as it should be.
  /// - Returns: what `CrossChecks` takes for it.
  private mutating func number(_ place: Int, _ record: borrowing Decoder) -> Int64 {
    let cell = record[place]
    let format = table.columns[place].format
    if cell.isEmpty {
      if isRequired[place] { tell("the cell is empty", place, record) }
      encoder.empty()
      return 0
    }
    if let number = encoder.rewrite(cell, as: format) { return number }
    tell(format.problem(with: cell), place, record)
    // How the cell should be written is unknown.
    isCanonical = false
    return 0
  }

  private mutating func checkBytes(of record: borrowing Decoder) {
    encoder.endRecord()
    if isCanonical, let difference = canonical.difference(from: encoder.bytes) {
      isCanonical = false
      tell(difference, record)
    }
    canonical.advance(by: isCanonical ? encoder.count : 0)
    encoder.clear()
    ends.removeAll(keepingCapacity: true)
  }

  /// - Parameter difference: the place of the first byte that is not as it should be.
  private func tell(_ difference: Int, _ record: borrowing Decoder) {
    if rows == 0, difference < 3 { return tell("the byte order mark is missing", 0, record) }
    if let place = ends.firstIndex(where: { difference < $0 }) {
      return tell(
        "the cell is not written as in an export (quotes, formula protection, zeros)", place, record)
    }
    tell("the row does not end as in an export, with CRLF", table.columns.count - 1, record)
  }

  private func tell(_ message: @autoclosure () -> String, _ place: Int, _ record: borrowing Decoder) {
    let isOfSheet = file != table.name.file
    let id = isOfSheet ? CellText.identifier(record[0], prefix: table.name.idByte, upTo: .max) : nil
    problems.add(
      FileProblem(
        file: file, line: record.position(of: place).line, record: id.map { table.name.id($0) },
        column: table.columns[place].name, message()))
  }
}

extension Encoder {
  /// Writes a cell that was read as an export has to write it.
  /// - Returns: its number for `CrossChecks`; nil, with the cell copied, where it is not of the format.
  fileprivate mutating func rewrite(_ cell: Span<UInt8>, as format: Column.Format) -> Int64? {
    switch format {
    case .text, .texts: text(FormulaProtection.undo(cell))
    case .oneOf(let words) where CellText.isOne(of: words, cell): verbatim(cell)
    case .digest where CellText.isDigest(cell): verbatim(cell)
    case .date where CellText.isDate(cell, fromYear: 0): verbatim(cell)
    case .time where CellText.isTime(cell, fromYear: 0): verbatim(cell)
    case .id(let table): return rewrite(id: cell, of: table)
    case .ids(let table): return rewrite(ids: cell, of: table)
    case .money: return rewrite(decimal: cell, scale: 2, minimumFraction: 2)
    case .rate: return rewrite(decimal: cell, scale: 4, minimumFraction: 0)
    case .integer: return rewrite(decimal: cell, scale: 0, minimumFraction: 0)
    case .boolean: return rewrite(boolean: cell)
    case .oneOf, .digest, .date, .time: return refuse(cell)
    }
    return Mark.text(cell)
  }

  private mutating func rewrite(id cell: Span<UInt8>, of table: Table.Name) -> Int64? {
    guard let id = CellText.identifier(cell, prefix: table.idByte, upTo: .max) else { return refuse(cell) }
    identifier(prefix: table.idByte, id)
    return id
  }

  private mutating func rewrite(ids cell: Span<UInt8>, of table: Table.Name) -> Int64? {
    var ids: [Int64] = []
    guard CellText.identifiers(cell, prefix: table.idByte, upTo: .max, into: &ids) else {
      return refuse(cell)
    }
    identifiers(prefix: table.idByte, ids.span)
    return Int64(ids.reduce(0) { Mark.list($0, appending: $1) })
  }

  private mutating func rewrite(decimal cell: Span<UInt8>, scale: Int, minimumFraction: Int) -> Int64? {
    guard let value = CellText.decimal(cell, scale: scale) else { return refuse(cell) }
    decimal(value, scale: scale, minimumFraction: minimumFraction)
    return value
  }

  private mutating func rewrite(boolean cell: Span<UInt8>) -> Int64? {
    guard let value = CellText.boolean(cell) else { return refuse(cell) }
    boolean(value)
    return value ? 1 : 0
  }

  private mutating func refuse(_ cell: Span<UInt8>) -> Int64? {
    verbatim(cell)
    return nil
  }
}
