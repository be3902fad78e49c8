import Glibc
import SQLite
import System

/// What is to be restored, by this program or into a folder to be tried: a backup, or the copy elsewhere.
struct RestoreSource {
  let path: String
  /// As it is called in a sentence.
  let name: String
  /// Nil for a backup that was made before there were manifests, for a database that a restore has put aside, and for what
  /// Litestream has.
  let manifest: BackupManifest?

  /// Looks whether it is what was made, byte by byte, and a database that this program can open.
  ///
  /// - Throws: `HandoverError`.
  init(_ path: String) throws {
    try requireFile(path)
    let manifest = try BackupManifest.read(of: path)
    try manifest?.check(path)
    try self.init(path, path, manifest)
  }

  static let elsewhere = "the copy elsewhere"

  /// Whether Litestream has put it into the staging folder.
  var isElsewhere: Bool { name == Self.elsewhere }
  var noun: String { isElsewhere ? Self.elsewhere : "the backup" }

  /// Gets what Litestream has of a database into a staging folder, where it has the name that it is to have, and looks at it in
  /// the same way.
  ///
  /// - Parameters:
  ///   - time: as it was then; nil: the newest.
  ///   - copy: the folder in which there may be one that has followed it.
  /// - Throws: `HandoverError`; `NothingElsewhere`.
  init(
    _ litestream: Litestream, of database: String, asOf time: UnixTime?, in staging: String,
    from copy: String? = nil
  ) throws {
    let path = DataFolder(path: staging).database
    let followed = copy.map { DataFolder(path: $0).database }
    if let followed, unsafe access(followed, F_OK) == 0 {
      try litestream.finish(database, in: followed)
      guard unsafe rename(followed, path) == 0 else { throw SystemError("rename", followed) }
    } else {
      try litestream.restore(database, asOf: time, to: path)
    }
    try self.init(path, Self.elsewhere, nil)
    try requireSound()
  }

  private init(_ path: String, _ name: String, _ manifest: BackupManifest?) throws {
    (self.path, self.name, self.manifest) = (path, name, manifest)
    try inWords {
      guard try unsafe access(path + "-wal", F_OK) != 0 || DatabaseHeader(of: path).isInWALMode else {
        throw HandoverError(
          "\(path)-wal belongs to another database than the one beside it, \(path): remove it")
      }
      let connection = try Connection(path: path, mode: .reader)
      guard try DatabaseFile.migrator.isOurs(connection) else {
        throw HandoverError("\(name) is a database of another program")
      }
      _ = try DatabaseFile.migrator.pending(in: connection)
      if let missing = try DatabaseFile.migrator.missing(in: connection).first {
        throw HandoverError("\(name) is not whole: \(missing) is missing")
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
      if let problem = try connection.problem() { throw HandoverError("\(name) is not sound: \(problem)") }
      try requireRows(DatabaseSummary(of: connection))
    }
  }

  /// Copies the database, and what is secret where the backup has it, under their names into a folder, and checks the copy.
  /// What Litestream has put there is there already.
  ///
  /// - Parameter progress: pages copied, and pages in all.
  func copy(into staging: String, progress: (Int, Int) -> Void = { _, _ in }) throws {
    let database = DataFolder(path: staging).database
    if database != path {
      try Connection(path: path, mode: .reader).backup(to: database, progress: progress) { _, _, summary in
        try requireRows(summary)
      }
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
      if error.isNewerThanBinary { throw HandoverError("\(name): \(error.message)") }
      throw HandoverError("\(name) is not sound: \(words(for: error))")
    }
  }
}
