import SQLite

/// What the directory says of: in which cell it is.
enum DirectoryEntry: Hashable {
  /// An e-mail address that somebody signs in with, by its HMAC.
  case address(mark: [UInt8])
  case organisation(OrganisationID)
}

extension DirectoryEntry {
  /// Where it stands.
  fileprivate var row: (table: String, key: String, value: any Bindable) {
    switch self {
    case .address(let mark): ("address", "mark", mark)
    case .organisation(let id): ("organisation", "id", id)
    }
  }
}

/// The tables of `directory.sqlite`, which the cells of a machine share.
struct DirectoryTable {
  let connection: Connection

  static let migrator = Migrator(
    applicationID: 0x4861_4469,
    migrations: [
      Migration(
        name: "directory",
        sql: """
          -- The key of the addresses' HMACs: one row.
          CREATE TABLE secret (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            key BLOB NOT NULL CHECK (length(key) = 32)
          ) STRICT;

          CREATE TABLE cell (
            name TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
            number INTEGER NOT NULL UNIQUE CHECK (number >= 0)
          ) WITHOUT ROWID, STRICT;

          -- An e-mail address that somebody signs in with, as its HMAC. In all cells together it leads to one person.
          CREATE TABLE address (
            mark BLOB NOT NULL PRIMARY KEY CHECK (length(mark) = 32),
            cell TEXT NOT NULL REFERENCES cell
          ) WITHOUT ROWID, STRICT;
          CREATE INDEX address_cell ON address (cell);

          -- Where an organisation is. Its id is one in all cells, and stays taken when it is gone.
          CREATE TABLE organisation (
            id INTEGER PRIMARY KEY,
            cell TEXT NOT NULL REFERENCES cell
          ) STRICT;
          CREATE INDEX organisation_cell ON organisation (cell);
          """),
      Migration(
        name: "hosts",
        sql: """
          -- Where the other hosts ask for it; NULL where all cells are on this one.
          ALTER TABLE cell ADD COLUMN host TEXT CHECK (host <> '');

          -- How far this copy of what etcd says goes: one row, where it is one.
          CREATE TABLE followed (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            cluster TEXT NOT NULL,
            revision INTEGER NOT NULL
          ) STRICT;
          """),
    ])

  /// Makes the key where there is none.
  func keep(key: [UInt8]) throws {
    try connection.run("INSERT OR IGNORE INTO secret (only, key) VALUES (1, ?)", key)
  }

  func key() throws -> [UInt8]? { try connection.value("SELECT key FROM secret") }

  /// A cell, and where it is asked for; nil where all are on one host.
  typealias Place = (cell: CellID, host: String?)

  /// By their names.
  func places() throws -> [Place] {
    try connection.all("SELECT name, number, host FROM cell ORDER BY name", read: Self.place).compactMap(
      \.self)
  }

  /// Nil where there is none of the name.
  func place(of name: String) throws -> Place? {
    try connection.first("SELECT name, number, host FROM cell WHERE name = ?", name, read: Self.place) ?? nil
  }

  private static func place(_ row: Row) throws -> Place? {
    let host: String? = try row["host"]
    return CellID(name: try row["name"], number: try row["number"]).map { ($0, host) }
  }

  func cells() throws -> [CellID] { try places().map(\.cell) }

  /// All that have cells.
  func hosts() throws -> [String] {
    try connection.all("SELECT DISTINCT host FROM cell WHERE host IS NOT NULL ORDER BY host") {
      try $0["host"]
    }
  }

  func put(_ cell: CellID, on host: String? = nil) throws {
    try connection.run(
      """
      INSERT INTO cell (name, number, host) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO UPDATE SET number = ?2, host = ?3
      """, cell.name, cell.number, host)
  }

  /// A cell whose folder is gone, with all that it had.
  func remove(_ cell: CellID) throws {
    try connection.run("DELETE FROM address WHERE cell = ?", cell.name)
    try connection.run("DELETE FROM organisation WHERE cell = ?", cell.name)
    try connection.run("DELETE FROM cell WHERE name = ?", cell.name)
  }

  func cell(of entry: DirectoryEntry) throws -> String? {
    let row = entry.row
    return try connection.value("SELECT cell FROM \(row.table) WHERE \(row.key) = ?", row.value)
  }

  /// Takes the entry for the cell, unless another one has it.
  ///
  /// - Returns: which has it now.
  func take(_ entry: DirectoryEntry, for cell: String) throws -> String? {
    let row = entry.row
    try connection.run(
      "INSERT OR IGNORE INTO \(row.table) (\(row.key), cell) VALUES (?, ?)", row.value, cell)
    return try self.cell(of: entry)
  }

  /// Says that it is in another cell now.
  func turn(_ entry: DirectoryEntry, to cell: String) throws {
    let row = entry.row
    try connection.run(
      "INSERT INTO \(row.table) (\(row.key), cell) VALUES (?1, ?2) ON CONFLICT (\(row.key)) DO UPDATE SET cell = ?2",
      row.value, cell)
  }

  /// - Parameter cell: lets go only of what this one has; nil: whoever has it.
  func release(_ entry: DirectoryEntry, of cell: String? = nil) throws {
    let row = entry.row
    try connection.run(
      "DELETE FROM \(row.table) WHERE \(row.key) = ?1 AND (?2 IS NULL OR cell = ?2)", row.value, cell)
  }

  func marks(of cell: CellID) throws -> [[UInt8]] {
    try connection.all("SELECT mark FROM address WHERE cell = ?", cell.name) { try $0["mark"] }
  }

  /// How many organisations and addresses each cell has, by its name.
  func counts() throws -> [String: (organisations: Int, addresses: Int)] {
    let rows = try connection.all(
      """
      SELECT name, (SELECT count(*) FROM organisation WHERE cell = name) AS organisations,
        (SELECT count(*) FROM address WHERE cell = name) AS addresses
      FROM cell
      """
    ) { row in (try row["name"] as String, (try row["organisations"] as Int, try row["addresses"] as Int)) }
    return Dictionary(rows) { $1 }
  }

  /// How far this copy goes; nil where it is none.
  func followed() throws -> Etcd.Moment? {
    try connection.first("SELECT cluster, revision FROM followed") { row in
      Etcd.Moment(cluster: try row["cluster"], revision: try row["revision"])
    }
  }

  func follow(to moment: Etcd.Moment) throws {
    try connection.run(
      "INSERT OR REPLACE INTO followed (only, cluster, revision) VALUES (1, ?, ?)", moment.cluster,
      moment.revision)
  }

  /// Forgets all, to begin anew.
  func clear() throws {
    for table in ["secret", "address", "organisation", "cell", "followed"] {
      try connection.run("DELETE FROM \(table)")
    }
  }
}

extension Connection {
  var directory: DirectoryTable { DirectoryTable(connection: self) }
}
