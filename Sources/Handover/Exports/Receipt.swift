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

  /// Writes down that a download was refused, where the organisation has the export; without one there is nothing
  /// that anybody could want back. The answer does not wait for a disk that has room.
  func recordRefusedDownload(
    _ id: ExportID, by user: User, from address: String, because reason: String
  ) {
    do {
      try database.write { connection in
        guard let export = try connection.exports.find(id, of: user.organisation) else { return }
        try record(
          .downloadRefused, export, by: user.actor(from: address), reason, at: clock.now(), in: connection)
      }
    } catch {
      log.error("download.unrecorded", ["id": id.rawValue, "error": "\(error)"])
    }
  }
}
