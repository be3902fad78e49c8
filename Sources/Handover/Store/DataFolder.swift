import Foundation
import System

/// The folder of everything that the server stores: database, exports, mail, keys, socket.
struct DataFolder: Sendable {
  let path: String
  /// The folder in which it lies with the other cells of the machine, and what they share; nil where it is no cell.
  var cells: String?

  var database: String { path + "/handover.sqlite" }
  var writeLock: String { path + "/write.lock" }
  var serverLock: String { path + "/server.lock" }
  /// Those of the cells are the same, so that a link goes on when an organisation moves.
  var keys: String { (cells ?? path) + "/keys" }
  var socket: String { path + "/handover.sock" }
  /// Litestream's.
  var replicaSocket: String { path + "/litestream.sock" }
  /// How far Litestream has come, by its own reckoning.
  var replicaState: String { path + "/.handover.sqlite-litestream" }
  /// Which part of the store is this cell's, as variables for Litestream's configuration.
  var replicaVariables: String { path + "/replica.env" }
  /// What a host that stands by has of an epoch of the cell.
  func standBy(_ epoch: Int) -> String { standBy + "/\(epoch)" }
  var standBy: String { path + "/stand-by" }
  /// Held by the process that stands by.
  var standByLock: String { standBy + "/lock" }
  var exports: String { path + "/exports" }
  /// What is brought into the records; made with the first import.
  var imports: String { path + "/imports" }
  /// What documents hold, by organisation and hash; made with the first document.
  var documents: String { path + "/documents" }
  /// The secrets of linked storages, a file each; made with the first link.
  var storage: String { path + "/storage" }
  /// A file of this name in a folder that the server doesn't know says that it is to be the one from now on.
  static let newFolderMark = ".new"
  /// Stylesheet, script and pictures, written from Public at the start under names with a hash, for nginx.
  var assets: String { path + "/assets" }
}

extension DataFolder {
  /// That of a cell, in the folder of the cells.
  init(cell name: String, in cells: String) { self.init(path: "\(cells)/\(name)", cells: cells) }

  /// The group that nginx reads archives and documents with, where whoever has installed the program has made their folders
  /// so that they hand it on.
  var groupHandedOn: UInt32? { [exports, documents, assets].lazy.compactMap(inheritedGroup(in:)).first }

  /// Makes the folder and those in it. Only their owner may use them; nginx's group, where there is one, may
  /// read exports and assets.
  ///
  /// Where there is a database, a missing folder of exports is not made, and what lies in its place is left: it may
  /// come back (`ExportFolder.make`).
  ///
  /// - Throws: `HandoverError` if it can't be made or written, and where the database was taken away.
  func prepare(group: UInt32?) throws {
    try requireOwnFolder()
    if let cells { try makeFolder(cells, mode: group == nil ? 0o700 : 0o710, group: group) }
    try makeFolder(path, mode: group == nil ? 0o700 : 0o710, group: group)
    try Restoration(folder: self).recover()
    let hasDatabase = exists(database)
    if !hasDatabase, exists(database + "-wal") {
      throw HandoverError(
        "\(database) is missing, and its log \(database)-wal is there: put the database back; to begin with a "
          + "backup or with nothing, remove that log and \(database)-shm")
    }
    if !hasDatabase || isFolder(exports) {
      try makeFolder(exports, mode: group == nil ? 0o700 : 0o750, group: group)
    }
    try makeFolder(assets, mode: group == nil ? 0o700 : 0o750, group: group)
    if unsafe access(path, W_OK | X_OK) != 0 {
      throw HandoverError("can't write in the data folder \(path): \(SystemError.reason(errno))")
    }
  }

  /// The default, `./var`, of somebody who works in `/` would be the system's own folder, which nobody else could use then.
  private func requireOwnFolder() throws {
    guard DurableFile.folder(of: path) == "/", !exists(database),
      let names = try? FileManager.default.contentsOfDirectory(atPath: path), !names.isEmpty
    else { return }
    throw HandoverError(
      "the folder \(path) holds other things: set HANDOVER_DATA to a folder of its own, such as "
        + "/var/lib/handover")
  }

  /// Claims the folder for this process until it ends or releases the lock.
  ///
  /// - Throws: `HandoverError` while a server or a demo has it.
  func claim() throws -> FileLock {
    let lock = try inWords { () throws(SystemError) in try FileLock(path: serverLock) }
    guard lock.tryLock() else {
      throw HandoverError(
        "the data folder \(path) is in use by a running server or demo; stop that first (under systemd with its "
          + "socket, which would start it again: systemctl stop handover.socket handover)")
    }
    return lock
  }
}

/// A file of the data folder that the system keeps from this program: says whose it is, and how to mend that.
func inWords<Result>(_ body: () throws(SystemError) -> Result) throws -> Result {
  do throws(SystemError) { return try body() } catch {
    var (file, folder) = (stat(), stat())
    guard error.code == EACCES, let path = error.path, unsafe stat(path, &file) == 0,
      unsafe stat((path as NSString).deletingLastPathComponent, &folder) == 0, file.st_uid != folder.st_uid
    else { throw error }
    throw HandoverError(
      "\(error): it belongs to \(userName(file.st_uid)), and its folder to \(userName(folder.st_uid)); run as root: "
        + "chown --reference=\((path as NSString).deletingLastPathComponent) \(path)")
  }
}

/// Of the machine's list of users; the number of one that is not in it.
func userName(_ id: uid_t) -> String {
  guard let entry = unsafe getpwuid(id) else { return "user \(id)" }
  return unsafe String(cString: entry.pointee.pw_name)
}

private func isFolder(_ path: String) -> Bool {
  var status = stat()
  return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

private func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 || errno != ENOENT }

/// Makes a folder where there is none, and sets its mode and group. What is right already is left as it is: who is no
/// member of the group may not set it, and a folder that hands its group on would no longer do so.
func makeFolder(_ path: String, mode: mode_t, group: UInt32?) throws {
  if isShared(path, mode, group) { return }
  let parent = DurableFile.folder(of: path)
  if group != nil, inheritedGroup(in: parent) == group, unsafe access(path, F_OK) != 0 {
    do throws(SystemError) { return try makeFolder(inShared: path, mode: mode) } catch {
      throw HandoverError("\(error)")
    }
  }
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw HandoverError("can't make the folder \(path): \(SystemError.reason(errno))")
  }
  let isOwned = group.map { unsafe chown(path, uid_t.max, $0) == 0 } ?? true
  let isSet = unsafe chmod(path, mode) == 0
  if !isOwned || !isSet {
    throw HandoverError("can't set the mode of the folder \(path): \(SystemError.reason(errno))")
  }
}

/// Whether the folder is there, with that mode and group.
private func isShared(_ path: String, _ mode: mode_t, _ group: UInt32?) -> Bool {
  var status = stat()
  return unsafe stat(path, &status) == 0 && status.st_mode & (S_IFMT | 0o777) == S_IFDIR | mode
    && status.st_gid == group
}

/// The group that a folder hands on to what is made in it (set-group-ID); nil where it hands on none.
private func inheritedGroup(in path: String) -> UInt32? {
  var status = stat()
  guard unsafe stat(path, &status) == 0, status.st_mode & (S_IFDIR | S_ISGID) == S_IFDIR | S_ISGID else {
    return nil
  }
  return status.st_gid
}

extension DataFolder {
  /// Whether a process stands by here.
  var isStoodBy: Bool {
    guard exists(standByLock), let lock = try? FileLock(path: standByLock) else { return false }
    return !lock.tryLock()
  }
}
