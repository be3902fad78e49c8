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

  @Test("Where the disk fills in a migration, those before it stay, and with more room the next try goes on")
  func fullDisk() throws {
    let large = Migration(
      name: "large", sql: "CREATE TABLE large (bytes); INSERT INTO large VALUES (zeroblob(1000000))")
    let all = migrator(Self.first, large, Self.second)
    let pages: Int = try connection.value("PRAGMA max_page_count = 20") ?? 0
    #expect(pages == 20)
    let error = #expect(throws: SQLiteError.self) { try all.migrate(connection) }
    #expect(error?.isFull == true)
    #expect(try version == 1 && connection.exists("SELECT 1 FROM users"))
    #expect(try !connection.exists("SELECT 1 FROM sqlite_schema WHERE name = 'large'"))
    let more: Int = try connection.value("PRAGMA max_page_count = 10000") ?? 0
    #expect(more == 10000)
    #expect(try all.migrate(connection) == ["large", "notes"])
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

  @Test("A program goes on with its successor's database where that was only expanded since")
  func expanded() throws {
    let more = Migration(name: "more", isExpansion: true, sql: "ALTER TABLE users ADD COLUMN nickname TEXT")
    let index = Migration(
      name: "index", isExpansion: true, sql: "CREATE INDEX users_nickname ON users (nickname)")
    let gone = Migration(name: "gone", sql: "ALTER TABLE users DROP COLUMN name")
    let named = Migration(name: "named", sql: "ALTER TABLE users ADD COLUMN name TEXT")
    try migrator(Self.first, named).migrate(connection)
    #expect(try !connection.exists("SELECT 1 FROM sqlite_schema WHERE name = 'readable_from'"))
    #expect(try migrator(Self.first, named, more, index).migrate(connection) == ["more", "index"])
    let before = migrator(Self.first, named)
    #expect(try before.readableFrom(connection) == 2)
    #expect(try version == 4)
    #expect(try before.pending(in: connection).isEmpty)
    #expect(try before.migrate(connection) == [])
    #expect(try before.missing(in: connection) == [])
    #expect(try migrator(Self.first, named, more).migrate(connection) == [])
    let error = #expect(throws: SQLiteError.self) { try migrator(Self.first).pending(in: connection) }
    #expect(error?.isNewerThanBinary == true)
    // Contracted, in a later release.
    #expect(try migrator(Self.first, named, more, index, gone).migrate(connection) == ["gone"])
    #expect(throws: SQLiteError.self) { try migrator(Self.first, named, more, index).pending(in: connection) }
    #expect(try before.readableFrom(connection) == 5)
  }

  @Test("What its successor's database lacks is seen, and not taken for an expansion")
  func expandedAndDamaged() throws {
    let more = Migration(name: "more", isExpansion: true, sql: "DROP INDEX users_id; CREATE TABLE more (id) ")
    let indexed = Migration(name: "indexed", sql: "CREATE INDEX users_id ON users (id)")
    try migrator(Self.first, indexed, more).migrate(connection)
    let before = migrator(Self.first, indexed)
    #expect(try before.missing(in: connection) == [])
    try connection.execute("DROP TABLE users")
    #expect(try before.missing(in: connection) == ["users"])
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
