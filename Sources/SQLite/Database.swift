import CSQLite

/// The open file. Closed when the connection and every statement of it are gone, whichever goes last.
@safe final class Database {
  let handle: OpaquePointer

  /// - Parameter flags: `SQLITE_OPEN_…`
  init(path: String, flags: Int32) throws(SQLiteError) {
    _ = Self.hasNoStatistics
    var opened: OpaquePointer?
    let code = unsafe sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard code == SQLITE_OK, let handle = unsafe opened else {
      let reason = unsafe opened == nil ? "out of memory" : String(cString: sqlite3_errmsg(opened))
      unsafe sqlite3_close_v2(opened)
      throw SQLiteError(code: code, message: "\(path): \(reason)")
    }
    unsafe self.handle = handle
  }

  deinit { unsafe sqlite3_close_v2(handle) }

  /// SQLite would count its memory behind a mutex that all threads take at each allocation.
  private static let hasNoStatistics = csqlite_config_no_memory_statistics() == SQLITE_OK

  /// - Throws: the connection's last error, if `code` is one.
  func check(_ code: Int32, sql: String? = nil) throws(SQLiteError) {
    guard code == SQLITE_OK else { throw unsafe SQLiteError(handle, sql: sql) }
  }

  var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }
}

@available(*, unavailable)
extension Database: Sendable {}

/// The version of the SQLite that runs: `3.40.1`.
package let engineVersion = unsafe String(cString: sqlite3_libversion())
