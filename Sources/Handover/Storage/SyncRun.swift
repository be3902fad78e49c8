import SQLite
import Secrets
import System

// One document, from the server's disk to the linked storage
//
// 1. Take (`SyncKind`): one transaction makes the row processing, and chooses the file's name, which no other document of
//    the deal has there.
// 2. Read what the document holds, and hash it: what is damaged here goes nowhere.
// 3. Find the deal's folder, or make it (`RemoteFolders.swift`).
// 4. Look what has the name there. The same content: a run before this one came so far, and nothing is to be done.
//    Something else, where no run of ours has written yet: it is somebody's, and the document gets another name.
// 5. Note that the file is ours from now on, and copy it: on Dropbox, Drive and S3 it is there as a whole or not at all;
//    on SFTP and WebDAV it gets its name when it is.
// 6. Read back what is there: by the hash that the storage has computed, else every byte.
// 7. Note it (`SyncEnd.swift`), in one transaction: completed, or queued again where the document has changed meanwhile.
//
// After a kill at any point the row is processing; the next start counts a failure, and the next run begins at 1. It finds
// what the former one has left: the name, the folder, perhaps the file. Nothing is there twice, and nothing half. On SFTP
// and WebDAV a temporary file stays until that run. Nothing that a person has put there is ever touched.

/// What a run needs beside its row.
struct SyncRun {
  let storage: LinkedStorage
  let folders: RemoteFolders
  let rclone: Rclone
  let job: SyncJob
  let progress: SyncProgress
  let cancellation: Cancellation

  private enum Found: Equatable {
    case nothing
    case same(id: String?)
    case another
  }
}

extension SyncRun {
  /// Copies the document, and makes sure that it is there.
  ///
  /// - Throws: `StorageProblem`, `JobFailure`, `DocumentsAway`, `Cancelled`.
  func copy() throws -> SyncTable.Copy {
    let path = try content()
    let hash = try ContentHash(of: path, cancellation: cancellation)
    guard hash.sha256 == job.document.sha256 else { throw JobFailure.documentDamaged }
    progress.step()
    if !job.link.provider.isAccount { return try copy(path, hash, with: nil) }
    let token = try storage.token(for: job.link, isStopping: isStopping)
    do { return try copy(path, hash, with: token) } catch let problem as StorageProblem
      where problem.kind == .refusedToken
    {
      // The next one shows whether it is the token or the permission.
      try storage.expire(token, of: job.link)
      return try copy(
        path, hash, with: storage.token(for: job.link, isStopping: isStopping))
    }
  }

  /// - Parameter token: of an account.
  private func copy(_ path: String, _ hash: ContentHash, with token: StorageToken?) throws -> SyncTable.Copy {
    let settings = try storage.rcloneSettings(for: job.link, token: token, isStopping: isStopping)
    let drive = drive(token)
    let folder = try folders.folder(of: job, at: storage.clock.now()) {
      let folder =
        try drive.map { try storage.folder(of: job, at: $0) }
        ?? storage.folder(of: job, at: place(settings))
      try storage.follow(folder, of: job)
      return folder
    }
    progress.step()
    let target = Target(
      place: place(settings, in: folder), prefix: folder.id == nil ? "\(folder.path)/" : "", folder: folder,
      drive: drive, hash: hash)
    let (name, found) = try name(at: target)
    if case .same(let id) = found { return copied(name, folder, id) }
    guard try storage.database.write({ try $0.syncs.write(job) }) else { throw Cancelled() }
    do { try write(path, as: name, at: target) } catch let problem as StorageProblem
      where problem.kind == .unreachable
    {
      // It may have arrived all the same, and only the answer has not.
      guard case .same(let id) = try look(name, at: target) else { throw problem }
      return copied(name, folder, id)
    }
    progress.step()
    return copied(name, folder, try verify(name, at: target))
  }

  /// Where the file goes, and what it is compared with.
  private struct Target {
    let place: RemotePlace
    /// What stands before a name, for rclone.
    let prefix: String
    let folder: RemoteFolder
    let drive: DriveFiles?
    let hash: ContentHash
  }

  private func isStopping() -> Bool { cancellation.isCancelled }

  /// The path of what the document holds.
  private func content() throws -> String {
    let document = job.document
    switch try storage.documents.look(at: document) {
    case .there: return storage.documents.path(of: document)
    case .missing: throw JobFailure.documentMissing
    case .damaged: throw JobFailure.documentDamaged
    case .away: throw DocumentsAway(reason: "the folder of documents can't be reached")
    }
  }

  private func drive(_ token: StorageToken?) -> DriveFiles? {
    guard let token, job.link.provider == .google else { return nil }
    return DriveFiles(curl: storage.curl, token: token.access, isStopping: isStopping)
  }

  private func place(_ settings: [String: String], in folder: RemoteFolder? = nil) -> RemotePlace {
    var settings = settings
    if let id = folder?.id { settings["root_folder_id"] = id }
    return RemotePlace(
      rclone: rclone, provider: job.link.provider, settings: settings, isStopping: isStopping,
      sent: progress.sent)
  }

  /// The name that the file has there or gets, and what has it now.
  private func name(at target: Target) throws -> (String, Found) {
    var name = job.sync.name ?? RemoteName.safe(job.document, at: job.link.provider)
    var found = try look(name, at: target)
    var taken: Set<String> = []
    while found == .another, !job.sync.isWritten || !taken.isEmpty {
      if taken.count == Self.names { throw JobFailure.noName }
      taken.insert(SafeName.folded(name))
      name = try storage.database.write { connection in
        let other = try RemoteName.choose(
          for: job.document, job.sync.id, at: job.link, besides: taken, in: connection)
        try connection.syncs.name(job.sync.id, other)
        return other
      }
      found = try look(name, at: target)
    }
    return (name, found)
  }

  /// How many names are tried.
  private static let names = 5

  private func look(_ name: String, at target: Target) throws -> Found {
    try cancellation.check()
    if let drive = target.drive, let folder = target.folder.id {
      let files = try drive.files(name, in: folder)
      if let same = try files.first(where: { try equals($0, at: target) }) { return .same(id: same.id) }
      return files.isEmpty ? .nothing : .another
    }
    let path = target.prefix + name
    guard let file = try target.place.find(path) else { return .nothing }
    guard !file.isFolder, file.bytes == job.document.bytes else { return .another }
    if job.link.provider == .dropbox, let own = file.hashes["dropbox"] {
      return own == hex(target.hash.dropbox) ? .same(id: file.id) : .another
    }
    let isSame = try target.place.sha256(at: path, bytes: file.bytes) == hex(job.document.sha256)
    return isSame ? .same(id: file.id) : .another
  }

  private func equals(_ file: DriveFiles.File, at target: Target) throws -> Bool {
    guard file.size == "\(job.document.bytes)" else { return false }
    if let sha256 = file.sha256Checksum { return sha256 == hex(job.document.sha256) }
    // Drive has not computed it for all files.
    guard let md5 = file.md5Checksum else { return false }
    return try target.place.md5(ofFile: storage.documents.path(of: job.document), bytes: job.document.bytes)
      == md5
  }

  private func write(_ file: String, as name: String, at target: Target) throws {
    let bytes = job.document.bytes
    guard job.link.provider.writesHalves else {
      return try target.place.copy(file, bytes: bytes, to: target.prefix + name)
    }
    let temporary = "\(target.prefix).handover-\(job.key).part"
    try target.place.copy(file, bytes: bytes, to: temporary)
    progress.step()
    try target.place.move(temporary, to: target.prefix + name, bytes: bytes)
  }

  /// Makes sure that the file is there, with the document's content.
  ///
  /// - Returns: its id, where it has one.
  private func verify(_ name: String, at target: Target) throws -> String? {
    let started = ContinuousClock.now
    while true {
      switch try look(name, at: target) {
      case .same(let id): return id
      case .nothing where target.drive != nil:
        // Drive may list it in a while. rclone has compared its hash when Drive took it.
        if .now - started < Sync.listing {
          progress.step()
          Wakeup().wait(atMost: .seconds(1))
          continue
        }
        try requireFolder(at: target)
        return nil
      case .nothing:
        throw StorageProblem(
          .unreachable, "\(job.link.provider.name) took the document, and doesn’t have it.", detail: name)
      case .another:
        throw StorageProblem(
          .unreachable, "What \(job.link.provider.name) has is not what was sent.", detail: name)
      }
    }
  }

  private func requireFolder(at target: Target) throws {
    guard let drive = target.drive, let id = target.folder.id else { return }
    guard try drive.find(id)?.trashed == false else {
      throw StorageProblem(.unreachable, "The deal’s folder was put into the bin meanwhile.", detail: id)
    }
  }

  private func copied(_ name: String, _ folder: RemoteFolder, _ id: String?) -> SyncTable.Copy {
    SyncTable.Copy(
      sha256: job.document.sha256, path: "\(folder.path)/\(name)",
      hasOwnName: name.isSame(as: job.document.name), fileID: id)
  }
}

/// The name of a document's file in a linked storage.
enum RemoteName {
  /// - Returns: the document's own, made safe.
  static func safe(_ document: Document, at provider: StorageProvider) -> String {
    SafeName.file(document.name, isPlain: provider != .google)
  }

  /// Whether a name that was chosen before is still good: a document that was replaced may have another ending.
  static func suits(_ name: String, _ document: Document, at provider: StorageProvider) -> Bool {
    DocumentName.ending(of: name).isSame(as: DocumentName.ending(of: safe(document, at: provider)))
  }

  /// A name that no other document of the deal has there.
  ///
  /// - Parameter taken: names, folded, that somebody else's files have.
  static func choose(
    for document: Document, _ sync: SyncID, at link: StorageLink, besides taken: Set<String> = [],
    in connection: Connection
  ) throws -> String {
    let others = try connection.syncs.names(
      besides: sync, of: document.deal, document.organisation, in: link.id)
    return SafeName.unique(safe(document, at: link.provider), of: document.id) {
      others.contains($0) || taken.contains($0)
    }
  }
}

extension StorageProvider {
  /// Whether a file that is being written can be seen, or stays where the writer dies.
  fileprivate var writesHalves: Bool { self == .sftp || self == .webdav }
}

extension LinkedStorage {
  /// The provider has refused the token before its time: whoever asks for one next gets another.
  func expire(_ token: StorageToken, of link: StorageLink) throws {
    try refreshing.withLock(link.id) {
      guard case .token(var current)? = try secrets.read(link.id), current.access == token.access else {
        return
      }
      current.expiresAt = 0
      try secrets.write(.token(current), of: link.id)
    }
  }
}
