import SQLite

/// The exports of one page, with all that their rows show, read in one go.
struct ExportListing {
  let open: [Export]
  let ended: [EndedExport]
  /// Whether there are older ones than this page has.
  let goesOn: Bool
  let running: [ExportID: RunningExport]
  let waiting: [ExportID: WaitingExport]
  let links: DownloadLinks

  /// - Parameter page: from 1.
  init(
    _ site: Site, _ connection: Connection, of organisation: OrganisationID, page: Int, of size: Int
  ) throws {
    let exports = site.exports
    open = try connection.exports.open(of: organisation)
    var running: [ExportID: RunningExport] = [:]
    var waiting: [ExportID: WaitingExport] = [:]
    for export in open {
      running[export.id] = try exports.running(export, in: connection)
      waiting[export.id] = try exports.waiting(export, in: connection)
    }
    self.running = running
    self.waiting = waiting
    let found = try connection.exports.ended(
      of: organisation, offset: (page - 1) * size, limit: size + 1
    ) { row in try site.endedExports.value(for: row.contents) { try EndedExport(row: row) } }
    ended = Array(found.prefix(size))
    goesOn = found.count > size
    links = try exports.links()
  }
}
