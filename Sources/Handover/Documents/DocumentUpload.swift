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
    if let free = folder.freeBytes(), free < size.adding(saturating: DocumentFolder.reserve) {
      return .noSpace
    }
    try folder.make(for: organisation)
    return .done(DocumentUpload(organisation, folder, randomness))
  }
}

/// Files that are coming in. What becomes of no document goes with this value; after a crash the sweeper removes it.
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
    let temporary =
      "\(folder.folder(of: organisation))/\(hex(randomness.bytes(16)))\(DocumentFolder.unfinished)"
    let file = try ReceivedFile(name, at: temporary, group: folder.group)
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
  private(set) var bytes = 0
  /// 32 bytes, once it has ended.
  private(set) var sha256: [UInt8] = []
  private var file: DurableFile
  private var hash = SHA256()

  fileprivate init(_ name: String, at path: String, group: gid_t?) throws {
    self.name = name
    file = try DurableFile(at: path, isOfFolder: true)
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

/// What a document can be called.
enum DocumentName {
  /// The last part of a path of any system, in NFC, without what turns text or controls a terminal.
  ///
  /// - Returns: nil where that is nothing, or longer than `TextLimit.fileName`.
  static func valid(_ text: String) -> String? {
    let last = text.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    let shown = Wording.unturned(last).unicodeScalars.filter { $0.properties.generalCategory != .control }
    let name = String(String.UnicodeScalarView(shown)).precomposedStringWithCanonicalMapping
    return !name.isEmpty && TextLimit.fileName.allows(name) ? name : nil
  }

  /// The ending with its dot, as `.pdf`; empty where there is none.
  static func ending(of name: String) -> Substring {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return name[dot...]
  }

  /// The name of a document that another file replaces: its own, with the file's ending where that is another.
  static func replacing(_ name: String, by file: String) -> String {
    let (own, other) = (ending(of: name), ending(of: file))
    return own.lowercased() == other.lowercased()
      ? name : valid(String(name.dropLast(own.count)) + other) ?? name
  }
}
