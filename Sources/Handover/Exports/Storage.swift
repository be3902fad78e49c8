import Glibc
import SQLite
import System

// Where the archives are, and how the disks are
//
// The folder of the archives may be away for a while: its disk is not mounted yet, a share has gone stale, or
// somebody has renamed it. It may also be another one than before: an empty mount point, or the folder of
// another installation. What is in such a folder, or isn't, says nothing about the exports of this one. So the
// folder has to be known: by device and inode while the server runs, and by the inode that the database has
// noted across a restart. Another one is taken for ours where it proves to be: it holds one of our archives,
// or it is empty and so is our list of them. An empty one is waited for. One with the files of others in it is
// not touched, and ends the server.
//
// Until the folder is known and there, no file is removed, no export ends but by the clock, runs wait, and
// downloads are 'temporarily not there'. Once a second `StorageWatch` looks; what is published or removed looks
// again by itself.

/// How the disks were, when they were last looked at.
final class Storage: Sendable {
  private let state = Locked(State())

  private struct State: Sendable {
    var away: String?
    var shortage: Shortage?
    var looked: ContinuousClock.Instant?
  }

  /// A look that takes longer hangs, as on a share that has gone stale.
  private static let patience = Duration.seconds(10)

  /// Whether the disk does not even say that it can't.
  var hangs: Bool {
    state.withLock { state in state.looked.map { .now - $0 > Self.patience } ?? false }
  }

  /// Why the archives can't be reached, as the last look had it; nil where they can.
  var away: String? { hangs ? "the disk does not answer" : state.withLock { $0.away } }

  /// Why nothing new can be kept; nil where it can.
  var shortage: Shortage? { state.withLock { $0.shortage } }

  /// What the Export page has to say before all else.
  var notice: String? {
    if away != nil {
      return
        "The disk with the finished exports can’t be reached at the moment. Nothing is lost: downloads and new "
        + "exports wait, and go on by themselves when it is back."
    }
    return shortage?.notice
  }

  /// - Returns: whether anything has changed.
  func note(away: String?, shortage: Shortage?) -> (away: Bool, shortage: Bool) {
    state.withLock { state in
      let changed = (state.away != away, state.shortage != shortage)
      (state.away, state.shortage, state.looked) = (away, shortage, .now)
      return changed
    }
  }
}

/// Why the server can't keep anything new.
enum Shortage: Sendable {
  case full
  case unwritable

  var notice: String {
    let what =
      switch self {
      case .full: "The server’s disk is full."
      case .unwritable: "The server can’t save anything at the moment."
      }
    return what
      + " Finished exports can be downloaded; new ones, and other changes, have to wait until its operator "
      + "has mended that."
  }

  /// Of the disk that a path is on; nil where there is room, or it can't be said.
  init?(at path: String) {
    var state = statvfs()
    guard unsafe statvfs(path, &state) == 0 else { return nil }
    let free = UInt64(state.f_bavail).multipliedReportingOverflow(by: UInt64(state.f_frsize))
    if state.f_flag & UInt(ST_RDONLY) != 0 {
      self = .unwritable
    } else if !free.overflow, free.partialValue < UInt64(DiskSpace.reserve) {
      self = .full
    } else {
      return nil
    }
  }

  /// The reason for an error that the disk is to blame for; nil for another error.
  init?(_ error: any Error) {
    switch error {
    case let error as SQLiteError where error.isFull: self = .full
    case let error as SQLiteError where error.isReadOnly || error.isIOError: self = .unwritable
    case let error as SystemError where error.isOutOfSpace: self = .full
    case let error as SystemError where error.code == EROFS || error.code == EIO: self = .unwritable
    default: return nil
    }
  }
}

/// The thread that looks after the folders, once a second.
final class StorageWatch: Sendable {
  private let exports: Exports
  private let thread = Locked<Thread?>(nil)
  private let stopping = Wakeup()

  private static let interval = Duration.seconds(1)

  init(_ exports: Exports) {
    self.exports = exports
  }

  func start() throws {
    let thread = try Thread(name: "storage-watch") { [exports, stopping] in
      while !stopping.isStopped {
        exports.lookAtStorage()
        if exports.guardian?.verdict != nil { return ThisProcess.terminate() }
        stopping.wait(atMost: Self.interval)
      }
    }
    self.thread.withLock { $0 = thread }
  }

  /// Waits for the thread for a moment only: it may hang with a disk.
  func stop() {
    stopping.stop()
    _ = thread.withLock { $0?.join(atMost: .seconds(1)) }
  }
}

extension Exports {
  /// The archives' folder, open, in the data folder that is this server's.
  ///
  /// - Throws: `StorageAway`.
  func reachFolder() throws(StorageAway) -> OpenFolder {
    switch guardian?.look() ?? .same {
    case .same: try folder.open()
    case .away(let reason), .another(let reason): throw StorageAway(reason: reason)
    }
  }

  /// Whether another data folder lies here by now, or none: it is not ours to change.
  var isReplaced: Bool { guardian?.look() ?? .same != .same }

  var canReachFolder: Bool {
    do throws(StorageAway) {
      _ = try reachFolder()
      return true
    } catch { return false }
  }

  /// Whether an archive can be made: the folder is there, and its disk was not made read-only.
  var canMakeArchives: Bool { unsafe access(folder.path, W_OK | X_OK) == 0 && canReachFolder }

  /// Called at the start of the server: finds out whether the folder that is there is ours, and makes one where
  /// none is missed.
  ///
  /// - Throws: `HandoverError` where it is another installation's.
  func claimFolder() throws {
    folder.know(nil)
    let noted = guardian?.isCopied == true ? nil : guardian?.exportsInode
    if try noted == nil || database.read({ try $0.exports.completed() }).isEmpty { try folder.make() }
    if let found = try? OpenFolder(folder.path).identity, noted ?? found.inode == found.inode { adopt(found) }
    if case .another(let reason) = recognise() { throw HandoverError(reason) }
  }

  /// Looks whether everything is where it was.
  func lookAtStorage() {
    if case .another(let reason) = guardian?.lookAgain() {
      return log.error("server.replaced", ["reason": reason])
    }
    var away: String?
    switch recognise() {
    case .ours: break
    case .away(let reason): away = reason
    case .another(let reason):
      guardian?.end(because: reason)
      return log.error("server.replaced", ["reason": reason])
    }
    let shortage =
      guardian.flatMap { Shortage(at: $0.folder.path) } ?? Shortage(at: folder.path)
      ?? (receipts.isEmpty ? nil : .unwritable)
    let changed = storage.note(away: away, shortage: shortage)
    if changed.shortage {
      if let shortage { log.error("disk.\(shortage)") } else { log.info("disk.well") }
    }
    guard changed.away else { return }
    if let away {
      log.error("exports.away", ["reason": away, "advice": "exports and downloads wait until it is back"])
    } else {
      log.info("exports.back")
      queued.raise()
      // Files of what was revoked meanwhile.
      ended.raise()
    }
  }

  private enum Recognition {
    case ours
    case away(String)
    case another(String)
  }

  private func recognise() -> Recognition {
    do {
      do throws(StorageAway) {
        _ = try reachFolder()
        return .ours
      } catch {
        guard let opened = try? OpenFolder(folder.path), guardian?.look() ?? .same == .same else {
          return .away(error.reason)
        }
        let completed = try database.read { try $0.exports.completed() }.map { folder.name(of: $0.id) }
        let names = try folder.names()
        let isOurs =
          !Set(names).isDisjoint(with: completed) || names.isEmpty && completed.isEmpty
        let isMarked = try opened.state(of: DataFolder.newFolderMark) != nil
        if isOurs || isMarked {
          adopt(opened.identity)
          return .ours
        }
        return names.isEmpty
          ? .away("\(folder.path) is empty and not the folder that held the archives")
          : .another(
            "\(folder.path) holds the archives of another installation and none of this one: it was replaced; "
              + "put the former folder back, or move those files away")
      }
    } catch { return .away("\(error)") }
  }

  private func adopt(_ identity: FileIdentity) {
    folder.know(identity)
    do { try database.write { try $0.installation.noteExports(identity.inode) } } catch {
      log.warning("exports.unnoted", ["error": "\(error)"])
    }
  }
}
