/// One of the files of an export, and the table in the database behind it.
struct Table: Sendable {
  let name: Name
  let columns: [Column]
  /// The columns that name a row, in the file and in the database (there, after the organisation).
  let primaryKey: [String]
  /// One sentence for people who read the file elsewhere.
  let meaning: String

  /// Those that every export has. `documents` is in it where there are any.
  static let all: [Table] = [deals, contacts, notes, tasks, dealContacts, users]

  static func named(_ name: Name) -> Table {
    switch name {
    case .deals: deals
    case .contacts: contacts
    case .notes: notes
    case .tasks: tasks
    case .dealContacts: dealContacts
    case .users: users
    case .documents: documents
    }
  }

  /// Whether no cell of the column is empty in an export. (An import asks for the primary key alone.)
  ///
  /// - Parameter isOneContact: whether it is the export of one contact, where others have little more than a name.
  func requires(_ column: Column, ofOneContact isOneContact: Bool = false) -> Bool {
    if isOneContact, name == .contacts { return primaryKey.contains(column.name) }
    if primaryKey.contains(column.name) || column.name == "created_at" { return true }
    switch name {
    case .dealContacts: return column.name == "position"
    case .users: return column.name == "role" || column.name == "active"
    case .documents: return ["name", "bytes", "sha256", "added_at", "state"].contains(column.name)
    case .deals, .contacts, .notes, .tasks: return false
    }
  }

  /// Whether the export of one contact says what is in the column of other contacts too: their id, their name, and what
  /// the links repeat.
  func isOfOthers(_ column: Column) -> Bool {
    name != .contacts || primaryKey.contains(column.name) || column.name == name.label
      || column.source == .links
  }

  /// The columns that the database has too.
  var storedColumns: [Column] { columns.filter { !$0.isDerived } }

  func column(_ name: String) -> Column? {
    columns.first { $0.name == name }
  }
}

extension Table {
  enum Name: String, Codable, Sendable, CaseIterable {
    case deals = "Deals"
    case contacts = "Contacts"
    case notes = "Notes"
    case tasks = "Tasks"
    case dealContacts = "DealContacts"
    case users = "Users"
    case documents = "Documents"

    /// Those that every export has.
    static let ofAll = Table.all.map(\.name)

    /// The name of the file in the ZIP.
    var file: String { rawValue + ".csv" }

    /// The name of the table in the database.
    var sql: String {
      switch self {
      case .deals: "deal"
      case .contacts: "contact"
      case .notes: "note"
      case .tasks: "task"
      case .dealContacts: "deal_contact"
      case .users: "user"
      case .documents: "document_with_sync"
      }
    }

    /// The name of the file in `datapackage.json`.
    var resource: String { rawValue.lowercased() }

    /// The letter before the number of an id. Links have no ids of their own.
    var idPrefix: String {
      switch self {
      case .deals: "D"
      case .contacts: "C"
      case .notes: "N"
      case .tasks: "T"
      case .dealContacts: ""
      case .users: "U"
      case .documents: "F"
      }
    }

    /// The byte that the table's ids begin with.
    var idByte: UInt8 { idPrefix.utf8.first ?? 0 }
  }
}
