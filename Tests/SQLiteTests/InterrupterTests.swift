import Testing

@testable import SQLite

struct InterrupterTests {
  private static let endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
  private let scratch: Scratch
  private let connection: Connection

  init() throws {
    scratch = try Scratch()
    connection = try scratch.writer()
  }

  @Test("A running query is stopped from another thread")
  func runningQuery() throws {
    let interrupter = Interrupter()
    let thread = try Background { interrupter.interrupt() }
    let error = #expect(throws: SQLiteError.self) {
      try connection.interruptible(by: interrupter) {
        _ = try connection.value("SELECT max(i) FROM (\(Self.endless))") as Int?
      }
    }
    #expect(thread.join() == nil)
    #expect(error?.isInterrupted == true)
  }

  @Test("An interrupt between two steps is not lost")
  func betweenSteps() throws {
    let interrupter = Interrupter()
    let error = #expect(throws: SQLiteError.self) {
      try connection.interruptible(by: interrupter) {
        var statement = try connection.prepare(Self.endless)
        #expect(try statement.step())
        interrupter.interrupt()
        while try statement.step() {}
      }
    }
    #expect(error?.isInterrupted == true)
  }

  @Test("Outside of its scope an interrupter does nothing")
  func outsideScope() throws {
    let interrupter = Interrupter()
    interrupter.interrupt()
    #expect(interrupter.isInterrupted)
    connection.interruptible(by: interrupter) {}
    #expect(try connection.value("SELECT count(*) FROM (\(Self.endless) LIMIT 100000)") == 100_000)
    try connection.interruptible(by: Interrupter()) { () throws in
      connection.interruptible(by: interrupter) {}
      #expect(try connection.value("SELECT count(*) FROM (\(Self.endless) LIMIT 100000)") == 100_000)
    }
  }

  @Test("A transaction that is interrupted is rolled back")
  func transaction() throws {
    try connection.execute("CREATE TABLE numbers (n INTEGER)")
    let interrupter = Interrupter()
    let error = #expect(throws: SQLiteError.self) {
      try connection.interruptible(by: interrupter) {
        try connection.transaction(.immediate) {
          try connection.run("INSERT INTO numbers VALUES (1)")
          interrupter.interrupt()
          try connection.run("INSERT INTO numbers \(Self.endless)")
        }
      }
    }
    #expect(error?.isInterrupted == true)
    #expect(!connection.isInTransaction)
    #expect(try connection.value("SELECT count(*) FROM numbers") == 0)
  }
}
