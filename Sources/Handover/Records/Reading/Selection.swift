/// The SELECTs over the records in a scope, made from the declarations of the columns.
///
/// The entire organisation is read in the order of the primary key and counted over a narrow index; a test
/// looks at SQLite's plans.
struct Selection {
  let table: Table
  let scope: Scope

  /// The rows in the order of the file. Their cells are those of `places`.
  var rows: String {
    let list = table.storedColumns.map(expression(for:)).joined(separator: ", ")
    return """
      \(scope.tableExpressions)SELECT \(list) FROM \(table.name.sql) \
      WHERE \(scope.condition(on: table.name)) ORDER BY \(order)
      """
  }

  /// How many rows there are, by a statement of its own.
  var count: String {
    """
    \(scope.tableExpressions)SELECT count(*) FROM \(table.name.sql) \
    WHERE \(scope.condition(on: table.name))
    """
  }

  /// The place of a column in the result of `rows`.
  /// - Returns: nil for a column that isn't read there.
  func place(of column: String) -> Int? {
    table.storedColumns.firstIndex { $0.name == column }
  }

  private func expression(for column: Column) -> String {
    let cell = "\(table.name.sql).\(table.name.sqlColumn(column.name))"
    if table.name == .documents { return Self.expression(ofDocuments: column, cell) }
    guard scope.contact != nil else { return cell }
    switch (table.name, column.format) {
    case (.contacts, _):
      return table.isOfOthers(column) ? cell : "CASE WHEN contact.contact_id = ?2 THEN \(cell) END"
    case (.notes, .id(.deals)), (.tasks, .id(.deals)):
      return "CASE WHEN \(cell) IN (SELECT deal_id FROM in_deal) THEN \(cell) END"
    case (.notes, .id(.contacts)), (.tasks, .id(.contacts)):
      return "CASE WHEN \(cell) IN (SELECT contact_id FROM in_contact) THEN \(cell) END"
    default: return cell
    }
  }

  /// Documents are not of an edition: times and hashes are stored as the server has them, and the deal may be gone.
  private static func expression(ofDocuments column: Column, _ cell: String) -> String {
    switch column.format {
    case .time: "strftime('%Y-%m-%dT%H:%M:%SZ', \(cell), 'unixepoch')"
    case .digest: "lower(hex(\(cell)))"
    case .id(.deals): "(SELECT deal_id FROM deal WHERE edition_id = ?1 AND deal.deal_id = \(cell))"
    case .oneOf where column.name == "provider":
      "CASE WHEN document_with_sync.sync_id IS NOT NULL THEN \(cell) END"
    default: cell
    }
  }

  private var order: String {
    switch table.name {
    case .dealContacts: "deal_contact.deal_id, deal_contact.position"
    default: table.primaryKey.map { "\(table.name.sql).\(table.name.sqlColumn($0))" }.joined(separator: ", ")
    }
  }
}

extension Selection {
  /// The ids and names of a table's records from ?2 on, by id. From an index of nothing but names, because
  /// notes name deals in any order, and the deals themselves don't fit the cache.
  static func names(of table: Table.Name) -> String {
    let id = Table.named(table).primaryKey[0]
    return """
      SELECT \(id), \(table.label) FROM \(table.sql) INDEXED BY \(table.sql)_named
      WHERE edition_id = ?1 AND \(id) >= ?2 ORDER BY \(id)
      """
  }

  /// What `LinkReader` reads beside the rows of a table: id, other id, whether that is the primary one.
  /// - Returns: nil for a table without links.
  static func links(of table: Table.Name, in scope: Scope) -> String? {
    switch table {
    case .deals: contactsOfDeals(in: scope)
    case .contacts: dealsOfContacts(in: scope)
    case .notes, .tasks, .dealContacts, .users, .documents: nil
    }
  }

  /// The contacts of each deal in the scope, by deal and position.
  private static func contactsOfDeals(in scope: Scope) -> String {
    """
    \(scope.tableExpressions)SELECT deal_contact.deal_id, deal_contact.contact_id, deal_contact.role IS 'primary'
    FROM deal_contact
    WHERE \(scope.condition(on: .dealContacts))
    ORDER BY deal_contact.deal_id, deal_contact.position
    """
  }

  /// The deals of each contact in the scope, by contact and deal; only deals that are in the scope.
  private static func dealsOfContacts(in scope: Scope) -> String {
    // The plus keeps SQLite from combining every contact with every deal.
    let ofUser = """
      AND deal_contact.contact_id IN (SELECT contact_id FROM in_contact)
      AND +deal_contact.deal_id IN (SELECT deal_id FROM in_deal)
      """
    return """
      \(scope.tableExpressions)SELECT deal_contact.contact_id, deal_contact.deal_id, 0
      FROM deal_contact
      WHERE deal_contact.edition_id = ?1 \(scope == .organisation ? "" : ofUser)
      ORDER BY deal_contact.contact_id, deal_contact.deal_id
      """
  }
}

extension Table.Name {
  /// What the database calls a column.
  func sqlColumn(_ name: String) -> String {
    self == .users && name == "user_id" || self == .documents && name == "document_id" ? "id" : name
  }

  /// The column that names a record to people.
  var label: String {
    switch self {
    case .deals: "deal_name"
    case .contacts: "full_name"
    case .notes: "note_content"
    case .tasks: "task_name"
    case .dealContacts: "role"
    case .users, .documents: "name"
    }
  }
}
