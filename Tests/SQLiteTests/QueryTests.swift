import Testing

@testable import SQLite

struct QueryTests {
  private let scratch: Scratch
  private let connection: Connection

  init() throws {
    scratch = try Scratch()
    connection = try scratch.writer()
    try connection.execute(
      """
      CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER, CHECK (age > 0)) STRICT;
      INSERT INTO users VALUES (1, 'Ada', 36), (2, 'Grace', NULL), (3, 'Edsger', 72);
      """)
  }

  @Test("Rows are read by the names of their columns")
  func columnNames() throws {
    let ages = try connection.all("SELECT id, name, age AS years FROM users ORDER BY id") { row in
      "\(try row["id"] as Int) \(try row["name"] as String) \((try row["years"] as Int?).map(String.init) ?? "-")"
    }
    #expect(ages == ["1 Ada 36", "2 Grace -", "3 Edsger 72"])
  }

  @Test("Columns may be read in any order and more than once")
  func columnOrder() throws {
    let read = try connection.first("SELECT id, name, age FROM users WHERE id = ?", 1) { row in
      (try row["age"] as Int, try row["id"] as Int, try row["id"] as Int, try row["name"] as String)
    }
    let (age, first, second, name) = try #require(read)
    #expect((age, first, second, name) == (36, 1, 1, "Ada"))
  }

  @Test("A missing row is nil")
  func missingRow() throws {
    #expect(
      try connection.first("SELECT name FROM users WHERE id = ?", 9) { try $0["name"] as String } == nil)
    #expect(try connection.all("SELECT name FROM users WHERE id = ?", 9) { try $0["name"] as String } == [])
    #expect(try connection.exists("SELECT 1 FROM users WHERE id = ?", 9) == false)
    #expect(try connection.exists("SELECT NULL FROM users WHERE id = ?", 1))
  }

  @Test("A single value is nil without a row and for NULL")
  func singleValue() throws {
    #expect(try connection.value("SELECT count(*) FROM users") == 3)
    #expect(try connection.value("SELECT name FROM users WHERE id = ?", 9) as String? == nil)
    #expect(try connection.value("SELECT age FROM users WHERE id = ?", 2) as Int? == nil)
    #expect(throws: SQLiteError.self) { try connection.value("SELECT name FROM users") as Int? }
  }

  @Test("Running a statement tells how many rows it changed")
  func changes() throws {
    #expect(try connection.run("UPDATE users SET age = ? WHERE id < ?", 40, 3) == 2)
    #expect(connection.changes == 2)
    #expect(try connection.run("UPDATE users SET age = ? WHERE id = ?", 40, 9) == 0)
    #expect(try connection.run("INSERT INTO users (name) VALUES (?)", "Barbara") == 1)
    #expect(connection.lastInsertedRowID == 4)
    #expect(try connection.run("CREATE TABLE empty (id INTEGER)") == 0)
    #expect(try connection.run("SELECT * FROM users") == 0)
  }

  @Test("A row that RETURNING gives is committed")
  func returning() throws {
    let id = try connection.first("INSERT INTO users (name) VALUES (?), (?) RETURNING id", "A", "B") {
      try $0["id"] as Int
    }
    #expect(id == 4)
    #expect(try scratch.reader().value("SELECT count(*) FROM users") == 5)
  }

  @Test("An error of the commit surfaces though a row was returned")
  func commitError() throws {
    try connection.execute(
      """
      CREATE TABLE notes (id INTEGER PRIMARY KEY, user INTEGER
        REFERENCES users DEFERRABLE INITIALLY DEFERRED) STRICT
      """)
    let error = #expect(throws: SQLiteError.self) {
      try connection.first("INSERT INTO notes (user) VALUES (?) RETURNING id", 99) { try $0["id"] as Int }
    }
    #expect(error?.isForeignKeyViolation == true)
    #expect(try connection.exists("SELECT 1 FROM notes") == false)
  }

  @Test("A missing column is an error that names the columns there are", arguments: ["missing", "", "NAME "])
  func missingColumn(name: String) throws {
    let error = #expect(throws: SQLiteError.self) {
      try connection.first("SELECT id, name FROM users") { try $0[name] as String }
    }
    #expect(error?.message == "no single column is called \(name), but: id, name")
  }

  @Test("A name that two columns have is an error, the others can be read")
  func ambiguousColumn() throws {
    let sql = "SELECT a.id, a.name, b.id FROM users a JOIN users b ON b.id = a.id WHERE a.id = 2"
    #expect(throws: SQLiteError.self) { try connection.first(sql) { try $0["id"] as Int } }
    #expect(try connection.first(sql) { try $0["name"] as String } == "Grace")
  }

  @Test("NULL and wrong types are errors that name the column, not the value")
  func wrongTypes() throws {
    func message<T: ColumnValue>(_ column: String, _ type: T.Type) -> String? {
      #expect(throws: SQLiteError.self) {
        try connection.first("SELECT * FROM users WHERE id = 2") { try $0[column] as T }
      }?.message
    }
    #expect(message("age", Int.self) == "column age is NULL, not a Int")
    #expect(message("name", Int.self) == "column name is a text, not a Int")
    #expect(message("name", Double?.self) == "column name is a text, not a Optional<Double>")
    #expect(message("id", Bool.self) == "column id is an integer, not a Bool")
    #expect(message("id", String.self) == "column id is an integer, not a String")
  }

  @Test("As many values as parameters, or nothing runs")
  func parameterCount() throws {
    #expect(throws: SQLiteError.self) { try connection.run("DELETE FROM users WHERE id = ?") }
    #expect(throws: SQLiteError.self) { try connection.run("DELETE FROM users WHERE id = ?", 1, 2) }
    #expect(throws: SQLiteError.self) { try connection.run("DELETE FROM users", 1) }
    #expect(try connection.value("SELECT count(*) FROM users") == 3)
  }

  @Test("A second statement behind the first is refused, a comment is not")
  func secondStatement() throws {
    #expect(throws: SQLiteError.self) { try connection.run("DELETE FROM users; DELETE FROM users") }
    #expect(throws: SQLiteError.self) { try connection.run("  -- nothing") }
    #expect(try connection.value("SELECT count(*) FROM users; -- all") == 3)
  }

  @Test("The same query runs inside itself")
  func nested() throws {
    let sql = "SELECT id FROM users WHERE id > ? ORDER BY id"
    var pairs: [[Int]] = []
    try connection.each(sql, 0) { outer in
      let id: Int = try outer["id"]
      try connection.each(sql, id) { inner in pairs.append([id, try inner["id"]]) }
      #expect(try outer["id"] == id)
    }
    #expect(pairs == [[1, 2], [1, 3], [2, 3]])
  }

  @Test("A statement is ready again after a body that threw")
  func throwingBody() throws {
    struct Stop: Error {}
    let sql = "SELECT id FROM users WHERE id >= ? ORDER BY id"
    #expect(throws: Stop.self) { try connection.each(sql, 1) { _ in throw Stop() } }
    #expect(try connection.all(sql, 2) { try $0["id"] as Int } == [2, 3])
    // A statement that still ran would keep its snapshot.
    try scratch.writer().run("INSERT INTO users (name) VALUES ('Alan')")
    #expect(try connection.all(sql, 3) { try $0["id"] as Int } == [3, 4])
  }

  @Test("A row kept beyond its loop is empty")
  func keptRow() throws {
    var kept: Row?
    try connection.each("SELECT name FROM users WHERE id = 1") { kept = $0 }
    let row = try #require(kept)
    #expect(throws: SQLiteError.self) { try row["name"] as String }
  }

  @Test("Columns follow a change of the schema")
  func schemaChange() throws {
    let sql = "SELECT * FROM users WHERE id = 1"
    #expect(try connection.first(sql) { try $0["age"] as Int } == 36)
    try connection.execute("ALTER TABLE users ADD COLUMN email TEXT; UPDATE users SET email = 'a@b.c'")
    try connection.execute("ALTER TABLE users DROP COLUMN name")
    #expect(try connection.first(sql) { try $0["email"] as String } == "a@b.c")
  }

  @Test("Generated SQL does not pile up in the cache")
  func statementCache() throws {
    for number in 0..<1_200 { #expect(try connection.value("SELECT \(number)") == number) }
    #expect(connection.statements.count <= 500)
  }
}
