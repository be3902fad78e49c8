import CSQLite
import System

/// One connection to a database file in WAL mode. It belongs to one thread at a time: the one that opened it,
/// or the one that got it from a pool.
///
/// Of all connections to a file, one may write or checkpoint at a time, which the caller's lock has to
/// ensure: SQLite from 3.7.0 to 3.51.2 can corrupt a WAL database where two do so at the same moment
/// (sqlite.org/wal.html, "The WAL-Reset Bug"). So the writer can be told to leave checkpoints alone, and
/// readers cannot write at all.
package final class Connection {
  package enum Mode: Sendable {
    /// Reads and writes, and makes the file where there is none.
    case writer
    /// Cannot change the file in any way.
    case reader
    /// Reads and writes a database of its own in memory; the path says nothing.
    case memory
    /// Reads and writes a file that nobody else uses meanwhile, and that is worth nothing after a crash: nothing is waited
    /// for, and nothing is rolled back.
    case scratch
  }

  let database: Database
  var statements = StatementCache()
  var interrupter: Interrupter?
  private let busyTimeout: Duration

  /// - Parameters:
  ///   - busyTimeout: how long a statement waits for another's lock before it fails with `isBusy`.
  ///   - autocheckpoint: how many pages the WAL may hold before a commit of this writer checkpoints it; 0:
  ///     only `checkpoint()` does. Closing a connection never does, as it may happen outside the caller's
  ///     lock.
  /// - Throws: where the file can't be opened, or stays locked for longer than `busyTimeout`.
  package init(
    path: String, mode: Mode, busyTimeout: Duration = .seconds(5), autocheckpoint: Int = 1_000
  ) throws(SQLiteError) {
    switch mode {
    case .memory: database = try Database(path: ":memory:", flags: SQLITE_OPEN_READWRITE)
    case .writer: database = try Database(path: path, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
    case .scratch:
      database = try Database(path: path, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI)
    case .reader:
      let still = StillDatabase(path: path)
      database = try Database(
        path: still?.address ?? path, flags: SQLITE_OPEN_READONLY | (still == nil ? 0 : SQLITE_OPEN_URI))
    }
    self.busyTimeout = busyTimeout
    // Before the first statement: even the change to WAL can meet a lock.
    unsafe sqlite3_busy_timeout(database.handle, busyTimeout.milliseconds)
    try database.check(unsafe csqlite_no_checkpoint_on_close(database.handle))
    try execute(Self.settings)
    switch mode {
    case .writer: try becomeWriter(autocheckpoint: autocheckpoint)
    case .reader: try execute("PRAGMA query_only = ON")
    case .memory: break
    case .scratch:
      try execute("PRAGMA page_size = 16384; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
      // SQLite has counted the cache in pages of the former size.
      try execute("PRAGMA cache_size = -4096")
    }
  }

  /// Over a database that is open already.
  init(_ database: Database) {
    self.database = database
    busyTimeout = .zero
  }

  /// For both modes. A mapped file would turn an I/O error into a signal. Temporary files would leave rows
  /// outside the data folder. A schema that somebody tampered with must not call functions with side effects.
  private static let settings = """
    PRAGMA mmap_size = 0;
    PRAGMA cache_size = -8192;
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
    PRAGMA foreign_keys = ON;
    """

  private func becomeWriter(autocheckpoint: Int) throws(SQLiteError) {
    // A file's page size is settled by its first page, and WAL mode writes that one.
    try execute("PRAGMA page_size = 16384")
    try enterWAL()
    try execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = \(autocheckpoint)")
  }

  /// Where two connections turn a new file to WAL at once, each holds a read lock that the other waits for,
  /// and SQLite fails in one of them without honouring the busy timeout. So the waiting is done here.
  private func enterWAL() throws(SQLiteError) {
    let deadline = ContinuousClock.now + busyTimeout
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

extension Connection {
  /// How many pages the WAL may hold before a commit checkpoints it; 0: only `checkpoint()` does.
  /// - Throws: `SQLiteError`.
  package func checkpoint(after pages: Int) throws(SQLiteError) {
    try execute("PRAGMA wal_autocheckpoint = \(pages)")
  }

  /// Whether statements check foreign keys: they do, unless this says otherwise.
  /// - Throws: `SQLiteError`. Inside a transaction it changes nothing.
  package func checkForeignKeys(_ isOn: Bool) throws(SQLiteError) {
    try execute("PRAGMA foreign_keys = \(isOn ? "ON" : "OFF")")
  }
}

/// Another file beside the own one: `name.table`, or `table` alone where the own file has none of that name.
extension Connection {
  /// - Parameters:
  ///   - name: a plain word.
  ///   - isReadOnly: for a connection to a scratch file, which alone can say so.
  /// - Throws: where the file can't be opened, and inside a transaction.
  package func attach(_ path: String, as name: String, isReadOnly: Bool = false) throws {
    if isReadOnly {
      let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._".utf8)
      let uri = path.utf8.map { byte in
        plain.contains(byte)
          ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
      try run("ATTACH ? AS \(name)", "file:\(uri.joined())?mode=ro")
    } else {
      try run("ATTACH ? AS \(name)", path)
    }
    // In KiB: it is read or written in order.
    try execute("PRAGMA \(name).cache_size = -2048")
  }

  /// - Throws: where a statement of it hasn't ended, and inside a transaction.
  package func detach(_ name: String) throws {
    try execute("DETACH \(name)")
  }
}

extension Connection {
  /// A statement for a hot loop, not cached. It may outlive the connection.
  /// - Throws: where SQLite refuses it, and where `sql` is empty or holds a second statement, which would
  ///   never run.
  package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    var offset = 0
    guard let statement = try prepareNext(in: sql, at: &offset) else {
      throw SQLiteError(code: SQLITE_MISUSE, message: "no statement", sql: sql)
    }
    guard try prepareNext(in: sql, at: &offset) == nil else {
      throw SQLiteError(code: SQLITE_MISUSE, message: "more than one statement", sql: sql)
    }
    return statement
  }

  /// Runs one statement after the other, as a migration has them, without parameters; rows are dropped.
  /// - Throws: where a statement fails. What ran before it stays, unless a transaction is around all.
  package func execute(_ sql: String) throws(SQLiteError) {
    var offset = 0
    while var statement = try prepareNext(in: sql, at: &offset) {
      while try statement.step() {}
    }
  }

  /// - Parameter offset: in bytes; moved behind the statement.
  /// - Returns: nil where only blanks and comments are left.
  private func prepareNext(in sql: String, at offset: inout Int) throws(SQLiteError) -> Statement? {
    let bytes = sql.utf8.span
    while offset < bytes.count {
      var handle: OpaquePointer?
      let rest = bytes.extracting(offset...)
      let code = unsafe rest.withUnsafeBytes { rest in
        let start = unsafe rest.baseAddress?.assumingMemoryBound(to: CChar.self)
        var tail = unsafe start
        let code = unsafe sqlite3_prepare_v2(
          database.handle, start, Int32(clamping: rest.count), &handle, &tail)
        if let start = unsafe start, let tail = unsafe tail { unsafe offset += tail - start }
        return code
      }
      guard code == SQLITE_OK else {
        throw unsafe SQLiteError(database.handle, sql: String(copying: rest))
      }
      if let handle = unsafe handle { return unsafe Statement(handle, of: database) }
    }
    return nil
  }
}

package enum TransactionKind: String, Sendable {
  /// Takes its snapshot with the first read; all reads see that moment.
  case deferred = "BEGIN DEFERRED"
  /// Takes the write lock at once, so that it fails with `isBusy` at its start, not in its middle.
  case immediate = "BEGIN IMMEDIATE"
}

extension Connection {
  /// Commits all that `body` did; nothing where it or the commit throws.
  /// - Throws: what the body throws; `SQLiteError`, also inside another transaction: SQLite does not nest
  ///   them.
  @discardableResult
  package func transaction<T>(_ kind: TransactionKind, _ body: () throws -> T) throws -> T {
    guard !isInTransaction else {
      throw SQLiteError(
        code: SQLITE_MISUSE, message: "a transaction inside a transaction", sql: kind.rawValue)
    }
    try run(kind.rawValue)
    do {
      let result = try body()
      try run("COMMIT")
      return result
    } catch {
      // Some errors (a full disk, an interrupt) have rolled back already. Otherwise a ROLLBACK cannot fail,
      // and the first error is the one to report.
      if isInTransaction { try? execute("ROLLBACK") }
      throw error
    }
  }
}

/// Checkpoints copy pages from the WAL into the database file.
extension Connection {
  /// Copies what the WAL holds and makes it an empty file, as far as no reader needs it. Never waits for
  /// readers, so that a lock held around it is not held long.
  /// - Returns: false where a reader's snapshot, or another writer, was in the way: try again later.
  /// - Throws: where the disk is full or broken.
  @discardableResult
  package func checkpoint() throws(SQLiteError) -> Bool {
    unsafe sqlite3_busy_timeout(database.handle, 0)
    defer { unsafe sqlite3_busy_timeout(database.handle, busyTimeout.milliseconds) }
    var frames: Int32 = 0
    var copied: Int32 = 0
    let code = unsafe sqlite3_wal_checkpoint_v2(
      database.handle, "main", SQLITE_CHECKPOINT_TRUNCATE, &frames, &copied)
    if code & 0xff == SQLITE_BUSY { return false }
    try database.check(code)
    return frames == copied
  }
}
