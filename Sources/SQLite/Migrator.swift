import CSQLite

/// One step of the schema. Once released, it never changes.
package struct Migration: Sendable {
  /// For error texts and logs.
  package let name: String
  /// Statements without BEGIN and COMMIT.
  package let sql: String
  /// Whether a program of before goes on with the schema, reading and writing: it only adds what such a program never
  /// misses.
  let isExpansion: Bool
  /// What SQL can't say, after it and in the same transaction.
  let rest: (@Sendable (Connection) throws -> Void)?

  package init(
    name: String, isExpansion: Bool = false, sql: String,
    then rest: (@Sendable (Connection) throws -> Void)? = nil
  ) {
    self.name = name
    self.isExpansion = isExpansion
    self.sql = sql
    self.rest = rest
  }
}

/// Brings a database up to date, forward only. `PRAGMA user_version` counts the migrations that were applied,
/// and `PRAGMA application_id` says which program the file belongs to.
///
/// A schema is first expanded, and contracted in a later release, when no program is left that needs what goes. So a
/// program can go on with its successor's database, and an upgrade be taken back without one: where the last migrations
/// are expansions, the table `readable_from` says as of which version a program gets on with it.
package struct Migrator: Sendable {
  private let applicationID: Int32
  private let migrations: [Migration]
  private let fingerprint: UInt64?

  /// - Parameters:
  ///   - applicationID: any number but 0, which every new SQLite file has.
  ///   - migrations: all since the first one; only ever appended to.
  ///   - fingerprint: of a database that has all of them (`fingerprint(of:)`), so that `missing` needn't make such a one
  ///     to compare with.
  package init(applicationID: Int32, migrations: [Migration], fingerprint: UInt64? = nil) {
    self.applicationID = applicationID
    self.migrations = migrations
    self.fingerprint = fingerprint
  }

  /// The migrations that have not been applied yet: all of them to a new file.
  /// None to the database of a later program that says that this one can go on with it.
  /// - Throws: `isNewerThanBinary` or `isForeignFile` for a database that this program must not touch.
  package func pending(in connection: Connection) throws -> ArraySlice<Migration> {
    let version = try version(of: connection)
    let isNew = try connection.value("PRAGMA application_id") == 0 && version == 0 && isEmpty(connection)
    guard try isNew || isOurs(connection) else { throw SQLiteError.foreignFile }
    guard version > migrations.count else { return migrations[version...] }
    guard try readableFrom(connection) <= migrations.count else {
      throw SQLiteError.newerThanBinary(version: version, known: migrations.count)
    }
    return []
  }

  /// Whether this program has made the database.
  /// - Throws: `SQLiteError` where the file can't be read.
  package func isOurs(_ connection: Connection) throws -> Bool {
    try connection.value("PRAGMA application_id") == Int(applicationID)
  }

  /// What the migrations that the database counts as applied have made, and it lacks: names of tables, indexes,
  /// triggers and views. Of a version that this program doesn't know, tables and views alone: it may have other indexes and
  /// triggers.
  /// - Throws: `SQLiteError` where the file can't be read.
  package func missing(in connection: Connection) throws -> [String] {
    let version = try version(of: connection)
    guard version > 0 else { return [] }
    if let fingerprint, version == migrations.count, try fingerprint == Self.fingerprint(of: connection) {
      return []
    }
    let model = try Connection(path: "", mode: .memory)
    for migration in migrations.prefix(version) { try model.execute(migration.sql) }
    let there = Set(try Self.names(in: connection))
    return try Self.names(in: model, version <= migrations.count ? "" : "AND type IN ('table', 'view')")
      .filter { !there.contains($0) }
  }

  /// A number for the names of all tables, indexes, triggers and views: their FNV-1a hash, a line each.
  /// - Throws: `SQLiteError` where the file can't be read.
  package static func fingerprint(of connection: Connection) throws -> UInt64 {
    try names(in: connection).flatMap { Array($0.utf8) + [0x0A] }
      .reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// The version of the oldest program that can go on with the database.
  /// - Throws: `SQLiteError` where the file can't be read.
  package func readableFrom(_ connection: Connection) throws -> Int {
    guard try connection.exists("SELECT 1 FROM sqlite_schema WHERE name = 'readable_from'") else {
      return try version(of: connection)
    }
    return try connection.value("SELECT version FROM readable_from") ?? version(of: connection)
  }

  /// How many migrations were applied.
  /// - Throws: `SQLiteError` where the file can't be read.
  package func version(of connection: Connection) throws -> Int {
    try connection.value("PRAGMA user_version") ?? 0
  }

  private func isEmpty(_ connection: Connection) throws -> Bool {
    try !connection.exists("SELECT 1 FROM sqlite_schema")
  }

  private static func names(in connection: Connection, _ types: String = "") throws -> [String] {
    try connection.all(
      "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \(types) ORDER BY name"
    ) { row in
      try row["name"]
    }
  }

  /// Applies what is pending, each migration in a transaction of its own.
  /// - Returns: the names of those applied.
  /// - Throws: `SQLiteError` where one fails; those before it stay.
  @discardableResult
  package func migrate(_ connection: Connection) throws -> [String] {
    var applied: [String] = []
    // To alter a table is to build a new one, and dropping the old one must not cascade; the check comes
    // after. This setting has no effect inside a transaction.
    try connection.execute("PRAGMA foreign_keys = OFF")
    do {
      while let name = try applyNext(connection) { applied.append(name) }
    } catch {
      try connection.execute("PRAGMA foreign_keys = ON")
      throw error
    }
    try connection.execute("PRAGMA foreign_keys = ON")
    return applied
  }

  /// - Returns: nil where nothing is pending.
  private func applyNext(_ connection: Connection) throws -> String? {
    // Looked up inside the transaction: another process may be migrating too.
    try connection.transaction(.immediate) {
      let pending = try pending(in: connection)
      guard let migration = pending.first else { return nil }
      try connection.execute(migration.sql)
      try migration.rest?(connection)
      let dangling = try connection.foreignKeyCheck()
      guard dangling.isEmpty else {
        throw SQLiteError(
          code: CSQLITE_CONSTRAINT_FOREIGNKEY,
          message: "migration \(migration.name) leaves foreign keys without their rows in \(dangling)")
      }
      let version = pending.startIndex + 1
      try connection.execute("PRAGMA user_version = \(version); PRAGMA application_id = \(applicationID)")
      try noteReadableFrom(connection, version)
      return migration.name
    }
  }

  /// Says it where it is another than the version itself, which programs take without it.
  private func noteReadableFrom(_ connection: Connection, _ version: Int) throws {
    let oldest = (migrations[..<version].lastIndex { !$0.isExpansion } ?? -1) + 1
    if try oldest == readableFrom(connection) { return }
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS readable_from (version INTEGER NOT NULL) STRICT;
      DELETE FROM readable_from;
      INSERT INTO readable_from VALUES (\(oldest));
      """)
  }
}

extension Connection {
  /// - Returns: the tables with rows whose foreign key leads nowhere; empty for a sound database.
  /// - Throws: `SQLiteError` where the file can't be read.
  package func foreignKeyCheck() throws -> [String] {
    try all("SELECT DISTINCT \"table\" AS name FROM pragma_foreign_key_check ORDER BY name") { row in
      try row["name"]
    }
  }
}

extension SQLiteError {
  /// A later version of the program has written this database.
  package var isNewerThanBinary: Bool { code == Self.newerThanBinaryCode }
  /// The file is a SQLite database of some other program.
  package var isForeignFile: Bool { code == Self.foreignFileCode }

  private static let newerThanBinaryCode: Int32 = -1
  private static let foreignFileCode: Int32 = -2

  static func newerThanBinary(version: Int, known: Int) -> SQLiteError {
    SQLiteError(
      code: newerThanBinaryCode,
      message:
        "the database is of version \(version), newer than this program, which knows versions up to \(known); "
        + "use the program that it was last used with")
  }

  static let foreignFile = SQLiteError(
    code: foreignFileCode, message: "the database belongs to another program")
}
