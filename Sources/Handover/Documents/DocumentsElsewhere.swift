import Foundation
import System

// The store that all hosts reach
//
// A content is put there before the transaction that makes a document of it; nobody's turn to write waits for that. What
// was there before the store is brought by `settleElsewhere`, which looks every hour, and removes what nobody needs: its
// own list says that, so what fails, or is killed, is done the next time.

extension Documents {
  /// Puts a file that came in into the store, under the name of its content.
  ///
  /// - Throws: `StoreAway`.
  func putElsewhere(_ file: ReceivedFile, of organisation: OrganisationID) throws {
    try elsewhere?.put(file.path, bytes: file.bytes, as: folder.name(of: file.sha256, of: organisation))
  }

  /// Puts contents of the folder into the store.
  ///
  /// - Parameter progress: told after some of them how many are left.
  /// - Throws: `StoreAway`.
  func putElsewhere(
    _ contents: [DocumentTable.Content], progress: (_ left: Int) throws -> Void = { _ in }
  ) throws {
    guard let elsewhere else { return }
    try folder.put(contents, into: elsewhere, progress: progress)
  }

  /// Brings those of the contents from the store that the folder lacks: the host has taken the cell over from one that is
  /// gone.
  ///
  /// - Throws: `StoreAway`, `DocumentsAway`.
  func bringBack(_ contents: [DocumentTable.Content]) throws {
    guard let elsewhere else { return }
    let opened = try reach()
    let lacking = try contents.filter { try opened.state(of: folder.name(of: $0))?.size != $0.bytes }
    let lost = try folder.fetch(lacking, from: elsewhere)
    if lost.count < lacking.count {
      log.info("documents.brought", ["count": "\(lacking.count - lost.count)"])
    }
  }

  /// How it is in the store.
  struct ElsewhereFound: Sendable {
    /// Whether it could be used.
    var isThere: Bool
    /// How many contents are not there.
    var missing: Int
  }

  /// Makes the store have what documents hold, and nothing that nobody has needed for `Document.kept`.
  ///
  /// - Parameter isClockTrusted: whether to remove what could be missed, too.
  /// - Throws: `StoreAway`, `DocumentsAway`.
  func settleElsewhere(isClockTrusted: Bool) throws {
    guard let elsewhere else { return }
    do { try settle(elsewhere, isClockTrusted) } catch {
      if error is StoreAway {
        elsewhereFound.withLock { $0 = ElsewhereFound(isThere: false, missing: $0?.missing ?? 0) }
      }
      throw error
    }
  }

  private func settle(_ elsewhere: CellStore, _ isClockTrusted: Bool) throws {
    let opened = try reach()
    let there = try elsewhere.documents()
    let contents = try database.read { try $0.documents.contents() }
    let missing = contents.filter { there[folder.name(of: $0)]?.bytes != $0.bytes }
    let here = try missing.filter { try opened.state(of: folder.name(of: $0))?.size == $0.bytes }
    let lost = missing.count - here.count
    elsewhereFound.withLock { $0 = ElsewhereFound(isThere: true, missing: missing.count) }
    try putElsewhere(here) { left in elsewhereFound.withLock { $0?.missing = lost + left } }
    if !here.isEmpty { log.info("documents.stored", ["count": "\(here.count)"]) }
    try folder.removeWhatBrokeOff()
    try bringBack(contents.filter { there[folder.name(of: $0)]?.bytes == $0.bytes })
    guard isClockTrusted else { return }
    let limit = clock.now() - Document.kept
    try remove(there.filter { $0.value.changedAt < limit }.map(\.key).sorted(), from: elsewhere)
  }

  /// Removes those that no row and no file needs.
  private func remove(_ names: [String], from elsewhere: CellStore) throws {
    let unneeded = try unneeded(of: names)
    for some in unneeded.batches(of: CellStore.atOnce) {
      try elsewhere.remove(Array(some))
      log.info("documents.removed", ["store": "\(some.count)", "first": some.first ?? ""])
    }
    // Somebody who brought one again in that moment has found it there.
    let still = try Set(self.unneeded(of: unneeded))
    let again = Set(unneeded).subtracting(still)
    if again.isEmpty { return }
    try putElsewhere(
      database.read { try $0.documents.contents() }.filter { again.contains(folder.name(of: $0)) })
  }

  private func unneeded(of names: [String]) throws -> [String] {
    if names.isEmpty { return [] }
    let needed = try Set(database.read { try $0.documents.contents() }.map(folder.name))
    let opened = try reach()
    return try names.filter { try !needed.contains($0) && opened.state(of: $0) == nil }
  }
}

extension DocumentFolder {
  /// Removes what was on its way from the store when a process was killed.
  fileprivate func removeWhatBrokeOff() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: path)
    where name.hasSuffix(Self.unfinished) {
      let changed = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.modificationDate]
      guard let changed = changed as? Date, changed.timeIntervalSinceNow < -86_400 else { continue }
      try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
  }

  /// Where a content lies, from this folder on.
  func name(of content: DocumentTable.Content) -> String {
    name(of: content.sha256, of: content.organisation)
  }

  /// Puts contents into a cell's part of the store.
  ///
  /// - Throws: `StoreAway`; some may be there then.
  func put(
    _ contents: [DocumentTable.Content], into store: CellStore,
    progress: (_ left: Int) throws -> Void = { _ in }
  ) throws {
    for some in contents.batches(of: CellStore.atOnce) {
      try store.put(some.map(name), of: path, bytes: some.map(\.bytes).saturatingSum)
      try progress(contents.count - some.endIndex)
    }
  }
}
