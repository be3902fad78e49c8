import Glibc
import SQLite
import Secrets
import System

/// What is known of a backup of the database, in a file beside it: `FILE.json`. Without it a backup can be restored all the
/// same; with it, one that has changed since, by a bit, is found.
struct BackupManifest: Sendable, Equatable, Codable {
  /// The moment of which it is.
  let taken: UnixTime
  /// The version of the program that took it.
  let program: String
  /// The version of the database's schema.
  let schema: Int
  let bytes: Int
  let sha256: String
  /// Rows by table.
  let rows: [String: Int]
  /// The data folder that it is of.
  let data: String
  /// How many contents its documents have, and how many of them were nowhere to be found.
  var documents = 0
  var missing = 0
  /// The SHA-256 of `FILE.secrets`; nil where there is none.
  var secrets: String?
  /// The version of the schema to which the database was to be brought next; nil where that wasn't the reason.
  var upgradesTo: Int?

  static func path(of backup: String) -> String { backup + ".json" }

  /// - Returns: nil where there is none.
  /// - Throws: `HandoverError` where it can't be read, or is something else.
  static func read(of backup: String) throws(HandoverError) -> BackupManifest? {
    try JSONFile.read(BackupManifest.self, at: path(of: backup))
  }

  /// Compares the file with it, byte by byte.
  ///
  /// - Throws: `HandoverError` that names the difference.
  func check(_ backup: String) throws {
    let (size, digest) = try measure(backup)
    guard size == bytes else {
      throw HandoverError(
        "\(backup) has \(size) bytes, and had \(bytes) when it was made: take another backup")
    }
    guard digest == sha256 else {
      throw HandoverError("\(backup) is not what it was when it was made (SHA-256): take another backup")
    }
  }
}

/// The size and the SHA-256 of a file.
func measure(_ path: String) throws -> (size: Int, digest: String) {
  try requireFile(path)
  var (hash, size) = (SHA256(), 0)
  try readBlocks(of: path) { bytes in
    hash.update(bytes)
    size += bytes.count
  }
  return (size, hex(hash.finish()))
}

extension Connection {
  /// Makes a verified copy of the database in a new file, and its manifest, which is there before the copy has its name.
  ///
  /// - Parameter complete: adds to the manifest what else is kept with the copy, and keeps it.
  @discardableResult
  func backup(
    to path: String, of data: DataFolder, at now: UnixTime, progress: (Int, Int) throws -> Void = { _, _ in },
    completing complete: (inout BackupManifest, _ copy: Connection) throws -> Void = { _, _ in }
  ) throws -> BackupManifest {
    // What lies there is of a backup that was killed, or somebody's.
    _ = try BackupManifest.read(of: path)
    var manifest: BackupManifest?
    do {
      try backup(to: path, progress: progress) { temporary, copy, summary in
        let (size, digest) = try measure(temporary)
        var made = BackupManifest(
          taken: now, program: Application.version, schema: summary.version, bytes: size, sha256: digest,
          rows: summary.rows, data: data.path)
        try complete(&made, copy)
        try JSONFile.write(made, to: BackupManifest.path(of: path))
        manifest = made
      }
    } catch {
      if manifest != nil, unsafe access(path, F_OK) != 0 { _ = unsafe unlink(BackupManifest.path(of: path)) }
      throw error
    }
    guard let manifest else { throw HandoverError("\(path) was not finished") }
    return manifest
  }
}
