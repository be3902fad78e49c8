import Foundation
import SQLite
import System

/// The copies that are made before the schema changes: `operation/before-1.1.0.sqlite`, named by the program that changes
/// it. The former program goes on with one, once it is restored.
struct UpgradeCopy {
  let folder: DataFolder

  /// As many are kept.
  static let kept = 2
  /// For how long a copy is good for another try.
  private static let age = Duration.minutes(10)

  /// Makes a verified copy, unless it was made when the change was begun before.
  ///
  /// - Parameters:
  ///   - connection: to the database as it is.
  ///   - target: the version of the schema that it is to have.
  /// - Returns: the copy's path; nil where it was there.
  /// - Throws: `HandoverError` where there is no room, and whatever keeps a copy from being made. Nothing is to be
  ///   changed then.
  func make(of connection: Connection, before target: Int, at now: UnixTime) throws -> String? {
    let version = try DatabaseFile.migrator.version(of: connection)
    let before = all()
    let hasBegun = before.contains { copy in
      copy.manifest.schema < version && version < (copy.manifest.upgradesTo ?? 0)
    }
    if hasBegun { return nil }
    // A start that fails and is tried again, and again, must not fill the disk.
    let rows = try DatabaseSummary(of: connection).rows
    let isMade = before.contains { copy in
      copy.manifest.schema == version && copy.manifest.upgradesTo == target && copy.manifest.rows == rows
        && (.zero..<Self.age).contains(now - copy.manifest.taken)
    }
    if isMade { return nil }
    try makeFolder(folder.operation, mode: 0o700, group: nil)
    try requireRoom(for: connection)
    let path = freePath()
    do {
      try connection.backup(
        to: path, of: folder, at: now, completing: { manifest, _ in manifest.upgradesTo = target })
    } catch {
      throw HandoverError(
        "the database can't be copied to \(path) before its schema changes, so nothing was changed: \(words(for: error))"
      )
    }
    for copy in before.dropFirst(Self.kept - 1) { remove(copy.path) }
    return path
  }

  /// The copies, the newest first.
  func all() -> [(path: String, manifest: BackupManifest)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.operation)) ?? []
    let copies = names.filter { $0.hasPrefix("before-") && $0.hasSuffix(".sqlite") }.compactMap { name in
      let path = "\(folder.operation)/\(name)"
      return (try? BackupManifest.read(of: path)).flatMap { $0 }.map { (path: path, manifest: $0) }
    }
    return copies.sorted {
      ($0.manifest.taken, $0.manifest.schema, $0.path) > ($1.manifest.taken, $1.manifest.schema, $1.path)
    }
  }

  private func requireRoom(for connection: Connection) throws {
    let size = try connection.bytes()
    guard let (needed, free) = DiskSpace.shortage(of: size, at: folder.operation) else { return }
    throw HandoverError(
      "there is no room for a copy of the database before its schema changes, so nothing was changed: it takes "
        + "\(needed >> 20) MiB, and \(folder.operation) has \(free >> 20) MiB; make room, or use the former version"
    )
  }

  private func freePath() -> String {
    let path = "\(folder.operation)/before-\(Application.version)"
    var (number, free) = (1, path + ".sqlite")
    while unsafe access(free, F_OK) == 0 {
      number += 1
      free = "\(path)-\(number).sqlite"
    }
    return free
  }

  private func remove(_ path: String) {
    _ = unsafe unlink(path)
    _ = unsafe unlink(BackupManifest.path(of: path))
  }
}
