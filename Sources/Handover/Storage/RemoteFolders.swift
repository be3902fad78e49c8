import SQLite
import System

// Where a deal's documents go: `Handover - Harbour Finance/D-12 Smith refinance`
//
// On Drive a folder is known by its id, whatever people call it and wherever they move it (`DriveFiles`). Elsewhere it is
// looked for as it was called last, and then by the deal's number at the beginning of its name. Either way the row says
// first what is to be made, so that a crash, or another run at the same moment, makes none twice. One that has gone, or
// lies in the bin, is made anew, and what was in it is copied again: no row says of a document that it is there when its
// folder is not.

/// A deal's folder in a linked storage.
struct RemoteFolder: Sendable, Equatable {
  /// From the storage's root on, as people see it.
  let path: String
  /// Where folders have one.
  let id: String?
}

/// The folders of deals, as they were last seen: documents of one deal that follow one another look once.
final class RemoteFolders: Sendable {
  private struct Key: Hashable {
    let link: StorageLinkID
    let deal: DealID
  }

  private struct Look {
    let folder: RemoteFolder
    let at: UnixTime
    let began: ContinuousClock.Instant
  }

  private let seen = Locked<[Key: Look]>([:])

  /// People rename folders at any moment.
  private static let fresh = Duration.seconds(10)

  /// A document that came after the last look looks for itself: whoever has renamed a folder and then adds a document finds
  /// it there.
  ///
  /// - Parameter look: finds the folder, or makes it.
  func folder(of job: SyncJob, at now: UnixTime, look: () throws -> RemoteFolder) throws -> RemoteFolder {
    let key = Key(link: job.link.id, deal: job.document.deal)
    let began = ContinuousClock.now
    if let seen = seen.withLock({ $0[key] }), job.sync.due < seen.at, began - seen.began < Self.fresh {
      return seen.folder
    }
    let folder = try look()
    seen.withLock { seen in
      seen = seen.filter { began - $0.value.began < Self.fresh }
      seen[key] = Look(folder: folder, at: now, began: began)
    }
    return folder
  }

  /// Something didn't work: the next run looks again.
  func forget(_ job: SyncJob) {
    seen.withLock { $0[Key(link: job.link.id, deal: job.document.deal)] = nil }
  }
}

extension LinkedStorage {
  /// The name of the folder of all folders.
  static func root(of organisation: String) -> String {
    SafeName.folder("Handover - \(organisation)", isPlain: true)
  }

  /// Finds a deal's folder by its name, or says where it is to be. rclone makes it with the first file.
  func folder(of job: SyncJob, at place: RemotePlace) throws -> RemoteFolder {
    let root = try root(of: job)
    let deal = job.document.deal
    let noted = try database.read { try $0.storageFolders.find(deal, in: job.link.id)?.name }
    if let noted, try place.isFolder(noted, in: root) {
      return RemoteFolder(path: "\(root)/\(noted)", id: nil)
    }
    let there = try place.folders(in: root)
    if let renamed = there.filter({ SafeName.isFolder($0, of: deal) }).min() {
      try database.write { try $0.storageFolders.note(renamed, nil, for: deal, in: job.link.id) }
      return RemoteFolder(path: "\(root)/\(renamed)", id: nil)
    }
    let name = SafeName.folder(of: deal, named: try self.name(of: job), isPlain: true)
    try database.write { connection in
      if noted != nil || there.isEmpty {
        try connection.syncs.lose(there.isEmpty ? nil : deal, of: job.link, at: clock.now())
      }
      try connection.storageFolders.note(name, nil, for: deal, in: job.link.id)
    }
    return RemoteFolder(path: "\(root)/\(name)", id: nil)
  }

  /// Lets the rows say where the deal's documents are, where people have renamed or moved its folder.
  func follow(_ folder: RemoteFolder, of job: SyncJob) throws {
    let deal = job.document.deal
    guard try database.read({ try $0.syncs.hasMoved(deal, of: job.link, to: folder.path) }) else { return }
    try database.write { try $0.syncs.move(deal, of: job.link, to: folder.path) }
  }

  /// Finds a deal's folder by its id, or makes it, as the folder of all folders.
  func folder(of job: SyncJob, at drive: DriveFiles) throws -> RemoteFolder {
    let (link, deal) = (job.link, job.document.deal)
    let root = try folder(
      Self.root(of: job.organisation), in: nil, at: drive,
      noted: { connection in try connection.storageLinks.find(link.id)?.rootID },
      note: { name, id, connection in
        try connection.storageLinks.setRoot(link.id, name, id)
      },
      lose: { connection in
        try connection.storageFolders.forgetAll(in: link.id)
        try connection.syncs.lose(nil, of: link, at: clock.now())
      })
    let folder = try folder(
      SafeName.folder(of: deal, named: name(of: job)), in: root.id, at: drive,
      noted: { connection in try connection.storageFolders.find(deal, in: link.id)?.id },
      note: { name, id, connection in
        try connection.storageFolders.note(name, id, for: deal, in: link.id)
      },
      lose: { connection in try connection.syncs.lose(deal, of: link, at: clock.now()) })
    return RemoteFolder(path: "\(root.name)/\(folder.name)", id: folder.id)
  }

  /// - Parameters:
  ///   - name: of a new one.
  ///   - noted: the id in its row.
  ///   - note: notes its name and id.
  ///   - lose: it has gone, and all that was in it.
  private func folder(
    _ name: String, in parent: String?, at drive: DriveFiles,
    noted: (Connection) throws -> String?, note: (String, String, Connection) throws -> Void,
    lose: (Connection) throws -> Void
  ) throws -> (name: String, id: String) {
    /// Notes an id, unless another run was quicker.
    func take(_ id: String, insteadOf former: String?) throws {
      try database.write { connection in
        guard try noted(connection) == former else { return }
        if former != nil { try lose(connection) }
        try note(name, id, connection)
      }
    }

    for _ in 0..<Self.looks {
      guard let id = try database.read(noted) else {
        try take(try drive.newID(), insteadOf: nil)
        continue
      }
      if let found = try drive.find(id) {
        if found.trashed != true { return (found.name, id) }
      } else {
        // It was noted and never made, or it has gone.
        try database.write(lose)
        if try drive.make(id, name, in: parent) { return (name, id) }
        // Another run has just made it, or Drive gives the id of what has gone to no other.
        if try drive.find(id)?.trashed == false { return (name, id) }
      }
      try take(try drive.newID(), insteadOf: id)
    }
    throw StorageProblem(.unreachable, "Google Drive didn’t make a folder.", detail: name)
  }

  /// How often it is looked until a folder is there.
  private static let looks = 5

  /// The folder of all folders, as it was called when it was made.
  private func root(of job: SyncJob) throws -> String {
    if !job.link.root.isEmpty { return job.link.root }
    return try database.write { connection in
      let root = try connection.storageLinks.find(job.link.id)?.root ?? ""
      if !root.isEmpty { return root }
      let name = Self.root(of: job.organisation)
      try connection.storageLinks.setRoot(job.link.id, name, nil)
      return name
    }
  }

  private func name(of job: SyncJob) throws -> String? {
    try database.read { try $0.syncs.nameOfDeal(job.document.deal, of: job.document.organisation) }
  }
}
