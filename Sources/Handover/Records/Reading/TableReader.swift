import CSV
import SQLite

/// Writes the rows of one table of a snapshot as records of CSV, straight from SQLite's memory.
///
///     var rows = try snapshot.rows(of: .deals)
///     rows.writeHeader(to: &encoder)
///     while try rows.writeNext(to: &encoder) { … }
///
/// No cell becomes a `String`, and no row allocates.
///
/// The schema keeps bad values out, but a damaged database holds anything. What no reader of the files could
/// take (a date that is none, bytes that are not UTF-8) is thrown here, where it costs next to nothing; whether
/// rows agree with each other is for `CrossChecks`, which takes `numbers`.
struct TableReader: ~Copyable {
  /// The row that was written last: the number of each cell that `CrossChecks` looks at.
  private(set) var numbers: [Int64]

  private let table: Table
  private let operations: [CellOperation]
  private let people: People
  private var deals: RecordNames
  private var contacts: RecordNames
  private var statement: Statement
  /// For deals, their contacts; for contacts, their deals.
  private var links: LinkReader?
  private let isRequired: [Bool]
  /// Of a closed list; empty for any other column.
  private let words: [[String]]
  private let largestField = Decoder.Limits().field
  /// The column that is being written.
  private var column = 0

  init(_ table: Table, _ snapshot: Snapshot) throws {
    let selection = Selection(table: table, scope: snapshot.scope)
    let statement = try snapshot.prepare(selection.rows)
    let links = try Selection.links(of: table.name, in: snapshot.scope).map { query in
      try LinkReader(snapshot.prepare(query))
    }
    let deals = try RecordNames(of: .deals, in: snapshot)
    let contacts = try RecordNames(of: .contacts, in: snapshot)
    self.table = table
    self.deals = deals
    self.contacts = contacts
    self.statement = statement
    self.links = links
    operations = table.columns.compactMap { CellOperation(for: $0, of: table, in: selection) }
    isRequired = table.columns.map { table.requires($0, ofOneContact: snapshot.scope.contact != nil) }
    words = table.columns.map { if case .oneOf(let words) = $0.format { words } else { [] } }
    numbers = table.columns.map { _ in 0 }
    people = snapshot.people
  }

  /// The names of the columns.
  func writeHeader(to encoder: inout Encoder) {
    for column in table.columns { encoder.verbatim(column.name) }
    encoder.endRecord()
  }

  /// Writes the next row.
  /// - Returns: false, with nothing written, when there is none.
  /// - Throws: `FileProblem` for a row that no file of an export may have; `SQLiteError`.
  mutating func writeNext(to encoder: inout Encoder) throws -> Bool {
    guard try statement.step() else { return false }
    let start = encoder.count
    if links != nil, case .integer(let id) = statement.cell(at: 0) { try links?.move(to: id) }
    try writeCells(to: &encoder)
    encoder.endRecord()
    guard encoder.isReadable(from: start) else { throw problem("it is not UTF-8, or too large") }
    return true
  }

  private mutating func writeCells(to encoder: inout Encoder) throws {
    // Taken out, so that it is looked at once, and not for each cell, whether anybody else has the array.
    var numbers: [Int64] = []
    swap(&numbers, &self.numbers)
    defer { swap(&numbers, &self.numbers) }
    var cells = numbers.mutableSpan
    for index in operations.indices {
      column = index
      cells[index] = try write(operations[index], to: &encoder)
    }
  }

  /// What is wrong with the row that was written last, or is being written.
  /// - Parameter place: of the column; nil for the row as a whole.
  func problem(_ message: String, at place: Int? = nil) -> FileProblem {
    var record = "a row"
    if case .id(let table) = table.columns[0].format, case .integer(let id) = statement.cell(at: 0) {
      record = table.id(id)
    }
    return FileProblem(
      file: table.name.file, record: record, column: place.map { table.columns[$0].name }, message)
  }

  /// - Returns: the cell's number for `CrossChecks`; 0 for an empty cell, and for one that it doesn't look at.
  @inline(__always)
  private mutating func write(_ operation: CellOperation, to encoder: inout Encoder) throws -> Int64 {
    switch operation {
    case .links(let prefix):
      let others = links?.others ?? []
      let start = encoder.count
      encoder.identifiers(prefix: prefix, others.span)
      guard encoder.count - start <= largestField else { throw tooLarge }
      return try sum(of: others)
    case .primaryContact(let prefix):
      guard let id = links?.primary else { return try writeEmpty(to: &encoder) }
      encoder.identifier(prefix: prefix, id)
      return id
    case .primaryContactName:
      guard let id = links?.primary else { return try writeEmpty(to: &encoder) }
      return try contacts.write(id, to: &encoder)
    case .text(let place), .name(let place):
      guard case .text(let text) = statement.cell(at: place) else {
        return try writeEmpty(to: &encoder, place)
      }
      guard text.count <= largestField else { throw tooLarge }
      encoder.text(text)
      if case .name = operation { return Mark.text(text) }
      return 0
    case .word(let place):
      guard case .text(let text) = statement.cell(at: place) else {
        return try writeEmpty(to: &encoder, place)
      }
      guard CellText.isOne(of: words[column], text) else { throw wrongFormat }
      encoder.verbatim(text)
      return Mark.text(text)
    case .digest(let place):
      guard case .text(let text) = statement.cell(at: place) else {
        return try writeEmpty(to: &encoder, place)
      }
      guard CellText.isDigest(text) else { throw wrongFormat }
      encoder.verbatim(text)
      return 0
    case .date(let place), .time(let place):
      guard case .text(let text) = statement.cell(at: place) else {
        return try writeEmpty(to: &encoder, place)
      }
      if case .date = operation {
        guard CellText.isDate(text, fromYear: 0) else { throw wrongFormat }
      } else {
        guard CellText.isTime(text, fromYear: 0) else { throw wrongFormat }
      }
      encoder.verbatim(text)
      return 0
    case .identifier(_, let place), .money(let place), .rate(let place), .integer(let place),
      .boolean(let place), .userName(let place), .userEmail(let place), .dealName(let place),
      .contactName(let place):
      guard case .integer(let value) = statement.cell(at: place) else {
        return try writeEmpty(to: &encoder, place)
      }
      return try write(value, as: operation, to: &encoder)
    }
  }

  @inline(__always)
  private mutating func write(
    _ value: Int64, as operation: CellOperation, to encoder: inout Encoder
  ) throws -> Int64 {
    switch operation {
    case .identifier(let prefix, _):
      guard value > 0 else { throw wrongFormat }
      encoder.identifier(prefix: prefix, value)
    case .money: encoder.decimal(value, scale: 2, minimumFraction: 2)
    case .rate: encoder.decimal(value, scale: 4, minimumFraction: 0)
    case .boolean:
      guard value == 0 || value == 1 else { throw wrongFormat }
      encoder.boolean(value == 1)
    case .userName:
      encoder.verbatim(people.name(of: value))
      return people.nameMark(of: value)
    case .userEmail:
      encoder.verbatim(people.email(of: value))
      return people.emailMark(of: value)
    case .dealName: return try deals.write(value, to: &encoder)
    case .contactName: return try contacts.write(value, to: &encoder)
    default: encoder.integer(value)
    }
    return value
  }

  /// The sum of the marks of the links of this row.
  private func sum(of others: [Int64]) throws -> Int64 {
    guard !others.isEmpty, case .integer(let id) = statement.cell(at: 0) else { return 0 }
    var sum: Int64 = 0
    for (index, other) in others.enumerated() {
      if table.name == .contacts, index > 0, other <= others[index - 1] {
        throw problem("the list is not in the order of its ids", at: column)
      }
      sum &+= Mark.link(id, other, place: table.name == .contacts ? 0 : index + 1)
    }
    return sum
  }

  /// For NULL. The schema allows a column its one type or NULL; anything else is a damaged database, not an
  /// empty cell.
  /// - Parameter place: nil for a cell that is not read from the row.
  private func writeEmpty(to encoder: inout Encoder, _ place: Int? = nil) throws -> Int64 {
    if let place, case let cell = statement.cell(at: place) {
      guard case .null = cell else { throw problem("the cell has a wrong type", at: column) }
    }
    if isRequired[column] { throw problem("the cell is empty", at: column) }
    encoder.empty()
    return 0
  }

  private var wrongFormat: FileProblem {
    problem("the cell is not of the format \"\(table.columns[column].format.inWords)\"", at: column)
  }

  private var tooLarge: FileProblem {
    problem("the cell is larger than \(largestField) bytes", at: column)
  }
}

/// How one cell of a row is written: the declaration of the column, compiled for the loop over millions of
/// cells. `place` counts the columns of the SELECT.
private enum CellOperation {
  case identifier(prefix: UInt8, place: Int)
  case text(place: Int)
  /// A text that other files repeat.
  case name(place: Int)
  case word(place: Int)
  case digest(place: Int)
  case date(place: Int)
  case time(place: Int)
  case money(place: Int)
  case rate(place: Int)
  case integer(place: Int)
  case boolean(place: Int)
  case userName(place: Int)
  case userEmail(place: Int)
  case dealName(place: Int)
  case contactName(place: Int)
  case links(prefix: UInt8)
  case primaryContact(prefix: UInt8)
  case primaryContactName
}

extension CellOperation {
  /// - Returns: nil for a column that `selection` doesn't read, which no declaration has.
  init?(for column: Column, of table: Table, in selection: Selection) {
    switch column.source {
    case .stored:
      guard let place = selection.place(of: column.name) else { return nil }
      let isRepeated =
        column.name == table.name.label && [.deals, .contacts, .users].contains(table.name)
        || table.name == .users && column.name == "email"
      self.init(stored: column.format, isRepeated: isRepeated, at: place)
    case .userName(let id):
      guard let place = selection.place(of: id) else { return nil }
      self = .userName(place: place)
    case .userEmail(let id):
      guard let place = selection.place(of: id) else { return nil }
      self = .userEmail(place: place)
    case .recordName(let id):
      guard let place = selection.place(of: id), case .id(let other)? = table.column(id)?.format else {
        return nil
      }
      self = other == .deals ? .dealName(place: place) : .contactName(place: place)
    case .links:
      guard case .ids(let table) = column.format else { return nil }
      self = .links(prefix: table.idByte)
    case .primaryContact:
      guard case .id(let table) = column.format else { return nil }
      self = .primaryContact(prefix: table.idByte)
    case .primaryContactName: self = .primaryContactName
    }
  }

  private init?(stored format: Column.Format, isRepeated: Bool, at place: Int) {
    switch format {
    case .id(let table): self = .identifier(prefix: table.idByte, place: place)
    case .text, .texts: self = isRepeated ? .name(place: place) : .text(place: place)
    case .oneOf: self = .word(place: place)
    case .digest: self = .digest(place: place)
    case .date: self = .date(place: place)
    case .time: self = .time(place: place)
    case .money: self = .money(place: place)
    case .rate: self = .rate(place: place)
    case .integer: self = .integer(place: place)
    case .boolean: self = .boolean(place: place)
    case .ids: return nil
    }
  }
}

/// Reads the links alongside the records: both come in the order of the same id, so that one pass over each
/// is enough.
private struct LinkReader: ~Copyable {
  /// The other ends of the current record's links, in their order.
  private(set) var others: [Int64] = []
  /// The one whose role is primary.
  private(set) var primary: Int64?

  private var statement: Statement
  private var isAtRow: Bool

  /// - Parameter statement: that of `Selection.links`, bound and not yet stepped.
  init(_ statement: consuming Statement) throws(SQLiteError) {
    isAtRow = try statement.step()
    self.statement = statement
  }

  /// Collects the links of the record with this id, which is larger than the one before.
  mutating func move(to id: Int64) throws(SQLiteError) {
    others.removeAll(keepingCapacity: true)
    primary = nil
    while isAtRow, let next = integer(at: 0), next <= id {
      if next == id { collect() }
      isAtRow = try statement.step()
    }
  }

  private mutating func collect() {
    guard let other = integer(at: 1) else { return }
    others.append(other)
    if integer(at: 2) == 1 { primary = other }
  }

  private func integer(at column: Int) -> Int64? {
    if case .integer(let value) = statement.cell(at: column) { value } else { nil }
  }
}
