/// A column of a file that is being imported: what its cells stand for, in the terms of an export.
struct ImportColumn: Sendable {
  /// How a cell names the record or the user whose id the column stands for.
  enum Naming: Sendable, Equatable {
    /// By id (`D-12`) or, where it is none, by source id.
    case id
    /// By the name of the user, the deal's name, or the contact's full name.
    case name
    /// By the user's e-mail address.
    case email
  }

  /// Of a name or an address: the column of the id beside it, such as `owner_id` for `owner_name`.
  let column: Column
  /// Nil exactly where the column's format is neither `id` nor `ids`.
  let naming: Naming?
  /// What the column is called in the file, for messages.
  let title: String

  init(_ column: Column, by naming: Naming?, title: String) {
    self.column = column
    self.naming = naming
    self.title = title
  }

  /// - Parameter column: one of the table's.
  init(_ column: Column, of table: Table, title: String) {
    let (id, naming): (String, Naming) =
      switch column.source {
      case .userName(let id), .recordName(let id): (id, .name)
      case .userEmail(let id): (id, .email)
      case .primaryContactName: ("primary_contact_id", .name)
      case .stored, .links, .primaryContact: (column.name, .id)
      }
    let named = table.column(id) ?? column
    self.init(named, by: named.format.isOfIDs ? naming : nil, title: title)
  }
}

extension Column.Format {
  /// Whether cells name records or users.
  var isOfIDs: Bool {
    switch self {
    case .id, .ids: true
    default: false
    }
  }
}

/// The columns of a table that is being imported.
struct ImportHeader: Sendable {
  let table: Table
  /// In the order of the cells of its records. No two are the same column by the same naming.
  let columns: [ImportColumn]

  /// Where a record has the column's cell.
  /// - Parameter naming: for a column of ids.
  /// - Returns: nil for a column that the file doesn't have.
  func place(of column: String, by naming: ImportColumn.Naming = .id) -> Int? {
    columns.firstIndex { $0.column.name == column && ($0.naming == nil || $0.naming == naming) }
  }
}
