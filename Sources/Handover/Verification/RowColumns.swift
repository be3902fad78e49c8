/// Where in a row of a table the columns stand that say something of other rows.
struct RowColumns {
  /// A column with the id of a row in another file.
  struct Reference {
    let place: Int
    let table: Table.Name
    let prefix: String
    /// Columns that repeat something of that row.
    let copies: [(place: Int, isEmail: Bool)]
  }

  let table: Table
  let references: [Reference]
  /// The one column that is the primary key.
  let key: Int?
  /// What the row is called, where other files repeat that.
  let name: Int?
  let email: Int?

  init(_ table: Table) {
    self.table = table
    references = table.columns.enumerated().compactMap { place, column in
      guard case .id(let other) = column.format, other != table.name, let letter = other.letter else {
        return nil
      }
      return Reference(
        place: place, table: other, prefix: String(letter), copies: Self.copies(of: column, in: table))
    }
    key = table.primaryKey.count == 1 ? table.place(of: table.primaryKey[0]) : nil
    let isNamed = [.users, .contacts, .deals].contains(table.name)
    name = isNamed ? table.place(of: table.name.label) : nil
    email = table.name == .users ? table.place(of: "email") : nil
  }

  private static func copies(of id: Column, in table: Table) -> [(place: Int, isEmail: Bool)] {
    table.columns.enumerated().compactMap { place, column in
      switch column.source {
      case .userName(of: id.name), .recordName(of: id.name): (place, false)
      case .userEmail(of: id.name): (place, true)
      case .primaryContactName where id.source == .primaryContact: (place, false)
      default: nil
      }
    }
  }
}

extension Table {
  /// The place of a column of that name, from 0.
  func place(of column: String) -> Int? {
    columns.firstIndex { $0.name == column }
  }
}
