import SQLite

/// The one row that says where the database lies and which server uses it.
struct InstallationTable {
  let connection: Connection

  struct Installation: Sendable, Equatable {
    /// Random, of the last start of a server on it.
    let started: String?
    /// The inode of the database's file. A copy has another one.
    let database: UInt64?
    /// The inode of the folder of the archives.
    let exports: UInt64?
  }

  func find() throws -> Installation {
    try connection.first("SELECT started, database_inode, exports_inode FROM installation") { row in
      let database: Int64? = try row["database_inode"]
      let exports: Int64? = try row["exports_inode"]
      return Installation(
        started: try row["started"], database: database.map { UInt64(bitPattern: $0) },
        exports: exports.map { UInt64(bitPattern: $0) })
    } ?? Installation(started: nil, database: nil, exports: nil)
  }

  /// Writes the version of the schema once more, to see whether anything can be written. An UPDATE that changes
  /// nothing would write nothing.
  func rewrite() throws {
    let version: Int = try connection.value("PRAGMA user_version") ?? 0
    try connection.execute("PRAGMA user_version = \(version)")
  }

  /// Which cell this is, as text; nil where it is none.
  func cell() throws -> String? { try connection.value("SELECT cell FROM installation") }

  func become(cell: String) throws { try connection.run("UPDATE installation SET cell = ?", cell) }

  /// A server starts on it.
  func start(_ token: String, database inode: UInt64) throws {
    try connection.run(
      "UPDATE installation SET started = ?, database_inode = ?", token, Int64(bitPattern: inode))
  }

  func noteExports(_ inode: UInt64) throws {
    try connection.run("UPDATE installation SET exports_inode = ?", Int64(bitPattern: inode))
  }
}

extension Connection {
  var installation: InstallationTable { InstallationTable(connection: self) }
}
