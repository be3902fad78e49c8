import CSQLite
import Glibc
import System

extension Connection {
  /// Copies the database as it is at one moment, while others go on writing, into a new file that only its
  /// owner may read. Nothing of this database changes. The file has its name only when all of it is on the disk
  /// and was checked: that it is sound, of the same program, and has as many rows in each table.
  ///
  /// Until then it is `path.part`, which the next backup to that path removes where a kill has left it.
  ///
  /// The file is in no WAL mode, unlike a database in use: so one that was put beside the log of another database
  /// is known by its header, `DatabaseHeader`.
  ///
  /// Not by VACUUM INTO, which says nothing until its end.
  /// - Parameters:
  ///   - path: of the new file, which must not exist, nor a log or journal under its name.
  ///   - progress: pages copied, and pages in all; throwing stops the backup.
  ///   - finish: is called once the copy is whole and on the disk, with the name that it has until then; throwing leaves
  ///     no copy.
  /// - Throws: `SQLiteError`, also inside a transaction, and `isCorrupt` where the copy is not sound;
  ///   `SystemError`; what the closures throw. Nothing is left of the file then.
  package func backup(
    to path: String, progress: (_ done: Int, _ total: Int) throws -> Void,
    beforeNaming finish: (_ temporary: String, _ copy: Connection, DatabaseSummary) throws -> Void = {
      _, _, _ in
    }
  ) throws {
    // SQLite would take the log of a former database for that of the copy.
    for name in [path, path + "-wal", path + "-journal"] where unsafe access(name, F_OK) == 0 {
      throw isThere(name)
    }
    let temporary = path + ".part"
    let part = try DurableFile(at: temporary)
    removeBesides(temporary)
    defer { removeBesides(temporary) }
    // One read transaction around the whole: otherwise each commit of another connection would start the copy
    // again.
    let summary = try transaction(.deferred) {
      try execute("SELECT 1 FROM sqlite_schema")
      let copy = try Database(path: temporary, flags: SQLITE_OPEN_READWRITE)
      try copyPages(to: copy, progress: progress)
      try Connection(copy).execute("PRAGMA journal_mode = DELETE")
      return try DatabaseSummary(of: self)
    }
    // What counts is what the disk has.
    try part.sync()
    FileDescriptor(rawValue: part.descriptor).forget()
    let copied = try Connection(path: temporary, mode: .reader)
    if let problem = try copied.problem() ?? summary.difference(to: DatabaseSummary(of: copied)) {
      throw SQLiteError(
        code: SQLITE_CORRUPT, message: "the copy is not sound, and was removed: \(problem)")
    }
    try finish(temporary, copied, summary)
    guard try part.publishUnlessPresent(as: path) else { throw isThere(path) }
  }

  private func isThere(_ path: String) -> SystemError { SystemError("make", path, code: EEXIST) }

  private func copyPages(to copy: Database, progress: (Int, Int) throws -> Void) throws {
    guard let backup = unsafe sqlite3_backup_init(copy.handle, "main", database.handle, "main") else {
      throw unsafe SQLiteError(copy.handle)
    }
    // 4 MiB of pages between two reports.
    var code = SQLITE_OK
    do {
      while code == SQLITE_OK {
        code = unsafe sqlite3_backup_step(backup, 256)
        let total = Int(unsafe sqlite3_backup_pagecount(backup))
        try progress(total - Int(unsafe sqlite3_backup_remaining(backup)), total)
      }
    } catch {
      unsafe sqlite3_backup_finish(backup)
      throw error
    }
    // Its code is that of the step that failed, if one did.
    try copy.check(unsafe sqlite3_backup_finish(backup))
    guard code == SQLITE_DONE else {
      throw SQLiteError(code: code, message: unsafe String(cString: sqlite3_errstr(code)))
    }
  }

  /// How many bytes the database has, without its log.
  /// - Throws: `SQLiteError` where it can't be read.
  package func bytes() throws -> Int {
    try (value("PRAGMA page_count") ?? 0) * (value("PRAGMA page_size") ?? 0)
  }

  /// What is wrong with the database as a whole: pages, indexes and keys that lead nowhere. Reads all of it.
  /// - Returns: nil for a sound one.
  /// - Throws: `SQLiteError` where it can't be read.
  package func problem() throws -> String? {
    let problem: String? = try value("PRAGMA integrity_check(1)")
    guard problem == "ok" else { return problem ?? "it can't be checked" }
    let dangling = try foreignKeyCheck()
    return dangling.isEmpty
      ? nil : "rows of \(dangling.joined(separator: ", ")) refer to others that are not there"
  }
}

/// Which database it is, and how many rows it has.
package struct DatabaseSummary: Sendable, Equatable {
  let applicationID: Int
  /// How many migrations were applied to it.
  package let version: Int
  /// By table.
  package let rows: [String: Int]

  /// Counts, best within a transaction.
  /// - Throws: `SQLiteError` where it can't be read.
  package init(of connection: Connection) throws {
    applicationID = try connection.value("PRAGMA application_id") ?? 0
    version = try connection.value("PRAGMA user_version") ?? 0
    let tables: [String] = try connection.all(
      "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
    ) {
      try $0["name"]
    }
    var rows: [String: Int] = [:]
    for table in tables {
      rows[table] = try connection.value("SELECT count(*) FROM \"\(table.replacing("\"", with: "\"\""))\"")
    }
    self.rows = rows
  }

  /// - Returns: what the other one has otherwise; nil where it is the same.
  func difference(to other: DatabaseSummary) -> String? {
    if other.applicationID != applicationID { return "its application_id differs" }
    if other.version != version { return "its user_version differs" }
    return difference(toRows: other.rows)
  }

  /// - Returns: the first table with another number of rows; nil where there is none.
  package func difference(toRows other: [String: Int]) -> String? {
    Set(rows.keys).union(other.keys).sorted().first { rows[$0] != other[$0] }
      .map { "the table \($0) has another number of rows" }
  }
}

/// Removes what SQLite keeps beside a database file of that path, and not the file itself.
package func removeBesides(_ path: String) {
  for suffix in ["-journal", "-wal", "-shm"] { _ = unsafe unlink(path + suffix) }
}
