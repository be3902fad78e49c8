import CSQLite

/// An error in SQLite's words, and the SQL that caused it. Never holds a bound value, so it may be logged.
package struct SQLiteError: Error, Equatable {
  /// SQLite's primary result code (`SQLITE_BUSY` …), or one of `Migrator`'s own, which are negative.
  package let code: Int32
  /// SQLite's extended result code (`SQLITE_IOERR_WRITE` …); where it has none, the same as `code`.
  package let extendedCode: Int32
  package let message: String
  /// The statement with its placeholders.
  package let sql: String?

  /// - Parameter code: primary or extended.
  package init(code: Int32, message: String, sql: String? = nil) {
    self.code = code < 0 ? code : code & 0xff
    self.extendedCode = code
    self.message = message
    self.sql = sql
  }
}

extension SQLiteError {
  /// Another connection held the lock for longer than the busy timeout.
  package var isBusy: Bool { code == SQLITE_BUSY || code == SQLITE_LOCKED }
  /// The disk is full.
  package var isFull: Bool { code == SQLITE_FULL }
  package var isIOError: Bool { code == SQLITE_IOERR }
  /// Damaged, or not a database at all.
  package var isCorrupt: Bool { code == SQLITE_CORRUPT || code == SQLITE_NOTADB }
  /// Stopped by an `Interrupter`.
  package var isInterrupted: Bool { code == SQLITE_INTERRUPT }
  /// A reader was asked to write.
  package var isReadOnly: Bool { code == SQLITE_READONLY }

  package var isOutOfMemory: Bool { code == SQLITE_NOMEM }
  package var cannotOpen: Bool { code == SQLITE_CANTOPEN }
  /// A cell holds another type, or a word that is none of those that it may be.
  package var isMismatch: Bool { code == SQLITE_MISMATCH }
  package var isConstraint: Bool { code == SQLITE_CONSTRAINT }
  /// A row with this key exists already.
  package var isUniqueViolation: Bool {
    extendedCode == CSQLITE_CONSTRAINT_UNIQUE || extendedCode == CSQLITE_CONSTRAINT_PRIMARYKEY
      || extendedCode == CSQLITE_CONSTRAINT_ROWID
  }
  package var isForeignKeyViolation: Bool { extendedCode == CSQLITE_CONSTRAINT_FOREIGNKEY }
  package var isCheckViolation: Bool { extendedCode == CSQLITE_CONSTRAINT_CHECK }
}

extension SQLiteError: CustomStringConvertible {
  package var description: String {
    "SQLite: \(message) (\(extendedCode))" + (sql.map { ", in: \($0)" } ?? "")
  }
}

extension SQLiteError {
  /// The last error of a connection.
  init(_ database: OpaquePointer?, sql: String? = nil) {
    unsafe self.init(
      code: sqlite3_extended_errcode(database), message: String(cString: sqlite3_errmsg(database)), sql: sql)
  }
}
