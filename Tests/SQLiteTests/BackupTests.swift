import Glibc
import System
import Testing

@testable import SQLite

struct BackupTests {
  private struct Stop: Error {}
  private let scratch: Scratch
  private let writer: Connection
  private var copyPath: String { scratch.folder + "/copy.db" }

  init() throws {
    scratch = try Scratch()
    writer = try scratch.writer()
    try writer.execute(
      """
      CREATE TABLE rows (id INTEGER PRIMARY KEY, twin INTEGER NOT NULL, filler BLOB) STRICT;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO rows SELECT i, i, randomblob(8000) FROM n;
      """)
  }

  @Test("A backup of a database in use holds one moment, with all that was committed before")
  func oneMoment() throws {
    let stop = Interrupter()
    // Each transaction adds two rows and leaves the sums of both columns equal.
    let other = try Background { [scratch] in
      defer { stop.interrupt() }
      let writer = try scratch.writer()
      var next = 10_000
      while !stop.isInterrupted {
        try writer.transaction(.immediate) {
          try writer.run("INSERT INTO rows (id, twin) VALUES (?, ?)", next, next + 1)
          try writer.run("INSERT INTO rows (id, twin) VALUES (?, ?)", next + 1, next)
        }
        next += 2
      }
    }
    let reader = try scratch.reader()
    var before = 0
    while before < 2_010 && !stop.isInterrupted {
      before = try reader.value("SELECT count(*) FROM rows") ?? 0
    }
    var reports: [[Int]] = []
    try reader.backup(to: copyPath) { done, total in reports.append([done, total]) }
    let after: Int = try reader.value("SELECT count(*) FROM rows") ?? 0
    stop.interrupt()
    #expect(other.join() == nil)
    #expect(reports.count > 2)
    #expect(reports.last.map { $0[0] == $0[1] } == true)
    let copy = try Connection(path: copyPath, mode: .reader)
    let copied: Int = try copy.value("SELECT count(*) FROM rows") ?? 0
    #expect((before...after).contains(copied))
    #expect(before < after, "nobody wrote meanwhile")
    #expect(try copy.value("SELECT sum(id) = sum(twin) FROM rows") == true)
    #expect(try copy.value("PRAGMA integrity_check") == "ok")
  }

  @Test("Only its owner may read the copy")
  func permissions() throws {
    try writer.backup(to: copyPath) { _, _ in }
    var status = stat()
    #expect(unsafe stat(copyPath, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
  }

  @Test("An existing file is kept")
  func existingFile() throws {
    try writer.backup(to: copyPath) { _, _ in }
    try writer.run("DELETE FROM rows")
    let error = #expect(throws: SystemError.self) { try writer.backup(to: copyPath) { _, _ in } }
    #expect(error?.description == "can't make \(copyPath): File exists")
    #expect(try Connection(path: copyPath, mode: .reader).value("SELECT count(*) FROM rows") == 2_000)
  }

  @Test("The log of a former database is not taken for the copy’s", arguments: ["-wal", "-journal"])
  func formerLog(suffix: String) throws {
    close(unsafe open(copyPath + suffix, O_CREAT | O_WRONLY, 0o600))
    let error = #expect(throws: SystemError.self) { try writer.backup(to: copyPath) { _, _ in } }
    #expect(error?.description == "can't make \(copyPath)\(suffix): File exists")
    #expect(scratch.size(of: "copy.db") == nil && scratch.size(of: "copy.db" + suffix) == 0)
  }

  @Test("The header says which file was copied and which one is in use")
  func header() throws {
    try writer.backup(to: copyPath) { _, _ in }
    #expect(try !DatabaseHeader(of: copyPath).isInWALMode)
    _ = try Connection(path: copyPath, mode: .writer)
    #expect(try DatabaseHeader(of: copyPath).isInWALMode)
  }

  @Test("What a killed backup left under the temporary name is taken over, with all beside it")
  func leftovers() throws {
    for suffix in ["", "-journal", "-wal", "-shm"] {
      let file = unsafe open(copyPath + ".part" + suffix, O_CREAT | O_WRONLY, 0o644)
      close(file)
    }
    try writer.backup(to: copyPath) { _, _ in }
    for suffix in ["", "-journal", "-wal", "-shm"] {
      #expect(scratch.size(of: "copy.db.part" + suffix) == nil)
    }
    #expect(try Connection(path: copyPath, mode: .reader).value("SELECT count(*) FROM rows") == 2_000)
  }

  @Test("While a backup is being made it has another name, which a second one can't take")
  func inUse() throws {
    var refusals = 0
    try writer.backup(to: copyPath) { _, _ in
      #expect(scratch.size(of: "copy.db") == nil && scratch.size(of: "copy.db.part") != nil)
      do { try scratch.reader().backup(to: copyPath) { _, _ in } } catch { refusals += 1 }
    }
    #expect(refusals > 0)
    #expect(try Connection(path: copyPath, mode: .reader).value("SELECT count(*) FROM rows") == 2_000)
  }

  @Test("A copy of a damaged database is no backup")
  func damaged() throws {
    try writer.execute(
      """
      CREATE INDEX rows_twin ON rows (twin);
      PRAGMA writable_schema = ON;
      CREATE TEMP TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'rows_twin';
      DELETE FROM sqlite_schema WHERE name = 'rows_twin';
      PRAGMA writable_schema = RESET;
      DELETE FROM rows WHERE id = 7;
      PRAGMA writable_schema = ON;
      INSERT INTO sqlite_schema SELECT * FROM kept;
      PRAGMA writable_schema = RESET;
      """)
    let error = #expect(throws: SQLiteError.self) { try scratch.reader().backup(to: copyPath) { _, _ in } }
    #expect(
      error?.isCorrupt == true && error?.message.contains("is not sound") == true,
      "\(String(describing: error))")
    #expect(scratch.size(of: "copy.db") == nil && scratch.size(of: "copy.db.part") == nil)
  }

  @Test("A copy whose foreign keys lead nowhere is no backup")
  func dangling() throws {
    try writer.execute(
      """
      CREATE TABLE notes (id INTEGER PRIMARY KEY, row INTEGER REFERENCES rows) STRICT;
      PRAGMA foreign_keys = OFF; INSERT INTO notes VALUES (1, 99999);
      """)
    let error = #expect(throws: SQLiteError.self) { try writer.backup(to: copyPath) { _, _ in } }
    #expect(error?.message.contains("rows of notes refer to others") == true)
    #expect(scratch.size(of: "copy.db") == nil && scratch.size(of: "copy.db.part") == nil)
  }

  @Test("Before it has its name, the copy is whole and closed to changes; what throws then leaves none")
  func finishing() throws {
    var rows: Int?
    let finish = { (temporary: String, copy: Connection, summary: DatabaseSummary) throws in
      rows = summary.rows["rows"]
      #expect(scratch.size(of: "copy.db") == nil && temporary == copyPath + ".part")
      let copied: Int? = try copy.value("SELECT count(*) FROM rows")
      #expect(copied == 2_000)
      #expect(throws: SQLiteError.self) { try copy.run("DELETE FROM rows") }
    }
    try writer.backup(to: copyPath, progress: { _, _ in }, beforeNaming: finish)
    #expect(rows == 2_000)
    try #require(unsafe unlink(copyPath) == 0)
    #expect(throws: Stop.self) {
      try writer.backup(to: copyPath, progress: { _, _ in }, beforeNaming: { _, _, _ in throw Stop() })
    }
    #expect(scratch.size(of: "copy.db") == nil && scratch.size(of: "copy.db.part") == nil)
  }

  @Test("A backup that is stopped leaves no file, and the connection stays usable")
  func stopped() throws {
    #expect(throws: Stop.self) { try writer.backup(to: copyPath) { _, _ in throw Stop() } }
    #expect(scratch.size(of: "copy.db") == nil)
    try writer.backup(to: copyPath) { _, _ in }
    #expect(try Connection(path: copyPath, mode: .reader).value("SELECT count(*) FROM rows") == 2_000)
  }
}
