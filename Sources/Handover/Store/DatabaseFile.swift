import Foundation
import SQLite
import System

// How the database is opened
//
// A file that is empty, half made or another program's must not become an empty product: people would see their
// records gone, and the server would go on from there. So a database is made under another name, takes its own
// when all of it is there, and whatever else lies under that name has to be a whole one.
//
// Each command says what it wants. Only one that changes records brings the schema up to date, and not beneath a
// server of an earlier version. One that reads, reads what is there; a backup is made of any version.

/// What a command does with the database.
package enum DatabaseUse: Sendable {
  /// Writes: makes the database where there is none, and brings its schema up to date.
  case changing
  /// Reads, and needs the schema of this program.
  case reading
  /// Reads files of any version, as they are.
  case copying
}

/// The file of the database in a data folder.
struct DatabaseFile {
  let folder: DataFolder
  /// Whether a commit of ours may checkpoint.
  let checkpoints: Bool

  static let migrator = Migrator(
    applicationID: Database.applicationID, migrations: Schema.migrations, fingerprint: Schema.fingerprint)

  private var path: String { folder.database }

  /// Makes the file if this is a new data folder, and brings the schema up to date. Inside the write lock.
  /// - Throws: `HandoverError` for what is no whole database, a newer one, and an older one that a server uses.
  /// - Returns: the copy that was made before the schema changed; nil where it didn't.
  func prepareToChange() throws -> String? {
    if try !isThere() {
      try requireNewFolder()
      try make()
      return nil
    }
    let pending = try inWords {
      let reader = try Connection(path: path, mode: .reader)
      try requireWhole(reader)
      return try Self.migrator.pending(in: reader)
    }
    guard !pending.isEmpty else { return nil }
    let claim = try folder.claim()
    return try withExtendedLifetime(claim) {
      let copy = try UpgradeCopy(folder: folder).make(
        of: Connection(path: path, mode: .reader), before: pending.endIndex, at: Clock.system.now())
      _ = try Self.migrator.migrate(
        Connection(path: path, mode: .writer, autocheckpoint: checkpoints ? 1_000 : 0))
      return copy
    }
  }

  /// - Throws: `HandoverError` where there is no whole database that can be used so.
  func requireReadable(for use: DatabaseUse) throws {
    try Restoration(folder: folder).recover()
    guard try isThere() else {
      throw HandoverError(
        "there is no database in the data folder \(folder.path); handover serve or handover demo makes one")
    }
    try inWords {
      let reader = try Connection(path: path, mode: .reader)
      if use == .copying {
        guard try Self.migrator.isOurs(reader) else { throw foreign }
        return
      }
      try requireWhole(reader)
      guard try Self.migrator.pending(in: reader).isEmpty else {
        throw HandoverError(
          "the database \(path) is of an earlier version; start the server once (handover serve) to bring it up to "
            + "date, after a backup")
      }
    }
  }

  /// - Throws: `HandoverError` for a file without content.
  private func isThere() throws -> Bool {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      if errno == ENOENT { return false }
      throw HandoverError("can't read the database \(path): \(SystemError.reason(errno))")
    }
    guard status.st_size > 0 else {
      throw HandoverError(
        "the database \(path) is empty: put a backup in its place, or remove it, and what begins with its name, "
          + "to start anew")
    }
    try requireNoForeignLog()
    return true
  }

  /// SQLite takes whatever lies beside a database for its own. A backup that was put in the place of a killed
  /// server's database, beside that one's log, would become a mixture of both. So before SQLite sees the file: a
  /// backup has no log, and a database in use has no journal.
  private func requireNoForeignLog() throws {
    let header: DatabaseHeader
    do throws(SystemError) { header = try DatabaseHeader(of: path) } catch {
      throw HandoverError("can't read the database \(path): \(SystemError.reason(error.code))")
    }
    let log = path + (header.isInWALMode ? "-journal" : "-wal")
    var status = stat()
    guard unsafe stat(log, &status) == 0, status.st_size > 0 else { return }
    throw HandoverError(
      "\(log) belongs to another database than the one beside it, \(path): if you have put a backup in place, "
        + "remove \(path)-wal, \(path)-shm and \(path)-journal")
  }

  /// A database that is gone is not made anew where its files still are.
  private func requireNewFolder() throws {
    let archives = (try? FileManager.default.contentsOfDirectory(atPath: folder.exports)) ?? []
    var traces: [String] = archives.map { "\(folder.exports)/\($0)" }
    traces += [path + "-wal", path + "-journal"]
    // Those of cells are there before the next cell is.
    if folder.cells == nil { traces.append(folder.keys) }
    guard let trace = traces.first(where: { unsafe access($0, F_OK) == 0 }) else { return }
    throw HandoverError(
      "the database \(path) is missing, though \(trace) is there: put the database or a backup in its place, or "
        + "move the data folder away to start anew")
  }

  private func make() throws {
    let part = try DurableFile(at: path + ".part")
    removeBesides(path + ".part")
    defer { removeBesides(path + ".part") }
    do {
      let connection = try Connection(path: path + ".part", mode: .writer)
      try Self.migrator.migrate(connection)
      try connection.checkpoint()
    }
    try part.publishUnlessPresent(as: path)
  }

  private func requireWhole(_ connection: Connection) throws {
    guard try Self.migrator.isOurs(connection) else { throw foreign }
    guard let missing = try Self.migrator.missing(in: connection).first else { return }
    throw HandoverError(
      "the database \(path) is not whole: \(missing) is missing; put a backup in its place")
  }

  private var foreign: HandoverError {
    HandoverError(
      "the database \(path) belongs to another program, or was never finished: put the right one in its place"
    )
  }

  private func inWords<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as SQLiteError {
      if error.cannotOpen, unsafe access(folder.path, W_OK) != 0 {
        throw HandoverError(
          "can't read the database \(path) where nothing can be written: its log \(path)-wal holds changes; mount its disk "
            + "to be written, or copy the folder to where it can be")
      }
      throw HandoverError(
        error.isNewerThanBinary ? error.message : "can't open the database \(path): \(words(for: error))",
        needsOperator: error.isNewerThanBinary)
    }
  }
}
