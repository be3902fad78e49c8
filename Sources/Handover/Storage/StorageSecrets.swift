import Foundation
import System

/// What opens a linked storage.
enum StorageSecret: Sendable, Equatable {
  /// Of an account at a provider.
  case token(StorageToken)
  /// rclone's own settings of the operator's place, passwords among them, by rclone's names: `pass`.
  case settings([String: String])
}

/// What a provider has given for the use of an account (RFC 6749, section 5.1).
struct StorageToken: Sendable, Equatable, Codable {
  /// Good for some hours.
  var access: String
  var expiresAt: Int64
  /// Good until the account's owner takes it back.
  let refresh: String
}

/// The secrets of linked storages, a file each, which only the server's user may read: `storage/LINK`. They are nowhere
/// else: not in the database, so in no backup that is made without `--keys`, and not in the log.
struct StorageSecrets: Sendable {
  /// The folder, made with the first link.
  let path: String

  /// - Returns: nil where there is none.
  /// - Throws: `SystemError`; `HandoverError` where the file holds something else.
  func read(_ id: StorageLinkID) throws -> StorageSecret? {
    let descriptor = unsafe open(file(of: id), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    if descriptor < 0, errno == ENOENT { return nil }
    guard descriptor >= 0 else { throw SystemError("read", file(of: id)) }
    defer { close(descriptor) }
    let bytes = try FileDescriptor(rawValue: descriptor).bytes(Self.largest, at: 0)
    guard let content = try? JSONDecoder().decode(Content.self, from: Data(bytes)),
      let secret = content.secret
    else {
      throw HandoverError("\(file(of: id)) holds no secrets of a storage; link the storage again")
    }
    return secret
  }

  /// Puts them on the disk, in the place of older ones.
  ///
  /// - Throws: `SystemError`; EBUSY while another process writes them.
  func write(_ secret: StorageSecret, of id: StorageLinkID) throws {
    try makeFolder(path, mode: 0o700, group: nil)
    var file = try DurableFile(at: file(of: id) + ".part")
    try file.write(Array(JSONEncoder().encode(Content(secret))))
    try file.publish(as: self.file(of: id))
  }

  /// - Returns: the links that have secrets.
  func all() -> [StorageLinkID] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).compactMap { StorageLinkID($0) }
  }

  /// Whether they were written longer than an hour ago: a link that is being made has its row in a moment.
  func isOld(_ id: StorageLinkID, at now: UnixTime) -> Bool {
    var status = stat()
    guard unsafe stat(file(of: id), &status) == 0 else { return false }
    return now - UnixTime(rawValue: Int64(status.st_mtim.tv_sec)) > .hours(1)
  }

  func remove(_ id: StorageLinkID) throws {
    guard unsafe unlink(file(of: id)) == 0 || errno == ENOENT else {
      throw SystemError("remove", file(of: id))
    }
    try syncFolder(path)
  }

  private func file(of id: StorageLinkID) -> String { "\(path)/\(id.rawValue)" }

  private static let largest = 1 << 16

  private struct Content: Codable {
    var token: StorageToken?
    var settings: [String: String]?

    init(_ secret: StorageSecret) {
      switch secret {
      case .token(let token): self.token = token
      case .settings(let settings): self.settings = settings
      }
    }

    var secret: StorageSecret? { token.map(StorageSecret.token) ?? settings.map(StorageSecret.settings) }
  }
}
