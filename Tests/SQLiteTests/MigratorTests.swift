import Testing

@testable import SQLite

struct MigratorTests {
  private static let first = Migration(
    name: "users", sql: "CREATE TABLE users (id INTEGER PRIMARY KEY) STRICT; INSERT INTO users VALUES (1)")
  private static let second = Migration(
    name: "notes",
    sql: """
      CREATE TABLE notes (id INTEGER PRIMARY KEY, user INTEGER REFERENCES users ON DELETE CASCADE) STRICT;
      INSERT INTO notes VALUES (1, 1);
      """)
  private let scratch: Scratch
  private let connection: Connection

  init() throws {
    scratch = try Scratch()
    connection = try scratch.writer()
  }

  private func migrator(_ migrations: Migration...) -> Migrator {
    Migrator(applicationID: 0x4841_4e44, migrations: migrations)
  }

  private var version: Int? { get throws { try connection.value("PRAGMA user_version") } }

  @Test("Migrations are applied once, in their order")
  func order() throws {
    #expect(try migrator(Self.first).migrate(connection) == ["users"])
    #expect(try version == 1)
    #expect(try connection.value("PRAGMA application_id") == 0x4841_4e44)
    let both = migrator(Self.first, Self.second)
    #expect(try both.pending(in: connection).map(\.name) == ["notes"])
    #expect(try both.migrate(connection) == ["notes"])
    #expect(try both.migrate(connection) == [])
    #expect(try both.pending(in: scratch.reader()).isEmpty)
    #expect(try version == 2)
    #expect(try connection.value("PRAGMA foreign_keys") == 1)
  }

  @Test("A migration that fails rolls back, those before it stay")
  func failure() throws {
    let broken = Migration(name: "broken", sql: "CREATE TABLE half (id); INSERT INTO users VALUES (1)")
    let error = #expect(throws: SQLiteError.self) {
      try migrator(Self.first, broken, Self.second).migrate(connection)
    }
    #expect(error?.isUniqueViolation == true)
    #expect(try version == 1)
    #expect(try connection.all("SELECT name FROM sqlite_schema") { try $0["name"] as String } == ["users"])
    #expect(try connection.value("PRAGMA foreign_keys") == 1)
    #expect(!connection.isInTransaction)
  }

  @Test("What SQL can't say runs after it, in the same transaction")
  func rest() throws {
    let named = Migration(name: "named", sql: "ALTER TABLE users ADD COLUMN name TEXT") { connection in
      #expect(connection.isInTransaction)
      try connection.run("UPDATE users SET name = ?", "Zoë".uppercased())
    }
    try migrator(Self.first, named).migrate(connection)
    #expect(try connection.value("SELECT name FROM users") == "ZOË")
    struct Broken: Error {}
    let broken = Migration(name: "broken", sql: "DELETE FROM users") { _ in throw Broken() }
    #expect(throws: Broken.self) { try migrator(Self.first, named, broken).migrate(connection) }
    #expect(try version == 2)
    #expect(try connection.exists("SELECT 1 FROM users"))
  }

  @Test("A migration must leave the foreign keys sound")
  func foreignKeys() throws {
    let dangling = Migration(name: "dangling", sql: "DELETE FROM users")
    let error = #expect(throws: SQLiteError.self) {
      try migrator(Self.first, Self.second, dangling).migrate(connection)
    }
    #expect(error?.isForeignKeyViolation == true)
    #expect(error?.message.contains("dangling") == true && error?.message.contains("notes") == true)
    #expect(try version == 2)
    #expect(try connection.exists("SELECT 1 FROM users"))
  }

  @Test("Rebuilding a table does not cascade")
  func rebuiltTable() throws {
    let rebuilt = Migration(
      name: "rebuilt",
      sql: """
        CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT) STRICT;
        INSERT INTO new SELECT id, 'x' FROM users;
        DROP TABLE users;
        ALTER TABLE new RENAME TO users;
        """)
    try migrator(Self.first, Self.second, rebuilt).migrate(connection)
    #expect(try connection.value("SELECT count(*) FROM notes JOIN users ON users.id = user") == 1)
  }

  @Test("A database newer than the program is refused unchanged")
  func newerDatabase() throws {
    try migrator(Self.first, Self.second).migrate(connection)
    let error = #expect(throws: SQLiteError.self) { try migrator(Self.first).migrate(connection) }
    #expect(error?.isNewerThanBinary == true)
    #expect(
      error?.message
        == "the database is of version 2, newer than this program, which knows versions up to 1; "
        + "use the program that it was last used with")
    #expect(try version == 2)
  }

  @Test(
    "Another program's file is refused unchanged",
    arguments: [
      "CREATE TABLE theirs (id)", "PRAGMA application_id = 7", "PRAGMA user_version = 1",
    ])
  func otherProgram(sql: String) throws {
    try connection.execute(sql)
    let error = #expect(throws: SQLiteError.self) { try migrator(Self.first).migrate(connection) }
    #expect(error?.isForeignFile == true)
    #expect(try !connection.exists("SELECT 1 FROM sqlite_schema WHERE name = 'users'"))
  }

  @Test("Programs that migrate at the same time apply each migration once")
  func concurrent() throws {
    let all = migrator(Self.first, Self.second)
    let errors = try inThreads(8) { [scratch] _ in _ = try all.migrate(scratch.writer()) }
    #expect(errors.isEmpty, "\(errors)")
    #expect(try version == 2)
    #expect(try connection.value("SELECT count(*) FROM notes") == 1)
  }
}
