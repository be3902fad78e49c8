import SQLite

/// The exports of one page, with all that their rows show, read in one go.
struct ExportListing {
  let open: [Export]
  let ended: [Export]
  let endedCount: Int
  let files: [ExportID: [ArchiveReport.File]]
  let downloads: [ExportID: [Event]]
  let running: [ExportID: RunningExport]
  let waiting: [ExportID: WaitingExport]

  /// - Parameter page: from 1.
  init(
    _ exports: Exports, _ connection: Connection, of organisation: OrganisationID, page: Int, of size: Int
  ) throws {
    open = try connection.openExports(of: organisation)
    var running: [ExportID: RunningExport] = [:]
    var waiting: [ExportID: WaitingExport] = [:]
    for export in open {
      running[export.id] = try exports.running(export, in: connection)
      waiting[export.id] = try exports.waiting(export, in: connection)
    }
    self.running = running
    self.waiting = waiting
    ended = try connection.endedExports(of: organisation, offset: (page - 1) * size, limit: size)
    endedCount = try connection.countEndedExports(of: organisation)
    var files: [ExportID: [ArchiveReport.File]] = [:]
    var downloads: [ExportID: [Event]] = [:]
    for export in ended where export.archive != nil {
      files[export.id] = try connection.files(of: export)
      downloads[export.id] = try connection.downloads(of: export)
    }
    self.files = files
    self.downloads = downloads
  }
}
