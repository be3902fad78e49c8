import Foundation
import Secrets
import System

/// A folder of a linked storage during one run, as rclone reaches it.
struct RemotePlace {
  let rclone: Rclone
  let provider: StorageProvider
  /// rclone's settings of the storage.
  let settings: [String: String]
  let isStopping: () -> Bool
  /// Told how many bytes have gone.
  let sent: (Int) -> Void

  /// How long what moves no content may take.
  private static let patience = Duration.seconds(180)

  /// How long content may take: slow lines of 64 kB a second are let be.
  private static func time(for bytes: Int) -> Duration { .seconds(600 + bytes / 64_000) }
}

extension RemotePlace {
  /// Copies a file, in the place of one of that name. One that is the same already, by its hash, stays as it is.
  ///
  /// - Parameter path: from the storage's root on.
  /// - Throws: `StorageProblem`, `Cancelled`.
  func copy(_ file: String, bytes: Int, to path: String) throws {
    // rclone would try a small file again by itself; where a list comes late, Drive would have it twice then. Pieces of a
    // large one can be sent again, and Dropbox takes the same twice for one.
    let tries = provider == .google && bytes <= Self.piece ? "1" : "3"
    _ = try run(
      ["copyto", file, target(path), "--no-update-modtime", "--low-level-retries", tries]
        + (provider.hasHashes ? ["--checksum"] : ["--ignore-times"]),
      deadline: Self.time(for: bytes))
  }

  /// rclone sends a file of up to 8 MiB to Drive at once.
  private static let piece = 8 << 20

  /// Gives a file another name, in the place of one that has it.
  func move(_ path: String, to other: String, bytes: Int) throws {
    _ = try run(
      // Without it rclone takes files of one size and time for the same, and removes the new one.
      ["moveto", target(path), target(other), "--ignore-times", "--low-level-retries", "1"],
      deadline: Self.time(for: bytes))
  }

  /// What lies there; nil where nothing does.
  func find(_ path: String) throws -> RemoteFile? {
    guard let entry = try entry(at: path) else { return nil }
    // S3 has no folders: rclone says of any name that it is one.
    if entry.isFolder, provider == .s3 { return nil }
    return RemoteFile(
      isFolder: entry.isFolder, bytes: entry.size, id: entry.id, hashes: entry.hashes ?? [:])
  }

  /// Whether a folder has a folder of that name.
  func isFolder(_ name: String, in path: String) throws -> Bool {
    // S3 has none.
    if provider == .s3 { return try folders(in: path).contains { $0.isSame(as: name) } }
    return try entry(at: "\(path)/\(name)")?.isFolder ?? false
  }

  /// The names of the folders in a folder; none where that one isn't there.
  func folders(in path: String) throws -> [String] {
    do {
      let listed = try run(
        ["lsjson", "--dirs-only", "--no-modtime", "--no-mimetype", target(path), "--low-level-retries", "3"])
      return try JSONDecoder().decode([Entry].self, from: Data(listed)).map(\.name)
    } catch let failure as RcloneFailure where failure.isNotFound { return [] }
  }

  /// The SHA-256 of a file, in hexadecimal digits. Every byte is read for it. Nil where there is none.
  func sha256(at path: String, bytes: Int) throws -> String? {
    do {
      let printed = try run(
        ["hashsum", "sha256", "--download", target(path), "--low-level-retries", "3"],
        deadline: Self.time(for: bytes))
      return String(decoding: printed.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
    } catch let failure as RcloneFailure where failure.isNotFound { return nil }
  }

  /// The MD5 of a file on the server's own disk, in hexadecimal digits.
  func md5(ofFile path: String, bytes: Int) throws -> String {
    let printed = try run(["hashsum", "md5", path], deadline: Self.time(for: bytes))
    return String(decoding: printed.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
  }

  private func entry(at path: String) throws -> Entry? {
    do {
      let printed = try run(
        ["lsjson", "--stat", "--no-modtime", "--no-mimetype"] + (provider.hasHashes ? ["--hash"] : [])
          + [target(path), "--low-level-retries", "3"])
      return try JSONDecoder().decode(Entry.self, from: Data(printed))
    } catch let failure as RcloneFailure where failure.isNotFound { return nil }
  }

  private func target(_ path: String) -> String { "\(Rclone.remote):\(path)" }

  private func run(_ arguments: [String], deadline: Duration = RemotePlace.patience) throws -> [UInt8] {
    do {
      return try rclone.run(
        arguments, on: settings, deadline: deadline, isStopping: isStopping, sent: sent)
    } catch let failure as RcloneFailure where !failure.isNotFound {
      throw StorageProblem(failure, at: provider)
    }
  }

  /// As `rclone lsjson` prints it.
  private struct Entry: Decodable {
    let name: String
    let size: Int
    let isFolder: Bool
    let id: String?
    let hashes: [String: String]?

    private enum CodingKeys: String, CodingKey {
      case name = "Name"
      case size = "Size"
      case isFolder = "IsDir"
      case id = "ID"
      case hashes = "Hashes"
    }
  }
}

/// What lies under a name in a linked storage.
struct RemoteFile: Equatable {
  /// One of somebody's, in which no document can be.
  let isFolder: Bool
  let bytes: Int
  let id: String?
  /// Of the kinds that the storage computes by itself.
  let hashes: [String: String]
}

extension StorageProvider {
  /// Whether the storage tells a hash of each file, which rclone compares after a copy.
  var hasHashes: Bool { self == .dropbox || self == .google || self == .s3 }
}

/// What a document holds, as it lies on the server's disk.
struct ContentHash: Equatable {
  let sha256: [UInt8]
  /// As Dropbox computes it: the SHA-256 of the SHA-256s of its blocks of 4 MiB
  /// (www.dropbox.com/developers/reference/content-hash).
  let dropbox: [UInt8]

  /// - Throws: `HandoverError` where the file can't be read; `Cancelled`.
  init(of path: String, cancellation: Cancellation) throws {
    var (whole, block, blocks) = (SHA256(), SHA256(), SHA256())
    var room = Self.blockSize
    try readBlocks(of: path) { bytes in
      try cancellation.check()
      whole.update(bytes)
      let fits = min(room, bytes.count)
      block.update(bytes.extracting(first: fits))
      room -= fits
      guard room == 0 else { return }
      blocks.update(block.finish())
      block = SHA256()
      block.update(bytes.extracting(fits...))
      room = Self.blockSize - (bytes.count - fits)
    }
    if room < Self.blockSize { blocks.update(block.finish()) }
    (sha256, dropbox) = (whole.finish(), blocks.finish())
  }

  private static let blockSize = 4 << 20
}
