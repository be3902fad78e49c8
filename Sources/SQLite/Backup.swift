import CSQLite
import Glibc
import System

extension Connection {
  /// Copies the database as it is at one moment, while others go on writing, into a new file that only its
  /// owner may read. The file's bytes are on the disk afterwards; the caller has to sync its folder.
  ///
  /// Not by VACUUM INTO, which says nothing until its end.
  /// - Parameters:
  ///   - path: of the new file, which must not exist. On an error it is removed.
  ///   - progress: pages copied, and pages in all; throwing stops the backup.
  /// - Throws: `SQLiteError`, also inside a transaction; or what `progress` throws.
  package func backup(to path: String, progress: (_ done: Int, _ total: Int) throws -> Void) throws {
    try createExclusively(path)
    do {
      let copy = try Database(path: path, flags: SQLITE_OPEN_READWRITE)
      // One read transaction around the whole: otherwise each commit of another connection would start it
      // again.
      try transaction(.deferred) {
        try execute("SELECT 1 FROM sqlite_schema")
        try copyPages(to: copy, progress: progress)
      }
    } catch {
      unsafe unlink(path)
      unsafe unlink(path + "-journal")
      throw error
    }
  }

  private func createExclusively(_ path: String) throws(SQLiteError) {
    let file = unsafe open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw SQLiteError(code: SQLITE_CANTOPEN, message: "\(path): \(SystemError.reason(errno))")
    }
    close(file)
  }

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
}
