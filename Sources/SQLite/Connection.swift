import CSQLite

/// One connection to a database file in WAL mode. It belongs to one thread at a time: opened there, or handed over
/// whole by a pool.
///
/// Of all connections to a file, one may write or checkpoint at a time, and the product's lock sees to that: SQLite
/// from 3.7.0 to 3.51.2 can corrupt a WAL database on which two do so at the same moment (sqlite.org/wal.html, "The
/// WAL-Reset Bug"). So the writer can be told to leave checkpoints alone, and readers cannot write at all.
package final class Connection {
  package enum Mode: Sendable {
    /// Reads and writes, and makes the file where there is none.
    case writer
    /// Cannot change the file in any way.
    case reader
  }

  let database: Database
  var statements = StatementCache()
  var interrupter: Interrupter?
  /// In milliseconds.
  let busyTimeout: Int32

  /// - Parameters:
  ///   - busyTimeout: how long a statement waits for another's lock before it fails with `isBusy`.
  ///   - autocheckpoint: how many pages the WAL may hold before a commit of this writer checkpoints it; 0: only
  ///     `checkpoint(_:)` does. Closing a connection never does: it could happen outside the caller's locks.
  package init(
    path: String, mode: Mode, busyTimeout: Duration = .seconds(5), autocheckpoint: Int = 1_000
  ) throws(SQLiteError) {
    let flags = mode == .writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
    database = try Database(path: path, flags: flags)
    self.busyTimeout = busyTimeout.milliseconds
    // Before the first statement: even the change to WAL can meet a lock.
    unsafe sqlite3_busy_timeout(database.handle, self.busyTimeout)
    try database.check(unsafe csqlite_no_checkpoint_on_close(database.handle))
    try execute(Self.settings)
    switch mode {
    case .writer: try becomeWriter(autocheckpoint: autocheckpoint)
    case .reader: try execute("PRAGMA query_only = ON")
    }
  }

  /// For both modes. A mapped file would turn an I/O error into a signal; temporary files would leave rows outside the
  /// data folder; a schema that somebody tampered with shall call no function with side effects.
  private static let settings = """
    PRAGMA mmap_size = 0;
    PRAGMA cache_size = -8192;
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
    PRAGMA foreign_keys = ON;
    """

  private func becomeWriter(autocheckpoint: Int) throws(SQLiteError) {
    // The page size of a file is settled with its first page, and WAL mode writes that one.
    try execute("PRAGMA page_size = 16384")
    try enterWAL()
    try execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = \(autocheckpoint)")
  }

  /// Where two connections would turn a new file to WAL at once, each with a read lock that the other waits for, SQLite
  /// fails in one of them without the busy timeout. So the waiting is done here.
  private func enterWAL() throws(SQLiteError) {
    let deadline = ContinuousClock.now + .milliseconds(busyTimeout)
    while true {
      do throws(SQLiteError) {
        var mode = try prepare("PRAGMA journal_mode = WAL")
        if try mode.step(), case .text(let name) = mode.cell(at: 0), String(copying: name) == "wal" { return }
        throw SQLiteError(code: SQLITE_CANTOPEN, message: "the database cannot be put into WAL mode")
      } catch {
        guard error.isBusy, ContinuousClock.now < deadline else { throw error }
        sqlite3_sleep(1)
      }
    }
  }

  /// The rowid of the last INSERT of this connection, 0 before the first.
  package var lastInsertedRowID: Int64 { unsafe sqlite3_last_insert_rowid(database.handle) }

  /// The rows that the last INSERT, UPDATE or DELETE changed, without those of triggers and cascades.
  package var changes: Int { Int(unsafe sqlite3_changes64(database.handle)) }

  /// All changes since the connection was opened, with those of triggers and cascades.
  var totalChanges: Int { Int(unsafe sqlite3_total_changes64(database.handle)) }

  package var isInTransaction: Bool { database.isInTransaction }
}

@available(*, unavailable)
extension Connection: Sendable {}

extension Duration {
  fileprivate var milliseconds: Int32 {
    Int32(clamping: components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000)
  }
}
