import Testing

@testable import SQLite

struct ConnectionTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test("A writer's settings hold")
  func writerSettings() throws {
    let writer = try scratch.writer(autocheckpoint: 7)
    let settings: [(String, Int)] = [
      ("page_size", 16_384), ("foreign_keys", 1), ("synchronous", 2), ("wal_autocheckpoint", 7),
      ("cache_size", -8192), ("trusted_schema", 0), ("temp_store", 2), ("query_only", 0),
      ("busy_timeout", 5000),
    ]
    for (name, value) in settings { #expect(try writer.value("PRAGMA \(name)") == value, "\(name)") }
    #expect(try writer.value("PRAGMA journal_mode") == "wal")
    // Off means no answer in a build without mmap, and 0 in one with it.
    #expect(try writer.value("PRAGMA mmap_size") ?? 0 == 0)
  }

  @Test("A reader sees what was committed, and cannot write")
  func reader() throws {
    let writer = try scratch.writer()
    try writer.execute("CREATE TABLE numbers (n INTEGER); INSERT INTO numbers VALUES (1)")
    let reader = try scratch.reader()
    #expect(try reader.value("PRAGMA query_only") == 1)
    #expect(try reader.value("SELECT n FROM numbers") == 1)
    for sql in ["INSERT INTO numbers VALUES (2)", "DROP TABLE numbers", "CREATE TABLE t (n)", "VACUUM"] {
      let error = #expect(throws: SQLiteError.self) { try reader.run(sql) }
      #expect(error?.isReadOnly == true, "\(sql)")
    }
    try reader.execute("PRAGMA query_only = OFF")
    let error = #expect(throws: SQLiteError.self) { try reader.run("INSERT INTO numbers VALUES (2)") }
    #expect(error?.isReadOnly == true)
  }

  @Test("A reader opens a database that nobody has open")
  func readerAlone() throws {
    try scratch.writer().execute("CREATE TABLE numbers (n INTEGER); INSERT INTO numbers VALUES (1)")
    #expect(try scratch.reader().value("SELECT n FROM numbers") == 1)
  }

  @Test("Sixteen threads open a new database at once, and all can write")
  func concurrentOpening() throws {
    let errors = try inThreads(16) { [scratch] number in
      let connection = try scratch.writer()
      try connection.execute("CREATE TABLE IF NOT EXISTS numbers (n INTEGER)")
      try connection.transaction(.immediate) { try connection.run("INSERT INTO numbers VALUES (?)", number) }
    }
    #expect(errors.isEmpty, "\(errors)")
    #expect(try scratch.reader().value("SELECT count(DISTINCT n) FROM numbers") == 16)
  }

  @Test("A writer without autocheckpoint leaves the WAL alone, also when it closes")
  func withoutAutocheckpoint() throws {
    do {
      let writer = try scratch.writer(autocheckpoint: 0)
      try writer.execute("CREATE TABLE numbers (n INTEGER)")
      for n in 0..<50 { try writer.run("INSERT INTO numbers VALUES (?)", n) }
    }
    #expect(scratch.size(of: "test.db") == 16_384)
    #expect(try #require(scratch.size(of: "test.db-wal")) > 50 * 16_384)
    #expect(try scratch.reader().value("SELECT count(*) FROM numbers") == 50)
  }

  @Test("A statement outlives its connection")
  func statementOutlivesConnection() throws {
    var statement = try scratch.writer().prepare("SELECT 7")
    #expect(try statement.step())
    guard case .integer(7) = statement.cell(at: 0) else { return #expect(Bool(false)) }
    #expect(try !statement.step())
  }
}
