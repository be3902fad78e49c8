import Glibc
import SQLite
import System

/// A backup that is to be restored, by this program or into a folder to be tried.
struct RestoreSource {
  let path: String
  /// Nil for a backup that was made before there were manifests, and for a database that a restore has put aside.
  let manifest: BackupManifest?

  /// Looks whether it is what was made, byte by byte, and a database that this program can open.
  ///
  /// - Throws: `HandoverError`.
  init(_ path: String) throws {
    try requireFile(path)
    self.path = path
    manifest = try BackupManifest.read(of: path)
    try manifest?.check(path)
    try inWords {
      guard try unsafe access(path + "-wal", F_OK) != 0 || DatabaseHeader(of: path).isInWALMode else {
        throw HandoverError(
          "\(path)-wal belongs to another database than the one beside it, \(path): remove it")
      }
      let connection = try Connection(path: path, mode: .reader)
      guard try DatabaseFile.migrator.isOurs(connection) else {
        throw HandoverError("\(path) is a database of another program")
      }
      _ = try DatabaseFile.migrator.pending(in: connection)
      if let missing = try DatabaseFile.migrator.missing(in: connection).first {
        throw HandoverError("\(path) is not whole: \(missing) is missing")
      }
    }
    try manifest.map(checkSecrets)
  }

  /// Reads all of it.
  ///
  /// - Throws: `HandoverError` where it is not sound, or has other rows than it had.
  func requireSound() throws {
    try inWords {
      let connection = try Connection(path: path, mode: .reader)
      if let problem = try connection.problem() { throw HandoverError("\(path) is not sound: \(problem)") }
      try requireRows(DatabaseSummary(of: connection))
    }
  }

  /// Copies the database, and what is secret where the backup has it, under their names into a folder, and checks the copy.
  ///
  /// - Parameter progress: pages copied, and pages in all.
  func copy(into staging: String, progress: (Int, Int) -> Void = { _, _ in }) throws {
    let database = DataFolder(path: staging).database
    try Connection(path: path, mode: .reader).backup(to: database, progress: progress) { _, _, summary in
      try requireRows(summary)
    }
    // As a server keeps it. One that was killed while it turned a database to this mode would leave a journal beside it.
    try Connection(path: database, mode: .writer).checkpoint()
    removeBesides(database)
    try secrets()?.write(into: staging)
  }

  func read<Result>(_ body: (Connection) throws -> Result) throws -> Result {
    let connection = try Connection(path: path, mode: .reader)
    return try connection.transaction(.deferred) { try body(connection) }
  }

  /// Bytes of the database.
  func size() throws -> Int {
    try read { try $0.bytes() }
  }

  /// Nil where the backup has none.
  func secrets() throws -> BackupSecrets? {
    guard manifest?.secrets != nil else { return nil }
    return try JSONFile.read(BackupSecrets.self, at: BackupSecrets.path(of: path))
  }

  private func checkSecrets(_ manifest: BackupManifest) throws {
    guard let digest = manifest.secrets else { return }
    guard try measure(BackupSecrets.path(of: path)).digest == digest else {
      throw HandoverError("\(BackupSecrets.path(of: path)) is not what it was when it was made (SHA-256)")
    }
  }

  private func requireRows(_ summary: DatabaseSummary) throws {
    guard let manifest, let difference = summary.difference(toRows: manifest.rows) else { return }
    throw HandoverError("\(path) is not what it was when it was made: \(difference)")
  }

  private func inWords<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as SQLiteError {
      if error.isNewerThanBinary { throw HandoverError("\(path): \(error.message)") }
      throw HandoverError("\(path) is no sound backup: \(words(for: error))")
    }
  }
}
