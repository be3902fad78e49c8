import SQLite

/// How much of a file was asked for.
package enum DownloadPart: String, Sendable {
  case whole = "whole file"
  /// A range from the first byte on; later ranges are the same download going on.
  case range = "in parts"
}

extension Exports {
  /// Writes a download down; at the first one the owner is told. The receipts are lines of the activity: a
  /// GET changes no export.
  package func recordDownload(
    of export: Export, by user: User, from address: String, _ part: DownloadPart
  ) throws {
    try database.write { connection in
      let now = clock.now()
      let isFirst = try connection.downloads(of: export).isEmpty
      try connection.record(
        Event(
          .exportDownloaded, of: export.organisation, by: user.actor(from: address),
          subject: export.id.rawValue, detail: part.rawValue, at: now))
      guard isFirst else { return }
      try tellOwner(of: export, at: now, in: connection) {
        ExportDownloaded(
          to: $0, export: export.facts, who: user.displayName, when: now, from: address, part: part.rawValue)
      }
    }
  }
}

extension Connection {
  /// The downloads of an export, oldest first: who, when, from where, and as `detail` which part.
  package func downloads(of export: Export) throws -> [Event] {
    try activity(of: export.organisation, about: export.id.rawValue, .exportDownloaded)
  }

  /// The downloads of several exports of one organisation.
  package func downloads(of exports: [ExportID], in organisation: OrganisationID) throws -> [ExportID:
    [Event]]
  {
    let events = try activity(of: organisation, aboutAny: exports.json, .exportDownloaded)
    return Dictionary(grouping: events) { ExportID(rawValue: $0.subject) }
  }
}
