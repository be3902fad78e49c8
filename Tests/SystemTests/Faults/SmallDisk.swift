import Foundation
import TestSupport

/// A small disk for a folder: a file system in memory, which only root may make.
final class SmallDisk {
  private let folder: URL
  private var filler: URL { folder.appending(path: "filler") }

  static var isPossible: Bool { geteuid() == 0 }

  init(at folder: URL, megabytes: Int) throws {
    self.folder = folder
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let options = "size=\(megabytes)m,mode=0700"
    let mounted = try Tool.run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder.path])
    guard mounted.succeeded else { throw HarnessError("no small disk: \(mounted.error)") }
  }

  /// Fills the disk up to this many free bytes.
  func fill(leaving bytes: Int = 0) throws {
    try empty()
    let free = try FileManager.default.attributesOfFileSystem(forPath: folder.path)[.systemFreeSize] as? Int
    // To fill the last page too, head is asked for more than fits, and fails.
    let size = (free ?? 0) - bytes + (bytes == 0 ? 1 << 20 : 0)
    _ = try Tool.run(
      "sh", ["-c", "head -c \"$1\" /dev/zero > \"$2\"", "sh", String(max(0, size)), filler.path])
  }

  /// Mounts it to be read only, or to be written again.
  func protect(_ isReadOnly: Bool = true) throws {
    let mode = isReadOnly ? "remount,ro" : "remount,rw"
    let mounted = try Tool.run("mount", ["-o", mode, folder.path])
    guard mounted.succeeded else { throw HarnessError("\(mode): \(mounted.error)") }
  }

  func empty() throws {
    if FileManager.default.fileExists(atPath: filler.path) { try FileManager.default.removeItem(at: filler) }
  }

  deinit { _ = try? Tool.run("umount", ["--lazy", folder.path]) }
}
