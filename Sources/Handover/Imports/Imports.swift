import SQLite
import System

// An import, from the files to the report
//
// Files come in (`ImportUpload`), and become a row: uploaded. The owner looks at the mapping and has them compared
// (`compare`): the row is queued, a worker takes it (Jobs), and the engine writes what would change into the import's
// own file, while nobody's writes wait. Now it is ready, and the owner reads the preview. `confirm` asks, in the same
// transaction, for the export of how it was before, and the import waits for that export. Then it is applied: the
// engine makes the change visible in one transaction, and in this same one the row is completed, the trail has its
// line, and the owner's e-mail is in the outbox. So after a crash the records are as they were, or as they are to be,
// and the row says which. `undo` is the same way back.
//
// Whoever works on an import holds the lock in its folder, in whatever process: `handover import` runs beside the
// server. A row that is processing while nobody holds its lock was interrupted.

/// The imports of all organisations: what pages and commands ask of them.
struct Imports: Sendable {
  var exports: Exports
  var documents: Documents
  let folder: ImportsFolder
  let engine: ImportEngine
  /// What runs in this process, and how far it is.
  let runs = ImportRuns()

  var database: Database { exports.database }
  var clock: Clock { exports.clock }
  var log: Log { exports.log }
}

extension Imports {
  /// The same imports for pages, which don't wait long to write.
  func forRequests(_ database: Database) -> Imports {
    var imports = self
    imports.exports = exports.forRequests(database)
    imports.documents = documents.forRequests(database)
    return imports
  }

  /// Adds what happened to an import to the activity.
  func record(
    _ kind: Event.Kind, _ found: Import, by actor: Actor, _ more: String = "", at now: UnixTime,
    in connection: Connection
  ) throws {
    try connection.activity.record(
      Event(
        kind, of: found.organisation, by: actor, subject: found.id.rawValue,
        detail: more.isEmpty ? found.files : "\(found.files): \(more)", at: now))
  }
}
