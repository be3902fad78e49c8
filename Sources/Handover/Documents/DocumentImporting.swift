import SQLite
import System

extension Documents {
  /// Puts what the documents of an import hold into the folder, before the transaction that makes their rows.
  ///
  /// - Parameter read: hands over the bytes of a file that was brought.
  /// - Throws: `JobFailure` where it is too much, or not what was compared; `DocumentsAway`; `StoreAway`; what `read`
  ///   throws.
  func store(
    _ imported: [ImportedDocument], of organisation: OrganisationID,
    _ read: @escaping (_ file: String, _ body: (Span<UInt8>) throws -> Void) throws -> Void
  ) throws {
    if imported.isEmpty { return }
    _ = try reach()
    let new = try database.read { connection in
      try imported.filter { try !connection.documents.isKept($0.sha256, of: organisation) }
    }
    let sizes = Dictionary(new.map { ($0.sha256, $0.bytes) }, uniquingKeysWith: { first, _ in first })
    let size = sizes.values.reduce(0) { $0.adding(saturating: $1) }
    let stored = try database.read { try $0.documents.storedBytes(of: organisation) }
    if quota > 0, size > 0, stored.adding(saturating: size) > quota {
      throw JobFailure(
        "The documents would take more than \(Wording.size(quota)): your organisation’s take \(Wording.size(stored)) "
          + "now. Nothing was changed.", isFinal: true)
    }
    if let shortage = DiskSpace.shortage(of: size, at: folder.path) { throw JobFailure.noSpace(shortage) }
    for document in imported {
      guard let file = document.file else { continue }
      let isSame = try store(document.sha256, bytes: document.bytes, of: organisation) { try read(file, $0) }
      guard isSame else {
        throw JobFailure(
          "\(file) is not what it was when it was compared. Nothing was changed.", isFinal: true)
      }
    }
    try putElsewhere(
      imported.map {
        DocumentTable.Content(organisation: organisation, sha256: $0.sha256, bytes: $0.bytes)
      })
  }

  /// Makes the documents of an import: part of the transaction in which its change becomes visible.
  ///
  /// - Parameter user: who has brought them; nil for the operator.
  /// - Throws: `JobFailure` where what one holds has gone meanwhile; `DocumentsAway`.
  func add(
    _ imported: [ImportedDocument], of organisation: OrganisationID, in import: ImportID, by user: UserID?,
    at now: UnixTime, in connection: Connection
  ) throws {
    if imported.isEmpty { return }
    let opened = try reach()
    for document in imported {
      let there = try connection.documents.find(
        document.name, document.sha256, in: document.deal, of: organisation, at: now)
      if let there, there.removedAt == nil { continue }
      let name = folder.name(of: document.sha256, of: organisation)
      guard try opened.state(of: name)?.size == document.bytes else {
        throw JobFailure("What a document holds is gone from the server. Nothing was changed.")
      }
      try connection.documents.keep(document.sha256, bytes: document.bytes, of: organisation, at: now)
      if let there {
        try connection.documents.restore(there, in: `import`)
        continue
      }
      try connection.documents.add(document, of: organisation, in: `import`, by: user, at: now)
    }
    try connection.syncs.wantAll(of: `import`, of: organisation, at: now)
  }

  /// Removes what an import has added, which can be put back as any other: part of the transaction that
  /// undoes it.
  func removeAll(of import: ImportID, by user: UserID?, at now: UnixTime, in connection: Connection) throws {
    try connection.documents.removeAll(of: `import`, by: user, at: now)
    try connection.syncs.cancelAll(of: `import`, at: now)
  }
}
