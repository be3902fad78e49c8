import SQLite
import Secrets
import System

/// The exports of all organisations: what pages and commands ask of them. Each verb has a file of its own.
///
/// Every change of a state is one transaction together with its line in the activity and its mail. Verbs that
/// people call look their export up through the organisation and answer with an outcome.
struct Exports: Sendable {
  var database: Database
  let clock: Clock
  let randomness: Randomness
  let keys: KeyFile
  let outbox: Outbox
  let zones: Zones
  let log: Log
  let folder: ExportFolder
  let downloads: DownloadAddress
  /// How many exports an organisation may ask for in `requestPeriod`; 0 for as many as it likes.
  let perDay: Int
  /// Tells whether the data folder is still the one that the server has opened; nil outside of a server.
  var guardian: DataGuard? = nil
  /// How the disks are, as they were last looked at.
  let storage = Storage()
  /// Files that were looked for in vain.
  let missing = Missing()
  let checks = ArchiveChecks()
  let receipts = DeferredReceipts()
  /// What runs in this process, and how far it is.
  let runs = JobRuns<ExportJob>()
  /// Wakes the workers.
  let queued = Wakeup()
  /// Wakes the sweeper.
  let ended = Wakeup()
}

extension Exports {
  /// The same exports for pages, which don't wait long to write.
  func forRequests(_ database: Database) -> Exports {
    var exports = self
    exports.database = database
    return exports
  }

  /// Adds what happened to an export to the activity.
  func record(
    _ kind: Event.Kind, _ export: Export, by actor: Actor, _ more: String = "", route: String = "",
    at now: UnixTime, in connection: Connection
  ) throws {
    let which = try description(of: export, in: connection)
    let detail = more.isEmpty ? which : "\(which), \(more)"
    try connection.activity.record(
      Event(
        kind, of: export.organisation, by: actor, subject: export.id.rawValue, detail: detail, route: route,
        at: now))
  }

  /// Which export it is, as the activity says it: `Entire organisation of 2 May 2026, 19:30 AEST`; without a
  /// time where it has no archive yet.
  func description(of export: Export, in connection: Connection) throws -> String {
    guard let archive = export.archive,
      let organisation = try connection.organisations.find(export.organisation)
    else { return export.scopeText }
    return "\(export.scopeText) of \(zones.local(archive.snapshotAt, in: organisation.timeZone).exact)"
  }
}
