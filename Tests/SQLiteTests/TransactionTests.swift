import Testing

@testable import SQLite

private struct Stop: Error {}

struct TransactionTests {
  private let scratch: Scratch
  private let writer: Connection

  init() throws {
    scratch = try Scratch()
    writer = try scratch.writer()
    try writer.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
  }

  private func add(_ n: Int) throws { try writer.run("INSERT INTO numbers VALUES (?)", n) }

  private func count(_ connection: Connection) throws -> Int? {
    try connection.value("SELECT count(*) FROM numbers")
  }

  @Test("The changes of a transaction stay", arguments: [TransactionKind.deferred, .immediate])
  func commit(kind: TransactionKind) throws {
    let result = try writer.transaction(kind) {
      try add(1)
      #expect(writer.isInTransaction)
      #expect(try count(scratch.reader()) == 0)
      return "done"
    }
    #expect(result == "done")
    #expect(!writer.isInTransaction)
    #expect(try count(scratch.reader()) == 1)
  }

  @Test("A body that throws leaves nothing behind")
  func throwingBody() throws {
    #expect(throws: Stop.self) {
      try writer.transaction(.immediate) {
        try add(1)
        throw Stop()
      }
    }
    #expect(!writer.isInTransaction)
    #expect(try count(writer) == 0)
    try writer.transaction(.immediate) { try add(2) }
    #expect(try count(writer) == 1)
  }

  @Test("A transaction ends though a query in it is cut short")
  func unfinishedQuery() throws {
    try add(1)
    try add(2)
    #expect(throws: Stop.self) {
      try writer.transaction(.immediate) {
        try writer.each("SELECT n FROM numbers") { _ in
          try add(3)
          throw Stop()
        }
      }
    }
    #expect(try count(writer) == 2)
  }

  @Test("A commit that fails rolls back")
  func failingCommit() throws {
    try writer.execute(
      "CREATE TABLE links (n INTEGER REFERENCES numbers DEFERRABLE INITIALLY DEFERRED)")
    let error = #expect(throws: SQLiteError.self) {
      try writer.transaction(.immediate) { _ = try writer.run("INSERT INTO links VALUES (9)") }
    }
    #expect(error?.isForeignKeyViolation == true)
    #expect(!writer.isInTransaction)
    #expect(try !writer.exists("SELECT 1 FROM links"))
  }

  @Test("A transaction inside a transaction is refused, the outer one goes on")
  func nested() throws {
    try writer.transaction(.immediate) {
      try add(1)
      #expect(throws: SQLiteError.self) { try writer.transaction(.deferred) {} }
      try add(2)
    }
    #expect(try count(writer) == 2)
  }

  @Test("A second writer is told that the database is busy")
  func busy() throws {
    let other = try scratch.writer(busyTimeout: .milliseconds(10))
    try writer.transaction(.immediate) {
      let error = #expect(throws: SQLiteError.self) { try other.transaction(.immediate) {} }
      #expect(error?.isBusy == true)
      #expect(!other.isInTransaction)
    }
    try other.transaction(.immediate) {}
  }

  @Test("A reader's transaction sees one moment, while a writer goes on")
  func snapshot() throws {
    try add(1)
    let reader = try scratch.reader()
    try reader.transaction(.deferred) {
      #expect(try count(reader) == 1)
      try add(2)
      #expect(try count(scratch.reader()) == 2)
      #expect(try count(reader) == 1)
    }
    #expect(try count(reader) == 2)
  }
}

struct CheckpointTests {
  private let scratch: Scratch
  private let writer: Connection

  init() throws {
    scratch = try Scratch()
    writer = try scratch.writer(autocheckpoint: 0)
    try writer.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
    for n in 0..<50 { try writer.run("INSERT INTO numbers VALUES (?)", n) }
  }

  @Test("A checkpoint empties the WAL")
  func checkpoint() throws {
    #expect(try writer.checkpoint())
    #expect(scratch.size(of: "test.db-wal") == 0)
    #expect(try writer.value("SELECT count(*) FROM numbers") == 50)
  }

  @Test("A reader's snapshot keeps the WAL until it ends")
  func snapshotKeepsWAL() throws {
    let reader = try scratch.reader()
    try reader.transaction(.deferred) {
      #expect(try reader.value("SELECT count(*) FROM numbers") == 50)
      try writer.run("INSERT INTO numbers VALUES (50)")
      #expect(try !writer.checkpoint())
      #expect(try reader.value("SELECT count(*) FROM numbers") == 50)
    }
    #expect(try writer.checkpoint())
    #expect(scratch.size(of: "test.db-wal") == 0)
    // The wait for locks is as before.
    #expect(try writer.value("PRAGMA busy_timeout") == 5000)
  }
}
