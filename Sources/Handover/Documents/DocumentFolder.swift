import Foundation
import Secrets
import System

/// The folder of what documents hold: `7/ab/abcd…`, by organisation, the first two digits of the SHA-256, and
/// all 64. The same content is there once for an organisation. `7/<random>.part` is what comes in and is
/// nobody's yet.
///
/// It may be a disk of its own, which can be away for a while, so whoever uses it reaches it first
/// (`Documents.reach`).
struct DocumentFolder: Sendable {
  let path: String
  /// nginx's group, where nginx runs as somebody else.
  let group: gid_t?
  /// Which folder of that path is the one; nil as long as that isn't known.
  let known = Locked<FileIdentity?>(nil)

  init(path: String, group: gid_t?) {
    self.path = path
    self.group = group
  }

  /// The end of the names of what comes in.
  static let unfinished = ".part"

  /// Where a content lies, from this folder on; nginx's address ends with it.
  func name(of sha256: [UInt8], of organisation: OrganisationID) -> String {
    let digits = hex(sha256)
    return "\(organisation.rawValue)/\(digits.prefix(2))/\(digits)"
  }

  /// The path of a content.
  func content(_ sha256: [UInt8], of organisation: OrganisationID) -> String {
    "\(path)/\(name(of: sha256, of: organisation))"
  }

  func folder(of organisation: OrganisationID) -> String { "\(path)/\(organisation.rawValue)" }

  /// Makes the folder of an organisation where there is none.
  ///
  /// - Throws: `HandoverError` where it can't be made.
  func make(for organisation: OrganisationID) throws {
    let mode: mode_t = group == nil ? 0o700 : 0o750
    for folder in [path, folder(of: organisation)] {
      if unsafe access(folder, F_OK) == 0 { continue }
      try makeFolder(folder, mode: mode, group: group)
      try syncFolder((folder as NSString).deletingLastPathComponent)
    }
  }

  /// Makes the folder that a content goes into, durably.
  func make(for sha256: [UInt8], of organisation: OrganisationID) throws {
    let folder = (content(sha256, of: organisation) as NSString).deletingLastPathComponent
    if unsafe access(folder, F_OK) == 0 { return }
    try makeFolder(folder, mode: group == nil ? 0o700 : 0o750, group: group)
    try syncFolder(self.folder(of: organisation))
  }
}

/// The folder of documents can't be reached at the moment, and it can't be said what became of them.
struct DocumentsAway: Error, Equatable {
  /// For the log.
  let reason: String
}

extension Documents {
  /// The folder, open, where it is there and the one that holds the documents of this database: one that the
  /// process knows, that holds one of them, or any where there are none. So nothing is written into an empty
  /// mount point, or into the folder of another installation, and nothing is removed or called missing
  /// because of one.
  ///
  /// - Throws: `DocumentsAway`; `SQLiteError`.
  func reach() throws -> OpenFolder {
    switch guardian?.look() ?? .same {
    case .same: break
    case .away(let reason), .another(let reason): throw DocumentsAway(reason: reason)
    }
    let known = folder.known.withLock { $0 }
    if known != nil, (try? FileIdentity(of: folder.path)) == known { return try open() }
    let kept = try database.read { try $0.documents.newestContents(Self.looked) }
    if kept.isEmpty {
      try makeFolder(folder.path, mode: folder.group == nil ? 0o700 : 0o750, group: folder.group)
    }
    let opened = try open()
    guard try kept.isEmpty || opened.state(of: DataFolder.newFolderMark) != nil || has(kept, in: opened)
    else {
      throw DocumentsAway(reason: "\(folder.path) holds none of the newest documents: it is not their folder")
    }
    let identity = opened.identity
    folder.known.withLock { $0 = identity }
    return opened
  }

  private func open() throws(DocumentsAway) -> OpenFolder {
    do { return try OpenFolder(folder.path) } catch { throw DocumentsAway(reason: error.description) }
  }

  /// Whether one of the contents is in the folder.
  private func has(_ contents: [DocumentTable.Content], in opened: borrowing OpenFolder) throws -> Bool {
    for content in contents
    where try opened.state(of: folder.name(of: content.sha256, of: content.organisation))?.size
      == content.bytes
    {
      return true
    }
    return false
  }

  /// How many contents are looked for in a folder that is not known.
  private static let looked = 100
  /// How the content of a document is on the disk.
  enum ContentState: Sendable, Equatable {
    case there(FileState)
    case missing
    /// Of another size than it was taken in.
    case damaged
    /// The folder can't be reached at the moment.
    case away
  }

  /// Looks for what a document holds, without reading it. What is missing here and in the store is brought first.
  func look(at document: Document) throws -> ContentState {
    let found = try lookHere(at: document)
    guard elsewhere != nil, found == .missing || found == .damaged else { return found }
    do {
      try bringBack([
        DocumentTable.Content(
          organisation: document.organisation, sha256: document.sha256, bytes: document.bytes)
      ])
    } catch let away as StoreAway {
      log.error("store.away", ["error": away.reason])
      return .away
    }
    return try lookHere(at: document)
  }

  private func lookHere(at document: Document) throws -> ContentState {
    do {
      let opened = try reach()
      let name = folder.name(of: document.sha256, of: document.organisation)
      guard let state = try opened.state(of: name), state.isFile else { return .missing }
      return state.size == document.bytes ? .there(state) : .damaged
    } catch is DocumentsAway { return .away } catch let error as SystemError {
      log.warning("documents.unreadable", ["error": "\(error)"])
      return .away
    }
  }

  /// The path of what a document holds, for programs and for the ZIP.
  func path(of document: Document) -> String { folder.content(document.sha256, of: document.organisation) }
}
