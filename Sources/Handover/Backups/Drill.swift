import Foundation
import SQLite
import Secrets
import System
import ZIP

// The drill
//
// A backup that nobody has ever restored is a hope. The drill restores the last one into a folder of its own, by the same
// code as `handover restore`, opens it as a server would, exports every organisation from it, holds each ZIP against what
// `handover verify` knows, reads every document, and compares what can't have changed with the database in use.

/// Proves that the last backup can be restored.
struct Drill {
  let data: DataFolder
  let clock: Clock
  let randomness: Randomness
  let threads: Int
  /// Refuses organisations that this system can't serve.
  let check: ([Organisation]) throws -> Void

  /// A backup that is older than this is found: one that is taken every day has failed once, and has had half a day more.
  static let oldest = Duration.hours(36)

  private var scratch: DataFolder { DataFolder(path: data.operation + "/drilling") }

  /// What was proven.
  struct Report {
    let backup: String
    let taken: UnixTime
    let organisations: Int
    let rows: Int
    let documents: Int
  }

  /// - Throws: `HandoverError` that says what is wrong with the backup, or what keeps it from being tried.
  func run() throws -> Report {
    try makeFolder(data.operation, mode: 0o700, group: nil)
    let lock = try FileLock(path: data.operation + "/drill.lock")
    guard lock.tryLock() else { throw HandoverError("another drill runs: wait for it") }
    return try withExtendedLifetime(lock) {
      let backup = try lastBackup()
      try clear()
      // What a kill leaves the next drill removes.
      defer { try? clear() }
      return try run(backup)
    }
  }

  private func lastBackup() throws -> RestoreSource {
    guard let path = try OperationState.read(.backup, in: data)?.file else {
      throw HandoverError("there has been no backup yet: take one with handover backup")
    }
    guard unsafe access(path, F_OK) == 0 else {
      throw HandoverError("the last backup, \(path), can't be read: \(SystemError.reason(errno))")
    }
    return try RestoreSource(path)
  }

  private func run(_ backup: RestoreSource) throws -> Report {
    guard let manifest = backup.manifest else {
      throw HandoverError("\(BackupManifest.path(of: backup.path)) is missing: take another backup")
    }
    try requireRoom(for: backup)
    let restoration = Restoration(folder: scratch)
    try makeFolder(scratch.path, mode: 0o700, group: nil)
    try restoration.stage { try backup.copy(into: $0) }
    _ = try restoration.commit(at: clock.now())
    if manifest.secrets != nil {
      do { _ = try KeyFile(path: scratch.keys, now: clock.now().rawValue, randomness: randomness) } catch {
        throw HandoverError("the backup's keys can't be used: \(error)")
      }
    }
    try scratch.prepare(group: nil)
    let database = try Database(scratch)
    defer { database.close() }
    let organisations = try database.read { try $0.organisations.all() }
    try check(organisations)
    let rows = try organisations.reduce(0) { try $0 + export($1, from: database) }
    let documents = try checkDocuments(database, manifest, beside: backup)
    try compare(manifest)
    let age = clock.now() - manifest.taken
    guard age <= Self.oldest else {
      throw HandoverError(
        "\(backup.path) can be restored, but is \(age.wholeSeconds / 3_600) hours old: see why there is no newer one"
      )
    }
    return Report(
      backup: backup.path, taken: manifest.taken, organisations: organisations.count, rows: rows,
      documents: documents)
  }

  /// The restored database, and the ZIP of an organisation, which is smaller than that.
  private func requireRoom(for backup: RestoreSource) throws {
    let needed = try 2 * backup.size() + DiskSpace.reserve
    guard let free = DiskSpace.free(at: data.operation), free < needed else { return }
    throw HandoverError(
      "there is no room to restore the backup in \(data.operation): it takes \(needed >> 20) MiB, and there are "
        + "\(free >> 20) MiB")
  }

  /// - Returns: how many rows its export has.
  private func export(_ organisation: Organisation, from database: Database) throws -> Int {
    let zip = scratch.path + "/\(organisation.id.rawValue).zip"
    defer { _ = unsafe unlink(zip) }
    let compressors = try Compressors(threads: threads, niceness: 10)
    defer { compressors.stop() }
    do {
      _ = try ArchiveBuilder(database: database, compressors: compressors, level: 1, clock: clock)
        .build(organisation, .organisation, publishedAs: zip)
    } catch {
      throw HandoverError(
        "organisation \(organisation.id.rawValue) can't be exported from the backup: \(words(for: error))")
    }
    let verification = try Verification(of: zip)
    guard verification.isSound else {
      throw HandoverError(
        "the export of organisation \(organisation.id.rawValue) from the backup is not sound: "
          + (verification.problems.first.map { "\($0)" } ?? "it can't be read"))
    }
    return verification.files.reduce(0) { $0 + $1.rows }
  }

  /// - Returns: how many are there.
  private func checkDocuments(
    _ database: Database, _ manifest: BackupManifest, beside backup: RestoreSource
  ) throws -> Int {
    let contents = try database.read { try $0.documents.contents() }
    let rotten = try Backup.documents(of: backup.path).rotten(of: contents)
    // What was missing already is no fault of the backup.
    guard rotten.count <= manifest.missing else {
      let first = rotten.first.map { hex($0.sha256) } ?? ""
      throw HandoverError(
        "documents are missing beside the backup, or have other bytes than they should: \(rotten.count), first \(first)"
      )
    }
    return contents.count - rotten.count
  }

  private func compare(_ manifest: BackupManifest) throws {
    let restored = try Connection(path: scratch.database, mode: .reader)
    try restored.attach(data.database, as: "live")
    let differences = try restored.transaction(.deferred) {
      try restored.live.differences(since: manifest.taken)
    }
    guard differences.isEmpty else {
      throw HandoverError("the backup and the database in use differ: \(differences.joined(separator: "; "))")
    }
  }

  private func clear() throws {
    guard unsafe access(scratch.path, F_OK) == 0 else { return }
    do { try FileManager.default.removeItem(atPath: scratch.path) } catch {
      throw HandoverError("can't remove \(scratch.path), which a drill has left: remove it")
    }
  }
}
