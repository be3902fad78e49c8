import Foundation
import Secrets
import System

/// The signing keys and the secrets of linked storages, in one file beside a backup: `FILE.secrets`.
struct BackupSecrets: Sendable, Equatable, Codable {
  /// The file of keys.
  let keys: String
  /// By the file's name.
  let storage: [String: String]

  static func path(of backup: String) -> String { backup + ".secrets" }

  /// Reads what the data folder has.
  ///
  /// - Throws: `HandoverError` where the keys can't be read.
  init(of data: DataFolder) throws(HandoverError) {
    keys = try Self.text(data.keys)
    var storage: [String: String] = [:]
    for name in (try? FileManager.default.contentsOfDirectory(atPath: data.storage)) ?? []
    where StorageLinkID(name) != nil {
      storage[name] = try Self.text("\(data.storage)/\(name)")
    }
    self.storage = storage
  }

  private static func text(_ path: String) throws(HandoverError) -> String {
    guard let bytes = FileManager.default.contents(atPath: path), !bytes.isEmpty else {
      throw HandoverError("can't read \(path), which is to be in the backup")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Writes them into a folder, under the names that they have in a data folder, and onto the disk.
  func write(into folder: String) throws {
    func write(_ text: String, to path: String) throws {
      var file = try DurableFile(at: path + ".part")
      try file.write(Array(text.utf8))
      try file.publish(as: path)
    }
    let staged = DataFolder(path: folder)
    try write(keys, to: staged.keys)
    guard !storage.isEmpty else { return }
    try makeFolder(staged.storage, mode: 0o700, group: nil)
    for (name, text) in storage where StorageLinkID(name) != nil {
      try write(text, to: "\(staged.storage)/\(name)")
    }
  }
}
