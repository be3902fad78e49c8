import CSQLite
import Glibc
import Testing

@testable import SQLite

struct ErrorTests {
  private let scratch: Scratch
  private let connection: Connection

  init() throws {
    scratch = try Scratch()
    connection = try scratch.writer()
    try connection.execute(
      """
      CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, age INTEGER CHECK (age > 0)) STRICT;
      CREATE TABLE notes (id TEXT PRIMARY KEY, user INTEGER REFERENCES users) STRICT, WITHOUT ROWID;
      INSERT INTO users VALUES (1, 'a@b.c', 3);
      INSERT INTO notes VALUES ('n', 1);
      """)
  }

  private func error(_ sql: String, _ value: (any Bindable)?) throws -> SQLiteError {
    try #require(throws: SQLiteError.self) { try connection.run(sql, value) }
  }

  @Test("Broken constraints are told apart")
  func constraints() throws {
    let unique = try error("INSERT INTO users (email) VALUES (?)", "a@b.c")
    #expect(unique.isConstraint && unique.isUniqueViolation && !unique.isCheckViolation)
    #expect(unique.code == SQLITE_CONSTRAINT && unique.extendedCode == CSQLITE_CONSTRAINT_UNIQUE)
    #expect(unique.message == "UNIQUE constraint failed: users.email")
    #expect(try error("INSERT INTO users (id) VALUES (?)", 1).isUniqueViolation)
    #expect(try error("INSERT INTO notes (id) VALUES (?)", "n").isUniqueViolation)
    let check = try error("UPDATE users SET age = ?", -1)
    #expect(check.isConstraint && check.isCheckViolation && !check.isUniqueViolation)
    let foreign = try error("INSERT INTO notes VALUES ('m', ?)", 9)
    #expect(foreign.isConstraint && foreign.isForeignKeyViolation && !foreign.isUniqueViolation)
    let strict = try error("UPDATE users SET age = ?", "old")
    #expect(strict.isConstraint && !strict.isUniqueViolation && !strict.isBusy)
  }

  @Test("The text has the SQL and SQLite's words, and no value")
  func text() throws {
    let sql = "INSERT INTO users (email, age) VALUES (?, 'x' || ?)"
    let secret = "s3cret"
    let error = try #require(throws: SQLiteError.self) { try connection.run(sql, secret, secret) }
    #expect(error.sql == sql)
    #expect("\(error)".contains(sql) && "\(error)".contains(error.message))
    for sql in [
      sql, "UPDATE users SET email = ? RETURNING no_such", "INSERT INTO users (id) VALUES (?)",
      "SELECT json(?)", "SELECT ?; SELECT 1",
    ] {
      let error = #expect(throws: SQLiteError.self) { try connection.run(sql, secret) }
      #expect(error.map { String(reflecting: $0).contains(secret) } == false)
    }
  }

  @Test("An error leaves the statement ready for the next values")
  func statementStaysUsable() throws {
    let sql = "INSERT INTO users (email) VALUES (?)"
    _ = try error(sql, "a@b.c")
    #expect(try connection.run(sql, "d@e.f") == 1)
  }

  @Test("An error in a script names the statement that failed")
  func script() throws {
    let error = #expect(throws: SQLiteError.self) {
      try connection.execute(
        "CREATE TABLE one (id); INSERT INTO users (id) VALUES (1); CREATE TABLE two (id)")
    }
    #expect(error?.sql == " INSERT INTO users (id) VALUES (1);")
    #expect(try connection.all("SELECT name FROM sqlite_schema WHERE name = 'one'") { _ in }.count == 1)
    #expect(try !connection.exists("SELECT 1 FROM sqlite_schema WHERE name = 'two'"))
  }

  @Test("The error names the path of a file that can't be opened")
  func path() throws {
    let error = #expect(throws: SQLiteError.self) {
      try Connection(path: scratch.folder + "/none/x.db", mode: .writer)
    }
    #expect(error?.message == "\(scratch.folder)/none/x.db: unable to open database file")
    #expect(throws: SQLiteError.self) { try Connection(path: scratch.folder + "/copy.db", mode: .reader) }
    #expect(scratch.size(of: "copy.db") == nil)
  }

  @Test("A file that is not a database is recognised")
  func notADatabase() throws {
    let file = try unsafe #require(unsafe fopen(scratch.folder + "/copy.db", "w"))
    unsafe fputs(String(repeating: "no database. ", count: 100), file)
    unsafe fclose(file)
    let error = #expect(throws: SQLiteError.self) {
      try Connection(path: scratch.folder + "/copy.db", mode: .writer)
    }
    #expect(error?.isCorrupt == true)
  }

  @Test("A full database is recognised")
  func full() throws {
    let pages: Int = try connection.value("PRAGMA page_count") ?? 0
    try connection.execute("PRAGMA max_page_count = \(pages)")
    let error = try error("INSERT INTO users (email) VALUES (?)", String(repeating: "x", count: 100_000))
    #expect(error.isFull)
  }
}
