import Foundation
import SQLite
import System

// How a database is put back
//
// A kill, a full disk or a power cut may come at any moment, and afterwards the data folder is as before or as after: never
// a database beside another one's log, or with another one's keys. So what is to be put back is gathered in a folder of its
// own, `restoring/`, checked, and put on the disk. Then one file takes its name, the journal, `restoring/journal`: from
// that moment on it is done, and what is left are renames, which any command does first that uses the data folder, before
// it looks at the database. Without a journal nothing was done, and the folder is removed.
//
// What was there goes into `before-restore-TIME/`, the database first: a program of before, which knows no journal, finds
// none then, and refuses to start.

/// Puts a database, and what belongs to it, in the place of those of a data folder: all or nothing.
struct Restoration {
  let folder: DataFolder

  private var staging: String { folder.path + "/restoring" }
  private var journal: String { staging + "/journal" }

  /// Names that may be put back, of the data folder, and of the staging folder.
  private static let names = ["handover.sqlite", "keys", "storage"]

  /// Gathers what is to be put back, with the data folder claimed.
  ///
  /// - Parameter fill: puts files, of the data folder's names, into the folder that it is given, and on the disk.
  /// - Returns: what it returns.
  /// - Throws: whatever it throws, and nothing has changed then.
  func stage<Result>(_ fill: (_ staging: String) throws -> Result) throws -> Result {
    try clear()
    try makeFolder(staging, mode: 0o700, group: nil)
    do {
      let result = try fill(staging)
      try syncFolder(staging)
      return result
    } catch {
      try? clear()
      throw error
    }
  }

  /// Puts what was gathered in place. From the moment on in which the journal has its name it can't fail but by the disk,
  /// and then the next command does the rest.
  ///
  /// - Returns: the folder that has what was there; nil where nothing was.
  func commit(at now: UnixTime) throws -> String? {
    let time = now.iso8601.replacing("-", with: "").replacing(":", with: "")
    var (number, aside) = (1, "before-restore-\(time)")
    while unsafe access("\(folder.path)/\(aside)", F_OK) == 0 {
      number += 1
      aside = "before-restore-\(time)-\(number)"
    }
    do {
      try makeFolder("\(folder.path)/\(aside)", mode: 0o700, group: nil)
      try syncFolder(folder.path)
      var file = try DurableFile(at: journal + ".part")
      try file.write(Array(aside.utf8))
      try file.publish(as: journal)
    } catch {
      // Whether or not the journal has its name, nothing has moved yet.
      _ = unsafe unlink(journal)
      _ = unsafe rmdir("\(folder.path)/\(aside)")
      try? clear()
      throw error
    }
    try finish()
    return isThere("\(folder.path)/\(aside)") ? "\(folder.path)/\(aside)" : nil
  }

  /// Finishes what a restore that was killed has begun, or removes what it has gathered. To be called before the
  /// database is looked at.
  ///
  /// - Throws: `HandoverError` while another process is at it.
  func recover() throws {
    guard unsafe access(staging, F_OK) == 0 else { return }
    guard unsafe access(journal, F_OK) == 0 else {
      // One that is at work has claimed the folder, and has changed nothing yet.
      if let claim = try? folder.claim() { try withExtendedLifetime(claim) { try clear() } }
      return
    }
    let claim = try folder.claim()
    try withExtendedLifetime(claim) { try finish() }
  }

  /// Makes the renames that are left. Each is done once: what has left the staging folder is in place.
  private func finish() throws {
    guard
      let name = FileManager.default.contents(atPath: journal).map({ String(decoding: $0, as: UTF8.self) }),
      name.hasPrefix("before-restore-"), !name.contains("/")
    else {
      if unsafe access(journal, F_OK) != 0 { return }
      throw HandoverError("can't read \(journal), which says how a restore goes on")
    }
    let turn = try TurnLock(path: folder.writeLock, label: "handover restore")
    try turn.whileHeld(waiting: nil) {
      let aside = "\(folder.path)/\(name)"
      for name in Self.names where isThere("\(staging)/\(name)") {
        let target = name == "keys" ? folder.keys : "\(folder.path)/\(name)"
        // Those of cells are other cells' too.
        if folder.cells != nil, name == "keys", isThere(target) { continue }
        let besides = name == "handover.sqlite" ? ["", "-wal", "-shm", "-journal"] : [""]
        for suffix in besides where isThere("\(folder.path)/\(name)\(suffix)") {
          try move("\(folder.path)/\(name)\(suffix)", to: "\(aside)/\(name)\(suffix)")
        }
        try syncFolder(aside)
        try syncFolder(folder.path)
        try move("\(staging)/\(name)", to: target)
        if folder.cells != nil { try syncFolder(DurableFile.folder(of: target)) }
      }
      // It goes only where nothing was put into it.
      _ = unsafe rmdir(aside)
      try syncFolder(folder.path)
      guard unsafe unlink(journal) == 0 else { throw SystemError("remove", journal) }
      try syncFolder(staging)
      try clear()
    }
  }

  private func isThere(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0
  }

  private func move(_ path: String, to target: String) throws(SystemError) {
    guard unsafe rename(path, target) == 0 else { throw SystemError("rename", path) }
  }

  /// Removes the staging folder, without a journal.
  func clear() throws {
    guard isThere(staging) else { return }
    do { try FileManager.default.removeItem(atPath: staging) } catch {
      throw HandoverError("can't remove \(staging), which a restore has left: remove it")
    }
  }
}
