import CSV
import SQLite

/// Writes the rows of one table of a snapshot as records of CSV, straight from SQLite's memory.
///
///     var rows = try snapshot.rows(of: .deals)
///     rows.writeHeader(to: &encoder)
///     while try rows.writeNext(to: &encoder) { … }
///
/// No cell becomes a `String`, and no row allocates.
struct TableReader: ~Copyable {
  private let table: Table
  private let operations: [CellOperation]
  private let people: People
  private var deals: RecordNames
  private var contacts: RecordNames
  private var statement: Statement
  /// For deals, their contacts; for contacts, their deals.
  private var links: LinkReader?

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
    people = snapshot.people
  }

  /// The names of the columns.
  func writeHeader(to encoder: inout Encoder) {
    for column in table.columns { encoder.verbatim(column.name) }
    encoder.endRecord()
  }

  /// Writes the next row.
  /// - Returns: false, with nothing written, when there is none.
  mutating func writeNext(to encoder: inout Encoder) throws -> Bool {
    guard try statement.step() else { return false }
    if case .integer(let id) = statement.cell(at: 0) { try links?.move(to: id) }
    for index in operations.indices { try write(operations[index], to: &encoder) }
    encoder.endRecord()
    return true
  }

  @inline(__always)
  private mutating func write(_ operation: CellOperation, to encoder: inout Encoder) throws {
    switch operation {
    case .links(let prefix):
      let others = links?.others ?? []
      encoder.identifiers(prefix: prefix, others.span)
    case .primaryContact(let prefix):
      if let id = links?.primary { encoder.identifier(prefix: prefix, id) } else { encoder.empty() }
    case .primaryContactName:
      if let id = links?.primary { try contacts.write(id, to: &encoder) } else { encoder.empty() }
    case .text(let place):
      switch statement.cell(at: place) {
      case .text(let text): encoder.text(text)
      case let cell: try writeNull(cell, to: &encoder)
      }
    case .verbatim(let place):
      switch statement.cell(at: place) {
      case .text(let text): encoder.verbatim(text)
      case let cell: try writeNull(cell, to: &encoder)
      }
    case .identifier(_, let place), .money(let place), .rate(let place), .integer(let place),
      .boolean(let place), .userName(let place), .userEmail(let place), .dealName(let place),
      .contactName(let place):
      if let value = try integer(at: place) {
        try write(value, as: operation, to: &encoder)
      } else {
        encoder.empty()
      }
    }
  }

  @inline(__always)
  private func integer(at place: Int) throws -> Int64? {
    switch statement.cell(at: place) {
    case .integer(let value): return value
    case .null: return nil
    case .real, .text, .blob: throw wrongType
    }
  }

  @inline(__always)
  private mutating func write(_ value: Int64, as operation: CellOperation, to encoder: inout Encoder) throws {
    switch operation {
    case .identifier(let prefix, _): encoder.identifier(prefix: prefix, value)
    case .money: encoder.decimal(value, scale: 2, minimumFraction: 2)
    case .rate: encoder.decimal(value, scale: 4, minimumFraction: 0)
    case .boolean: encoder.boolean(value != 0)
    case .userName: encoder.verbatim(people.name(of: value))
    case .userEmail: encoder.verbatim(people.email(of: value))
    case .dealName: try deals.write(value, to: &encoder)
    case .contactName: try contacts.write(value, to: &encoder)
    default: encoder.integer(value)
    }
  }

  /// The schema allows a column its one type or NULL; anything else is a damaged database, not an empty cell.
  private func writeNull(_ cell: borrowing Cell, to encoder: inout Encoder) throws {
    guard case .null = copy cell else { throw wrongType }
    encoder.empty()
  }

  private var wrongType: HandoverError {
    HandoverError("the database is damaged: a cell of \(table.name.sql) has a wrong type")
  }
}

/// How one cell of a row is written: the declaration of the column, compiled for the loop over millions of
/// cells. `place` counts the columns of the SELECT.
private enum CellOperation {
  case identifier(prefix: UInt8, place: Int)
  case text(place: Int)
  /// Dates, times and words of a closed list.
  case verbatim(place: Int)
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
      self.init(stored: column.format, at: place)
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

  private init?(stored format: Column.Format, at place: Int) {
    switch format {
    case .id(let table): self = .identifier(prefix: table.idByte, place: place)
    case .text, .texts: self = .text(place: place)
    case .oneOf, .date, .time: self = .verbatim(place: place)
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
