import SQLite

// The difference between an organisation's records and files that were brought, as a SQLite file of its own.
//
// For each table of records there are the rows that differ, as they were before (`deal_before`) and as they are after
// (`deal_after`). A row that is added stands in the second one alone, one that goes in the first one alone, one that
// changes in both. So the same file says how to go on and, turned round, how to go back. Links are compared deal by
// deal: all of them of a deal that differs (`changed_deal`) are in `deal_contact_before` and `deal_contact_after`.
//
// Beside them: the records that were found in the files and are there already (`deal_seen`), users that will be made
// (`person`), those that were there (`known_user`), numbers for source ids that had none (`source`), and documents that
// are added (`document_added`), which are no records: what they hold is stored before.

/// The tables of the file.
enum Difference {
  /// The tables whose rows are compared one by one; what a record names comes before it.
  static let tables: [Table] = [.contacts, .deals, .notes, .tasks]

  enum Side: String {
    case before
    case after

    /// What the other one is when the difference is applied back.
    func turned(_ isBack: Bool) -> Side {
      guard isBack else { return self }
      return self == .before ? .after : .before
    }
  }

  static func create(in connection: Connection) throws {
    try connection.execute(
      """
      CREATE TABLE about (
        organisation_id INTEGER NOT NULL, edition_id INTEGER NOT NULL, version INTEGER NOT NULL,
        changes INTEGER NOT NULL, report TEXT NOT NULL);
      CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, email TEXT, role TEXT NOT NULL, active INTEGER NOT NULL);
      CREATE TABLE known_user (id INTEGER PRIMARY KEY, email TEXT, role TEXT NOT NULL);
      CREATE TABLE source (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, source_id TEXT NOT NULL,
        number INTEGER NOT NULL, UNIQUE (kind, source_id));
      CREATE TABLE changed_deal (deal_id INTEGER PRIMARY KEY);
      CREATE TABLE document_added (
        number INTEGER PRIMARY KEY, id INTEGER, deal_id INTEGER NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL,
        sha256 BLOB NOT NULL, added_at INTEGER, file TEXT, UNIQUE (deal_id, name, sha256));
      """)
    for table in tables {
      try connection.execute("CREATE TABLE \(table.name.sql)_seen (id INTEGER PRIMARY KEY)")
      for side in [Side.before, .after] { try connection.execute(definition(of: table, side)) }
    }
    for side in [Side.before, .after] {
      try connection.execute(
        """
        CREATE TABLE deal_contact_\(side) (
          deal_id INTEGER NOT NULL, position INTEGER NOT NULL CHECK (position > 0), contact_id INTEGER NOT NULL,
          role TEXT, PRIMARY KEY (deal_id, position)) WITHOUT ROWID;
        """)
    }
    try connection.execute(
      """
      CREATE UNIQUE INDEX link_contact ON deal_contact_after (deal_id, contact_id);
      CREATE UNIQUE INDEX link_primary ON deal_contact_after (deal_id) WHERE role = 'primary';
      """)
  }

  /// Writes down who will be made, and who was there.
  static func write(_ people: ImportPeople, in connection: Connection) throws {
    for (id, person, role) in people.planned {
      try connection.run(
        "INSERT INTO person (id, name, email, role, active) VALUES (?, ?, ?, ?, ?)", id, person.name,
        person.email,
        role.rawValue, person.isActive)
    }
    for user in people.users {
      try connection.run(
        "INSERT INTO known_user (id, email, role) VALUES (?, ?, ?)", user.id, user.email, user.role.rawValue)
    }
  }

  private static func definition(of table: Table, _ side: Side) -> String {
    let key = table.primaryKey[0]
    let columns = table.storedColumns.map { $0.name == key ? "\(key) INTEGER PRIMARY KEY" : $0.name }
    return "CREATE TABLE \(table.name.sql)_\(side) (\((columns + extras(of: table)).joined(separator: ", ")))"
  }

  /// What is kept beside the columns of the records: what a search of them looks into.
  static func extras(of table: Table) -> [String] { table.name.search == nil ? [] : ["folded"] }
}

/// What a difference file says of itself.
struct DifferenceFacts {
  let organisation: OrganisationID
  /// The records that were compared.
  let edition: EditionID
  let version: Int
  /// Rows that will be written, about.
  let changes: Int

  init(row: Row) throws {
    organisation = try row["organisation_id"]
    edition = try row["edition_id"]
    version = try row["version"]
    changes = try row["changes"]
  }
}
