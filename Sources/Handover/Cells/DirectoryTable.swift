import SQLite

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
          """)
    ])

  /// Makes the key where there is none.
  func keep(key: [UInt8]) throws {
    try connection.run("INSERT OR IGNORE INTO secret (only, key) VALUES (1, ?)", key)
  }

  func key() throws -> [UInt8]? { try connection.value("SELECT key FROM secret") }

  /// By their names.
  func cells() throws -> [CellID] {
    try connection.all("SELECT name, number FROM cell ORDER BY name") { row in
      CellID(name: try row["name"], number: try row["number"])
    }.compactMap(\.self)
  }

  func add(_ cell: CellID) throws {
    try connection.run("INSERT INTO cell (name, number) VALUES (?, ?)", cell.name, cell.number)
  }

  /// A cell whose folder is gone, with all that it had.
  func remove(_ cell: CellID) throws {
    try connection.run("DELETE FROM address WHERE cell = ?", cell.name)
    try connection.run("DELETE FROM organisation WHERE cell = ?", cell.name)
    try connection.run("DELETE FROM cell WHERE name = ?", cell.name)
  }

  func cell(of mark: [UInt8]) throws -> String? {
    try connection.value("SELECT cell FROM address WHERE mark = ?", mark)
  }

  func cell(of organisation: OrganisationID) throws -> String? {
    try connection.value("SELECT cell FROM organisation WHERE id = ?", organisation)
  }

  /// Takes the address for the cell, unless another one has it.
  ///
  /// - Returns: which has it now.
  func take(_ mark: [UInt8], for cell: CellID) throws -> String? {
    try connection.run("INSERT OR IGNORE INTO address (mark, cell) VALUES (?, ?)", mark, cell.name)
    return try self.cell(of: mark)
  }

  /// The same for an organisation.
  func take(_ organisation: OrganisationID, for cell: CellID) throws -> String? {
    try connection.run("INSERT OR IGNORE INTO organisation (id, cell) VALUES (?, ?)", organisation, cell.name)
    return try self.cell(of: organisation)
  }

  /// Says that the organisation is in another cell now.
  func turn(_ organisation: OrganisationID, to cell: String) throws {
    try connection.run("UPDATE organisation SET cell = ? WHERE id = ?", cell, organisation)
  }

  /// The same for an address.
  func turn(_ mark: [UInt8], to cell: String) throws {
    try connection.run(
      "INSERT INTO address (mark, cell) VALUES (?1, ?2) ON CONFLICT (mark) DO UPDATE SET cell = ?2", mark,
      cell)
  }

  func marks(of cell: CellID) throws -> [[UInt8]] {
    try connection.all("SELECT mark FROM address WHERE cell = ?", cell.name) { try $0["mark"] }
  }

  func release(_ mark: [UInt8], of cell: CellID) throws {
    try connection.run("DELETE FROM address WHERE mark = ? AND cell = ?", mark, cell.name)
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
}

extension Connection {
  var directory: DirectoryTable { DirectoryTable(connection: self) }
}
