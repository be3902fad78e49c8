import Foundation
import Secrets
import System

/// Brings what documents hold from one folder of contents to another: second names of the same files where both are on one
/// disk, else copies, which are compared with their SHA-256. What is there already stays as it is.
struct ContentCopy {
  let source: DocumentFolder
  let target: DocumentFolder
  /// Whether what the source has is on the disk already, and may be believed to be what its name says.
  var isKept = true

  /// - Returns: the contents that are whole in neither.
  /// - Throws: `SystemError` and `HandoverError`, where the disk is full, say. What was brought until then stays.
  func bring(_ contents: [DocumentTable.Content]) throws -> [DocumentTable.Content] {
    var missing: [DocumentTable.Content] = []
    var folders: Set<String> = []
    for content in contents where !isWhole(content, in: target) {
      guard isWhole(content, in: source) else {
        missing.append(content)
        continue
      }
      try target.make(for: content.organisation)
      try target.make(for: content.sha256, of: content.organisation)
      if try bring(content) {
        folders.insert(DurableFile.folder(of: path(of: content, in: target)))
      } else {
        missing.append(content)
      }
    }
    for folder in folders { try syncFolder(folder) }
    return missing
  }

  /// Of a content's size, which says what a look costs; `rotten` reads.
  private func isWhole(_ content: DocumentTable.Content, in folder: DocumentFolder) -> Bool {
    var status = stat()
    return unsafe lstat(path(of: content, in: folder), &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && Int(status.st_size) == content.bytes
  }

  private func path(of content: DocumentTable.Content, in folder: DocumentFolder) -> String {
    folder.content(content.sha256, of: content.organisation)
  }

  /// - Returns: false where the source has other bytes than it should.
  private func bring(_ content: DocumentTable.Content) throws -> Bool {
    let (from, to) = (path(of: content, in: source), path(of: content, in: target))
    let temporary = to + DocumentFolder.unfinished
    try DurableFile.removeLeftover(temporary)
    if isKept, unsafe link(from, temporary) == 0 {
      defer { _ = unsafe unlink(temporary) }
      if target.giveToGroup(temporary) {
        guard unsafe rename(temporary, to) == 0 else { throw SystemError("rename", temporary) }
        return true
      }
    }
    var file = try DurableFile(at: temporary)
    if let group = target.group { try file.setGroup(group, permissions: 0o640) }
    var hash = SHA256()
    try readBlocks(of: from) { block in
      hash.update(block)
      try FileDescriptor(rawValue: file.descriptor).write(block)
    }
    guard hash.finish() == content.sha256 else { return false }
    try file.publish(as: to)
    return true
  }
}

extension DocumentFolder {
  /// Brings contents from a cell's part of the store. Each is compared with its SHA-256.
  ///
  /// - Returns: those that are not there, or are not what they should be.
  /// - Throws: `StoreAway`, and as `ContentCopy.bring`. What was brought until then stays.
  func fetch(_ contents: [DocumentTable.Content], from store: CellStore) throws -> [DocumentTable.Content] {
    if contents.isEmpty { return [] }
    // Several may be brought at the same time; one that was killed leaves its folder to `settleElsewhere`.
    let arrived = DocumentFolder(path: "\(path)/\(UUID().uuidString)\(Self.unfinished)", group: nil)
    try makeFolder(path, mode: group == nil ? 0o700 : 0o750, group: group)
    defer { try? FileManager.default.removeItem(atPath: arrived.path) }
    var missing: [DocumentTable.Content] = []
    for some in contents.batches(of: CellStore.atOnce) {
      try? FileManager.default.removeItem(atPath: arrived.path)
      try makeFolder(arrived.path, mode: 0o700, group: nil)
      try store.fetch(some.map(name), into: arrived.path, bytes: some.map(\.bytes).saturatingSum)
      missing += try ContentCopy(source: arrived, target: self, isKept: false).bring(Array(some))
    }
    return missing
  }

  /// The contents that are not in the folder as they were taken in: gone, or with other bytes. Reads all of them.
  func rotten(of contents: [DocumentTable.Content]) throws -> [DocumentTable.Content] {
    try contents.filter { content in
      let path = self.content(content.sha256, of: content.organisation)
      guard unsafe access(path, R_OK) == 0 else { return true }
      let (size, digest) = try measure(path)
      return size != content.bytes || digest != hex(content.sha256)
    }
  }

  /// Lets nginx's group, where there is one, have a file that came under its second name.
  /// - Returns: false where this user may not; a copy made here gets the group from its folder.
  fileprivate func giveToGroup(_ path: String) -> Bool {
    guard let group else { return true }
    var status = stat()
    let isGroup = unsafe stat(path, &status) == 0 && status.st_gid == group
    return unsafe (isGroup || chown(path, uid_t.max, group) == 0) && chmod(path, 0o640) == 0
  }
}
