import Foundation
import SQLite
import Secrets
import System
import ZIP

// The drill
//
// A backup that nobody has ever restored is a hope. The drill restores the last one into a folder of its own, by the same
// code as `handover restore`, opens it as a server would, exports every organisation from it, holds each ZIP against what
// `handover verify` knows, reads every document, and compares what can't have changed with the database in use. Then it
// does the same with the copy elsewhere, where there is one, also where the backup has failed: one of the two may be all
// that is left some day.

/// Proves that the last backup can be restored, and the copy elsewhere.
struct Drill {
  let data: DataFolder
  /// Where there is a copy elsewhere.
  let replica: Replica?
  let litestream: Litestream
  let clock: Clock
  let randomness: Randomness
  let threads: Int
  /// Refuses organisations that this system can't serve.
  let check: ([Organisation]) throws -> Void

  /// A backup that is older than this is found: one that is taken every day has failed once, and has had half a day more.
  static let oldest = Duration.hours(36)

  private var scratch: DataFolder { DataFolder(path: data.operation + "/drilling") }

  /// What was proven of one of them.
  struct Report {
    let name: String
    let taken: UnixTime
    let organisations: Int
    let rows: Int
    /// Nil of what has none.
    let documents: Int?
  }

  /// - Returns: the backup's, and the copy's, where there is one.
  /// - Throws: `HandoverError` that says what is wrong with them, or what keeps them from being tried.
  func run() throws -> [Report] {
    try makeFolder(data.operation, mode: 0o700, group: nil)
    let lock = try FileLock(path: data.operation + "/drill.lock")
    guard lock.tryLock() else { throw HandoverError("another drill runs: wait for it") }
    return try withExtendedLifetime(lock) {
      var (reports, problems): ([Report], [String]) = ([], [])
      for prove in [proveBackup] + (replica.map { replica in [{ try prove(replica) }] } ?? []) {
        do { reports.append(try prove()) } catch { problems.append(words(for: error)) }
      }
      guard problems.isEmpty else { throw HandoverError(problems.joined(separator: "; ")) }
      return reports
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

  private func proveBackup() throws -> Report {
    let backup = try lastBackup()
    guard let manifest = backup.manifest else {
      throw HandoverError("\(BackupManifest.path(of: backup.path)) is missing: take another backup")
    }
    let report = try prove("the backup", since: manifest.taken, of: try backup.size()) { _ in backup }
    let age = clock.now() - manifest.taken
    guard age <= Self.oldest else {
      throw HandoverError(
        "\(backup.path) can be restored, but is \(age.wholeSeconds / 3_600) hours old: see why there is no newer one"
      )
    }
    return report
  }

  private func prove(_ replica: Replica) throws -> Report {
    if let failure = replica.look() {
      throw HandoverError("\(RestoreSource.elsewhere) is behind, so it was not tried: \(failure)")
    }
    let size = DiskSpace.size(of: data.database) ?? 0
    return try prove(RestoreSource.elsewhere, since: clock.now(), of: size) { staging in
      do { return try RestoreSource(litestream, of: data.database, asOf: nil, in: staging) } catch {
        guard Self.isWithoutNetwork else { throw error }
        throw HandoverError(
          "\(error); no network is open to the drill, as long as its unit is without "
            + "/usr/share/doc/handover/examples/replica.conf")
      }
    }
  }

  /// Whether this process sees its own loopback alone, as in the sandbox of the drill's unit (proc_net(5)).
  private static var isWithoutNetwork: Bool {
    guard let table = try? String(contentsOfFile: "/proc/self/net/dev", encoding: .utf8) else { return false }
    return table.split(separator: "\n").count { $0.contains(":") } <= 1
  }

  /// - Parameters:
  ///   - name: of what is restored, in a sentence.
  ///   - taken: what was done until then it has.
  ///   - size: of its database, in bytes, as far as is known.
  ///   - open: gives it, or puts it into the staging folder.
  private func prove(
    _ name: String, since taken: UnixTime, of size: Int, _ open: (_ staging: String) throws -> RestoreSource
  ) throws -> Report {
    // What a kill leaves the next one removes.
    try clear()
    defer { try? clear() }
    try requireRoom(for: name, of: size)
    let restoration = Restoration(folder: scratch)
    try makeFolder(scratch.path, mode: 0o700, group: nil)
    let source = try restoration.stage { staging in
      let source = try open(staging)
      try source.copy(into: staging)
      return source
    }
    _ = try restoration.commit(at: clock.now())
    if source.manifest?.secrets != nil {
      do { _ = try KeyFile(path: scratch.keys, now: clock.now().rawValue, randomness: randomness) } catch {
        throw HandoverError("the backup's keys can't be used: \(error)")
      }
    }
    try scratch.prepare(group: nil)
    let database = try Database(scratch)
    defer { database.close() }
    let organisations = try database.read { try $0.organisations.all() }
    try check(organisations)
    let rows = try organisations.reduce(0) { try $0 + export($1, from: database, of: name) }
    let documents = try source.manifest.map { try checkDocuments(database, $0, beside: source) }
    try compare(name, since: taken)
    return Report(
      name: source.name, taken: taken, organisations: organisations.count, rows: rows, documents: documents)
  }

  /// The restored database, and the ZIP of an organisation, which is smaller than that.
  private func requireRoom(for name: String, of size: Int) throws {
    guard let (needed, free) = DiskSpace.shortage(of: 2 * size, at: data.operation) else { return }
    throw HandoverError(
      "there is no room to restore \(name) in \(data.operation): it takes \(Wording.size(needed)), and there are "
        + Wording.size(free))
  }

  /// - Returns: how many rows its export has.
  private func export(_ organisation: Organisation, from database: Database, of name: String) throws -> Int {
    let zip = scratch.path + "/\(organisation.id.rawValue).zip"
    defer { _ = unsafe unlink(zip) }
    let compressors = try Compressors(threads: threads, niceness: 10)
    defer { compressors.stop() }
    do {
      _ = try ArchiveBuilder(database: database, compressors: compressors, level: 1, clock: clock)
        .build(organisation, .organisation, publishedAs: zip)
    } catch {
      throw HandoverError(
        "organisation \(organisation.id.rawValue) can't be exported from \(name): \(words(for: error))")
    }
    let verification = try Verification(of: zip)
    guard verification.isSound else {
      throw HandoverError(
        "the export of organisation \(organisation.id.rawValue) from \(name) is not sound: "
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

  private func compare(_ name: String, since taken: UnixTime) throws {
    let restored = try Connection(path: scratch.database, mode: .reader)
    try restored.attach(data.database, as: "live")
    let differences = try restored.transaction(.deferred) {
      try restored.live.differences(since: taken, from: name)
    }
    guard differences.isEmpty else {
      throw HandoverError("\(name) and the database in use differ: \(differences.joined(separator: "; "))")
    }
  }

  private func clear() throws {
    guard unsafe access(scratch.path, F_OK) == 0 else { return }
    do { try FileManager.default.removeItem(atPath: scratch.path) } catch {
      throw HandoverError("can't remove \(scratch.path), which a drill has left: remove it")
    }
  }
}
