import CSV
import SQLite

/// Makes the links of deals from the lists in Deals.csv, where DealContacts.csv is missing: positions in the
/// order of the list, the first contact primary.
struct LinkLists: ~Copyable {
  private(set) var count = 0

  private let deal: Int
  private let list: Int
  private let column: Column
  private let run: ImportRun
  private var statement: Statement
  private var contacts: [Int64] = []

  /// - Returns: nil for a file without lists, or where they only repeat DealContacts.csv.
  init?(_ header: ImportHeader, _ run: ImportRun) throws {
    // A deal with one contact may name it in this column only.
    guard header.table.name == .deals, !run.files.has(.dealContacts), let deal = header.place(of: "deal_id"),
      let list = header.place(of: "contact_ids") ?? header.place(of: "primary_contact_id")
    else { return nil }
    var statement = try run.connection.records.insertion(into: .dealContacts)
    try statement.bind(run.edition.rawValue, at: 1)
    self.deal = deal
    self.list = list
    self.run = run
    self.statement = statement
    column = header.columns[list].column
  }

  /// Inserts the links of a deal that has been inserted.
  mutating func insert(_ record: borrowing Decoder) throws {
    contacts.removeAll(keepingCapacity: true)
    guard CellText.identifiers(record[list], prefix: Table.Name.contacts.idByte, into: &contacts),
      let deal = CellText.identifier(record[deal], prefix: Table.Name.deals.idByte)
    else { return try tell(column.format.problem(with: record[list]), record) }
    for (index, contact) in contacts.enumerated() {
      try statement.bind(deal, at: Parameter.deal)
      try statement.bind(contact, at: Parameter.contact)
      try statement.bind(index == 0 ? "primary" : nil as String?, at: Parameter.role)
      try statement.bind(index + 1, at: Parameter.position)
      do throws(SQLiteError) {
        _ = try statement.step()
        statement.reset()
        count += 1
      } catch {
        statement.reset()
        try tell(reason(error, contact), record)
      }
    }
  }

  /// Those of `Connection.records.insertion(into:)`.
  private enum Parameter {
    static let deal = 2
    static let contact = 3
    static let role = 4
    static let position = 5
  }

  private func reason(_ error: SQLiteError, _ contact: Int64) throws(SQLiteError) -> String {
    if error.isForeignKeyViolation { return "C-\(contact) is not in \(Table.Name.contacts.file)" }
    if error.isUniqueViolation { return "C-\(contact) is in the list twice" }
    throw error
  }

  private func tell(_ message: String, _ record: borrowing Decoder) throws(ImportRefusal) {
    try run.problems.add(FileProblem(at: list, of: record, in: .deals, column: column.name, message))
  }
}
