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
  /// Of deals: their contacts; of contacts: their deals.
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
