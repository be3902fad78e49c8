import Foundation
import SQLite
import System

/// A folder of backups that are named by their time: `handover-2026-11-27T013000Z.sqlite`.
struct BackupFolder {
  let path: String

  private static let form = Array("handover-0000-00-00T000000Z.sqlite".utf8)

  /// - Throws: `HandoverError` where there is none: the disk may not be mounted.
  init(_ path: String) throws(HandoverError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw HandoverError("there is no folder \(path): mount its disk, or make it")
    }
    self.path = path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  /// Whether a path means a folder.
  static func isMeant(by path: String) -> Bool {
    var status = stat()
    return path.hasSuffix("/") || (unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR)
  }

  func backup(at time: UnixTime) -> String {
    "\(path)/handover-\(time.iso8601.replacing(":", with: "")).sqlite"
  }

  /// Removes all but the newest of those that were named here and are of that data folder, and what killed ones have
  /// left. The one that was just made stays, wherever its name stands: a clock may have been set back.
  func keep(newest count: Int, of data: DataFolder, with made: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let mine = names.filter(Self.isOurs).sorted(by: >).map { "\(path)/\($0)" }.filter { backup in
      (try? BackupManifest.read(of: backup))?.data == data.path
    }
    for backup in mine.filter({ $0 != made }).dropFirst(count - 1) {
      // The backup first: what lies beside it is worth nothing without it.
      for file in [backup, BackupSecrets.path(of: backup), BackupManifest.path(of: backup)] {
        _ = unsafe unlink(file)
      }
    }
    for name in names {
      let backup = String(name.prefix(Self.form.count))
      guard Self.isOurs(backup), name != backup else { continue }
      // One that is being made has `.part`, and a lock on it, until it has its name.
      try? DurableFile.removeLeftover("\(path)/\(backup).part")
      guard unsafe access("\(path)/\(backup).part", F_OK) != 0, unsafe access("\(path)/\(backup)", F_OK) != 0
      else { continue }
      removeBesides("\(path)/\(backup).part")
      for suffix in [".json", ".json.part", ".secrets", ".secrets.part"] where name == backup + suffix {
        _ = unsafe unlink("\(path)/\(name)")
      }
    }
    try? removeUnneeded()
  }

  /// Removes what documents held that no backup of the folder, whatever its name, has any more. Where one can't be read, or
  /// is being made, all stays.
  private func removeUnneeded() throws {
    let documents = Backup.documents(of: path + "/any")
    var needed: Set<String> = []
    for name in try FileManager.default.contentsOfDirectory(atPath: path) {
      if name.hasSuffix(".part") { return }
      let backup = "\(path)/\(name)"
      let isNoted = try BackupManifest.read(of: backup) != nil
      guard Self.isOurs(name) || isNoted || DatabaseHeader.begins(backup) else { continue }
      let connection = try Connection(path: backup, mode: .reader)
      for content in try connection.documents.contentsOfAnyVersion() {
        needed.insert(documents.name(of: content.sha256, of: content.organisation))
      }
    }
    for name in FileManager.default.subpaths(atPath: documents.path) ?? [] {
      let parts = name.split(separator: "/")
      guard parts.count == 3, parts[2].count == 64, !needed.contains(name) else { continue }
      _ = unsafe unlink("\(documents.path)/\(name)")
    }
  }

  /// When the oldest of a folder that is of that data was made; nil where there is none.
  static func oldest(in path: String, of data: DataFolder) -> UnixTime? {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter(isOurs).sorted().lazy
      .compactMap { (try? BackupManifest.read(of: "\(path)/\($0)")).flatMap(\.self) }
      .first { $0.data == data.path }?.taken
  }

  /// `handover-2026-11-27T013000Z.sqlite`, and nothing else.
  private static func isOurs(_ name: String) -> Bool {
    let name = Array(name.utf8)
    return name.count == form.count
      && zip(name, form).allSatisfy { $1 == UInt8(ascii: "0") ? (0x30...0x39).contains($0) : $0 == $1 }
  }
}
