import SQLite
import Secrets
import System

// A document, from the browser to the disk
//
// Files come in (`DocumentUpload`): each is written under a temporary name beside its place and hashed on the
// way. `add` puts them on the disk, and then, in one transaction, gives each its name, which is its hash, and
// makes its row. A crash before the commit leaves a file that no row needs, and the sweeper removes it later;
// there is no row without its file.
//
// Where there is a store that all hosts reach, a content is there before the transaction begins, so that a host which is
// gone takes no document with it (`DocumentsElsewhere`).
//
// A content goes when no row needs it: neither a document's, nor one's that was removed or replaced in the
// last `Document.kept`. The rows of documents stay for ever, so that no id is given twice.
//
// Where a storage is linked, each verb wants the document there in the same transaction (`SyncTable.want`).

/// The documents of all organisations: what pages and commands ask of them. Each verb has a file of its own.
struct Documents: Sendable {
  var database: Database
  let clock: Clock
  let randomness: Randomness
  let log: Log
  let folder: DocumentFolder
  /// What an organisation's documents may take, in bytes; 0 for as much as there is.
  let quota: Int
  /// Tells whether the data folder is still the one that the server has opened; nil outside of a server.
  var guardian: DataGuard? = nil
  /// What all hosts reach, where a content is before a document has it; nil where there is none.
  var elsewhere: CellStore? = nil
  /// How it was there when somebody last looked; nil where nobody has.
  let elsewhereFound = Locked<ElsewhereFound?>(nil)
  /// Raised after a commit that makes syncs due.
  let changed = Wakeup()
}

extension Documents {
  /// The same documents for pages, which don't wait long to write.
  func forRequests(_ database: Database) -> Documents {
    var documents = self
    documents.database = database
    return documents
  }

  /// Records that somebody takes what a document holds. Nobody waits for that.
  func recordDownload(of document: Document, by user: User, from address: String) {
    let now = clock.now()
    database.writeLater { [self] in
      try record(.documentDownloaded, document, by: user.actor(from: address), at: now, in: $0)
    }
  }

  /// Adds what happened to a document to the activity.
  func record(
    _ kind: Event.Kind, _ document: Document, by actor: Actor, _ more: String = "", at now: UnixTime,
    in connection: Connection
  ) throws {
    let what = "\(document.name) of \(document.deal)"
    try connection.activity.record(
      Event(
        kind, of: document.organisation, by: actor, subject: document.id.description,
        detail: more.isEmpty ? what : "\(what), \(more)", route: document.id.description, at: now))
  }
}
