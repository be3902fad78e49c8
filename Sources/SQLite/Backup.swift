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
  /// - Throws: `SQLiteError`, also inside a transaction, and `isCorrupt` where the copy is not sound;
  ///   `SystemError`; what `progress` throws. Nothing is left of the file then.
  package func backup(to path: String, progress: (_ done: Int, _ total: Int) throws -> Void) throws {
    // SQLite would take the log of a former database for that of the copy.
    for name in [path, path + "-wal", path + "-journal"] where unsafe access(name, F_OK) == 0 {
      throw isThere(name)
    }
    let part = try DurableFile(at: path + ".part")
    removeBesides(path + ".part")
    defer { removeBesides(path + ".part") }
    // One read transaction around the whole: otherwise each commit of another connection would start the copy
    // again.
    try transaction(.deferred) {
      try execute("SELECT 1 FROM sqlite_schema")
      let copy = try Database(path: path + ".part", flags: SQLITE_OPEN_READWRITE)
      try copyPages(to: copy, progress: progress)
      let copied = Connection(copy)
      try copied.execute("PRAGMA journal_mode = DELETE")
      try compare(with: copied)
    }
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

  private func compare(with copy: Connection) throws {
    let problem: String? = try copy.value("PRAGMA integrity_check(1)")
    guard problem == "ok" else { throw damaged(problem ?? "it can't be checked") }
    for setting in ["application_id", "user_version"] {
      let (mine, its): (Int?, Int?) = (
        try value("PRAGMA \(setting)"), try copy.value("PRAGMA \(setting)")
      )
      guard mine == its else { throw damaged("its \(setting) differs") }
    }
    let tables: [String] = try all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
      try $0["name"]
    }
    for table in tables {
      let count = "SELECT count(*) FROM \"\(table.replacing("\"", with: "\"\""))\""
      let (mine, its): (Int?, Int?) = (try value(count), try copy.value(count))
      guard mine == its else { throw damaged("the table \(table) has another number of rows") }
    }
  }

  private func damaged(_ problem: String) -> SQLiteError {
    SQLiteError(
      code: SQLITE_CORRUPT, message: "the copy is not sound, and was removed: \(problem)")
  }
}

/// Removes what SQLite keeps beside a database file of that path, and not the file itself.
package func removeBesides(_ path: String) {
  for suffix in ["-journal", "-wal", "-shm"] { _ = unsafe unlink(path + suffix) }
}
