import Foundation
import Secrets
import System

extension Documents {
  enum ReceiveOutcome {
    /// Give it the files, and then to `add` or `replace`.
    case done(DocumentUpload)
    /// The organisation has no such deal, or the user none.
    case notFound
    /// There is no room for that on the server's disk.
    case noSpace
    /// The folder of documents can't be reached at the moment; with the reason for the log.
    case away(String)
  }

  /// Begins to take files in.
  ///
  /// - Parameter size: of all of them in bytes, about.
  func receive(_ size: Int, for deal: DealID, by user: User) throws -> ReceiveOutcome {
    guard try database.read({ try $0.documents.reaches(deal, user) }) else { return .notFound }
    return try receive(size, of: user.organisation)
  }

  func receive(_ size: Int, of organisation: OrganisationID) throws -> ReceiveOutcome {
    do { _ = try reach() } catch let away as DocumentsAway {
      log.warning("documents.away", ["reason": away.reason])
      return .away(away.reason)
    }
    if DiskSpace.shortage(of: size, at: folder.path) != nil { return .noSpace }
    try folder.make(for: organisation)
    return .done(DocumentUpload(organisation, folder, randomness))
  }
}

extension Documents {
  /// Puts a content into the folder before a transaction that makes its documents, where it isn't there. The
  /// sweeper leaves a file that no row knows for `Document.kept`.
  ///
  /// - Parameter read: hands over the bytes.
  /// - Returns: false where they are of another hash; nothing is kept then.
  /// - Throws: what `read` throws; `DocumentsAway`; `SystemError`.
  func store(
    _ sha256: [UInt8], bytes: Int, of organisation: OrganisationID,
    _ read: ((Span<UInt8>) throws -> Void) throws -> Void
  ) throws -> Bool {
    if try reach().state(of: folder.name(of: sha256, of: organisation))?.size == bytes { return true }
    try folder.make(for: organisation)
    let file = try ReceivedFile("", at: folder.temporary(of: organisation, randomness), group: folder.group)
    try read { piece in try file.write(Array(copying: piece)) }
    try file.end()
    guard file.sha256 == sha256 else { return false }
    try file.publish(in: folder, of: organisation)
    return true
  }
}

extension DocumentFolder {
  /// The path of what comes in, until it has its name.
  fileprivate func temporary(of organisation: OrganisationID, _ randomness: Randomness) -> String {
    "\(folder(of: organisation))/\(hex(randomness.bytes(16)))\(Self.unfinished)"
  }
}

/// Files that are coming in. What becomes of no document goes with this value; after a crash the sweeper
/// removes it.
///
/// For one thread.
final class DocumentUpload {
  private(set) var files: [ReceivedFile] = []
  private let organisation: OrganisationID
  private let folder: DocumentFolder
  private let randomness: Randomness

  /// How many files somebody may bring at once.
  static let mostFiles = 50

  fileprivate init(_ organisation: OrganisationID, _ folder: DocumentFolder, _ randomness: Randomness) {
    self.organisation = organisation
    self.folder = folder
    self.randomness = randomness
  }

  enum TakeOutcome: Sendable, Equatable {
    case done
    case tooMany
    /// Larger than `Document.largest`.
    case tooLarge(name: String)
    /// The name is longer than `TextLimit.fileName`, or shows nothing.
    case wrongName(String)
  }

  /// Takes in one file, as it comes.
  ///
  /// - Parameters:
  ///   - name: as the browser or the command gives it, which may be a path.
  ///   - next: gives its pieces; nil at its end.
  /// - Throws: what `next` throws; `SystemError`.
  func take(_ name: String, _ next: () throws -> [UInt8]?) throws -> TakeOutcome {
    guard files.count < Self.mostFiles else { return .tooMany }
    guard let name = DocumentName.valid(name) else { return .wrongName(name) }
    let file = try ReceivedFile(
      name, at: folder.temporary(of: organisation, randomness), group: folder.group)
    while let piece = try next() {
      try file.write(piece)
      if file.bytes > Document.largest { return .tooLarge(name: name) }
    }
    try file.end()
    files.append(file)
    return .done
  }
}

/// One file that came in, on the disk under a temporary name.
final class ReceivedFile {
  let name: String
  /// Where it lies until it has the name of its content.
  let path: String
  private(set) var bytes = 0
  /// 32 bytes, once it has ended.
  private(set) var sha256: [UInt8] = []
  private var file: DurableFile
  private var hash = SHA256()

  fileprivate init(_ name: String, at path: String, group: gid_t?) throws {
    (self.name, self.path) = (name, path)
    file = try DurableFile(at: path)
    if let group { try file.setGroup(group, permissions: 0o640) }
  }

  fileprivate func write(_ piece: [UInt8]) throws {
    try file.write(piece)
    hash.update(piece)
    bytes += piece.count
  }

  /// Puts it on the disk, so that its transaction is short.
  fileprivate func end() throws {
    sha256 = hash.finish()
    try file.sync()
  }

  /// Gives it the name of its content, in the place of one that is there: what has just come in is whole.
  func publish(in folder: DocumentFolder, of organisation: OrganisationID) throws {
    try folder.make(for: sha256, of: organisation)
    try file.publish(as: folder.content(sha256, of: organisation))
  }
}
