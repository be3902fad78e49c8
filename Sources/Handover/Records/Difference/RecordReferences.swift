import CSV
import SQLite

/// The records of one table as an import leaves them: whether one is there, and which one is meant by a source id, a name
/// or an address.
final class RecordReferences {
  let table: Table
  private let connection: Connection
  private let organisation: OrganisationID
  private let edition: EditionID
  /// Whether records that the files don't have go.
  private let isComplete: Bool

  private var known: Statement
  private var assigned: Statement
  private var assignment: Statement
  private var presence: Statement
  private var next: Int64?
  private var hasNames = false
  private var hasAddresses = false

  init(to table: Table, in run: Comparison) throws {
    self.table = table
    connection = run.connection
    organisation = run.organisation
    edition = run.edition
    isComplete = run.files.has(table.name) && !run.options.keepsMissing
    let kind = table.name.sql
    let key = table.primaryKey[0]
    known = try connection.prepare(
      "SELECT number FROM source_number WHERE organisation_id = \(organisation.rawValue) AND kind = '\(kind)' AND source_id = ?"
    )
    assigned = try connection.prepare("SELECT number FROM source WHERE kind = '\(kind)' AND source_id = ?")
    assignment = try connection.prepare(
      "INSERT INTO source (kind, source_id, number) VALUES ('\(kind)', ?, ?)")
    presence = try connection.prepare(
      """
      SELECT 1 FROM \(kind)_after WHERE \(key) = ?1 UNION ALL
      \(isComplete
        ? "SELECT 1 FROM \(kind)_seen WHERE id = ?1"
        : "SELECT 1 FROM \(kind) WHERE edition_id = \(edition.rawValue) AND \(key) = ?1")
      LIMIT 1
      """)
  }

  /// Whether the record will be there. Its own table has been read before.
  func has(_ id: Int64) throws -> Bool {
    try presence.bind(id, at: 1)
    defer { presence.reset() }
    return try presence.step()
  }

  /// The number that the source id has.
  func number(of source: Span<UInt8>) throws -> Int64? {
    if let number = try Self.number(of: source, &known) { return number }
    return try Self.number(of: source, &assigned)
  }

  /// The number that the source id has, or gets now.
  func number(assigningTo source: Span<UInt8>) throws -> Int64 {
    if let number = try number(of: source) { return number }
    let number = try nextNumber()
    try assign(number, to: source)
    return number
  }

  func assign(_ number: Int64, to source: Span<UInt8>) throws {
    try assignment.bind(text: source, at: 1)
    try assignment.bind(number, at: 2)
    _ = try assignment.step()
    assignment.reset()
    if let next, number >= next { self.next = number + 1 }
  }

  private static func number(of source: Span<UInt8>, _ statement: inout Statement) throws -> Int64? {
    try statement.bind(text: source, at: 1)
    defer { statement.reset() }
    guard try statement.step(), case .integer(let number) = statement.cell(at: 0) else { return nil }
    return number
  }

  /// Behind all that were ever given, so that no id is another record's in a later export.
  private func nextNumber() throws -> Int64 {
    let key = table.primaryKey[0]
    let number =
      try next ?? 1
      + (connection.value(
        """
        SELECT max(
          coalesce((SELECT max(\(key)) FROM \(table.name.sql) WHERE edition_id = ?1), 0),
          coalesce((SELECT max(number) FROM source_number WHERE organisation_id = ?2 AND kind = ?3), 0),
          coalesce((SELECT number FROM last_number WHERE organisation_id = ?2 AND kind = ?3), 0),
          coalesce((SELECT max(number) FROM source WHERE kind = ?3), 0),
          coalesce((SELECT max(\(key)) FROM \(table.name.sql)_after), 0))
        """, edition, organisation, table.name.sql) ?? 0)
    next = number + 1
    return number
  }
}

// By name or address: what is meant has to be the only one.
extension RecordReferences {
  enum Found: Equatable {
    case none
    case one(Int64)
    case several
  }

  func find(_ text: String, by naming: ImportColumn.Naming) throws -> Found {
    let isName = naming == .name
    if isName, !hasNames {
      try gather("name", from: [table.name.label])
      hasNames = true
    } else if !isName, !hasAddresses {
      try gather("address", from: table.name == .contacts ? ["email", "secondary_email"] : [])
      hasAddresses = true
    }
    let ids = try connection.all(
      "SELECT DISTINCT id FROM \(table.name.sql)_\(isName ? "name" : "address") WHERE text = ? LIMIT 2",
      isName ? text.folded : text.lowercased()
    ) { try $0["id"] as Int64 }
    return ids.count == 1 ? .one(ids[0]) : ids.isEmpty ? .none : .several
  }

  private func gather(_ what: String, from columns: [String]) throws {
    let (kind, key) = (table.name.sql, table.primaryKey[0])
    try connection.execute(
      "CREATE TABLE \(kind)_\(what) (text TEXT, id INTEGER, PRIMARY KEY (text, id)) WITHOUT ROWID")
    var insertion = try connection.prepare("INSERT OR IGNORE INTO \(kind)_\(what) (text, id) VALUES (?, ?)")
    for column in columns {
      try connection.each(
        """
        SELECT \(key) AS id, \(column) AS text FROM \(kind)_after WHERE \(column) <> '' UNION ALL
        SELECT \(key), \(column) FROM \(kind) WHERE edition_id = ? AND \(column) <> ''
          AND \(key) NOT IN (SELECT \(key) FROM \(kind)_after)
          \(isComplete ? "AND \(key) IN (SELECT id FROM \(kind)_seen)" : "")
        """, edition
      ) { row in
        let text: String = try row["text"]
        try insertion.bind(what == "name" ? text.folded : text.lowercased(), at: 1)
        try insertion.bind(row["id"] as Int64, at: 2)
        _ = try insertion.step()
        insertion.reset()
      }
    }
  }
}
