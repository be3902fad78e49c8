import SQLite

/// How much of a file was asked for.
enum DownloadPart: String, Sendable {
  case whole = "whole file"
  /// A range from the first byte on; later ranges are the same download going on.
  case range = "in parts"
}

extension Exports {
  /// Writes a download down; at the first one the owner is told. The receipts are lines of the activity: a
  /// GET changes no export.
  func recordDownload(
    of export: Export, by user: User, from address: String, _ part: DownloadPart
  ) throws {
    try database.write { connection in
      let now = clock.now()
      let isFirst = try connection.exports.downloads(of: export).isEmpty
      try connection.activity.record(
        Event(
          .exportDownloaded, of: export.organisation, by: user.actor(from: address),
          subject: export.id.rawValue, detail: part.rawValue, at: now))
      guard isFirst else { return }
      try tellOwner(of: export, at: now, in: connection) {
        ExportDownloaded(to: $0, export: export, user: user, from: address, part: part)
      }
    }
  }
}
