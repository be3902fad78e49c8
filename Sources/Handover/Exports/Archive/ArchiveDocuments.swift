import Secrets
import System
import ZIP

/// Puts the documents themselves into an archive, under the names that people know them by:
/// `Documents/D-12 Smith refinance/Payslip.pdf`.
///
/// What a document holds is hashed on its way. Where it is missing, or is not what was taken in, its entry is taken back,
/// and the archive says so: one lost file must not keep the owner from all the others.
struct ArchiveDocuments {
  let documents: Documents
  let entries: ArchiveEntries
  let progress: ExportProgress
  let cancellation: Cancellation

  private static let blockLength = 256 << 10

  /// - Parameter kept: by deal.
  /// - Throws: `JobFailure` where the folder of documents can't be reached.
  func write(
    _ kept: [KeptDocument], of organisation: OrganisationID
  ) throws -> ArchivedDocuments.Contents {
    var contents = ArchivedDocuments.Contents()
    guard !kept.isEmpty else { return contents }
    let folder = try reach()
    try bringBack(kept, of: organisation)
    progress.update {
      $0.file = DataPackage.Documents.folder + "/"
      $0.documentTotal = kept.map(\.bytes).saturatingSum
    }
    var names = EntryNames()
    var done = 0
    for document in kept {
      if try add(document, as: names.next(document), from: folder, of: organisation) {
        contents.files += 1
        contents.bytes += document.bytes
      } else {
        // Missing, and not away with all the others.
        _ = try reach()
        contents.missing.append(document.id)
        documents.log.error(
          "document.missing", ["id": "\(document.id)", "organisation": "\(organisation.rawValue)"])
      }
      done = done.adding(saturating: document.bytes)
      progress.update { $0.documentBytes = done }
    }
    return contents
  }

  private func bringBack(_ kept: [KeptDocument], of organisation: OrganisationID) throws {
    do {
      try documents.bringBack(
        kept.map {
          DocumentTable.Content(organisation: organisation, sha256: $0.sha256, bytes: $0.bytes)
        })
    } catch let away as StoreAway {
      throw JobFailure("The documents can’t be reached on the server at the moment.", detail: away.reason)
    }
  }

  private func reach() throws -> OpenFolder {
    do { return try documents.reach() } catch let error as DocumentsAway {
      throw JobFailure(
        "The documents can’t be reached on the server at the moment.", detail: error.reason)
    }
  }

  /// - Returns: false, with nothing of it in the archive, where what it holds is missing or damaged.
  private func add(
    _ document: KeptDocument, as entry: String, from folder: borrowing OpenFolder,
    of organisation: OrganisationID
  ) throws -> Bool {
    let name = documents.folder.name(of: document.sha256, of: organisation)
    do {
      guard let state = try folder.state(of: name), state.isFile, state.size == document.bytes else {
        return false
      }
      return try folder.withFile(name) { file in
        try entries.begin(entry, isStored: true)
        guard try copy(file, of: document) else {
          try entries.drop()
          return false
        }
        try entries.end()
        return true
      }
    } catch let error as SystemError { return unread(document, error) }
  }

  /// - Returns: whether it is what was taken in.
  private func copy(_ file: FileDescriptor, of document: KeptDocument) throws -> Bool {
    var offset = 0
    while offset < document.bytes {
      try cancellation.check()
      let block: [UInt8]
      do throws(SystemError) {
        block = try file.bytes(min(Self.blockLength, document.bytes - offset), at: offset)
      } catch { return unread(document, error) }
      if block.isEmpty { return false }
      try entries.write(block.span)
      offset += block.count
      progress.update { $0.documentBytes += block.count }
    }
    return entries.digest == document.sha256
  }

  private func unread(_ document: KeptDocument, _ error: SystemError) -> Bool {
    documents.log.error("document.unread", ["id": "\(document.id)", "error": "\(error)"])
    return false
  }
}

/// The names of documents in an archive: safe, and unique without case within a deal's folder.
struct EntryNames {
  private var deal: DealID?
  private var folder = ""
  private var taken: Set<String> = []

  /// - Parameter document: by deal.
  mutating func next(_ document: KeptDocument) -> String {
    if deal != document.deal {
      deal = document.deal
      folder = SafeName.folder(of: document.deal, named: document.dealName)
      taken = []
    }
    let name = SafeName.unique(SafeName.file(document.name), of: document.id) { taken.contains($0) }
    taken.insert(SafeName.folded(name))
    return "\(DataPackage.Documents.folder)/\(folder)/\(name)"
  }
}
